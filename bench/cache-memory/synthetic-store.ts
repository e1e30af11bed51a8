/** A store that holds nothing: what a row is follows from its key and view, and all rows lie in one buffer made beforehand. */
import { setImmediate } from "node:timers/promises";
import type { Lookup, LookupView, RowBlock, RowFeed } from "../../src/model/lookup.ts";
import { numberOf } from "./entity-keys.ts";
import { uniformOf, type Workload } from "./workload.ts";

const LARGEST_ROW_BYTES = 2 ** 20;
/** As long as Feast writes today's. */
const TIMESTAMP = Buffer.from("08ffffffff06", "hex");
/** Of the rows do not exist. */
const ABSENT_SHARE = 1 / 20;
/** Salts of {@link uniformOf} are letters of views, so that their rows differ, and those plus this. */
const ABSENT_SALT = 1000;

interface Feed extends RowFeed {
  isTrusted: boolean;
}

export class SyntheticStore {
  readonly #rowBytes: (at: number) => number;
  /** The timestamp, then bytes for values. */
  readonly #bytes = Buffer.concat([TIMESTAMP, Buffer.alloc(LARGEST_ROW_BYTES, "value")]);
  #feed: Feed = { isTrusted: true, trustedUntilMs: Number.POSITIVE_INFINITY, isTold: true };

  constructor({ rowBytes }: Workload) {
    this.#rowBytes = rowBytes;
  }

  /** As over a connection: never at once. */
  async read(lookups: readonly Lookup[]): Promise<readonly RowBlock[]> {
    await setImmediate();
    return lookups.map((lookup) => this.#block(lookup));
  }

  /** The connection was lost: changes of what was read so far are not told any more. */
  reconnect(): void {
    this.#feed.isTrusted = false;
    this.#feed = { isTrusted: true, trustedUntilMs: Number.POSITIVE_INFINITY, isTold: true };
  }

  #block({ shape: { views, stride }, keys }: Lookup): RowBlock {
    const spans = new Int32Array(2 * keys.length * stride).fill(-1);
    for (let key = 0; key < keys.length; key += 1) {
      const number = numberOf(keys[key]!);
      for (const view of views) this.#row(number, view, spans, key * stride);
    }
    return { sources: new Array<Buffer>(keys.length).fill(this.#bytes), spans, feed: this.#feed };
  }

  /** Its bytes are spread evenly over its features; with fewer bytes than features the first ones are empty, which is null. */
  #row(
    number: number,
    { storageName, featureNames, firstSlot, timestampSlot }: LookupView,
    to: Int32Array,
    first: number,
  ): void {
    const salt = storageName.charCodeAt(0);
    if (uniformOf(number, ABSENT_SALT + salt) < ABSENT_SHARE) return;
    const bytes = this.#rowBytes(uniformOf(number, salt));
    const count = featureNames.length;
    let start = TIMESTAMP.length;
    for (let index = 0; index < count; index += 1) {
      const stop = TIMESTAMP.length + Math.floor((bytes * (index + 1)) / count);
      to[2 * (first + firstSlot + index)] = start;
      to[2 * (first + firstSlot + index) + 1] = stop;
      start = stop;
    }
    to[2 * (first + timestampSlot)] = 0;
    to[2 * (first + timestampSlot) + 1] = TIMESTAMP.length;
  }
}
