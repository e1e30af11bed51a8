/** Lookup shapes for store tests. */
import type { Lookup, LookupShape, RowBlock } from "../../../src/model/lookup.ts";

/** Slots as plan lays them out: a view's features, then its timestamp, view after view. */
export function shapeOf(...views: readonly (readonly [storageName: string, ...featureNames: string[]])[]): LookupShape {
  let stride = 0;
  const placed = views.map(([storageName, ...featureNames]) => {
    const firstSlot = stride;
    stride += featureNames.length + 1;
    return { storageName, featureNames, firstSlot, timestampSlot: stride - 1 };
  });
  return { views: placed, stride };
}

export function lookupOf(shape: LookupShape, ...keysHex: readonly string[]): Lookup {
  return { shape, keys: keysHex.map((hex) => Buffer.from(hex, "hex")) };
}

/** Cells of one key in hex; null = absent. */
export function rowHex(block: RowBlock, shape: LookupShape, key: number): (string | null)[] {
  return Array.from({ length: shape.stride }, (_, slot) => {
    const cell = key * shape.stride + slot;
    const start = block.spans[2 * cell]!;
    return start < 0 ? null : block.sources[key]!.toString("hex", start, block.spans[2 * cell + 1]!);
  });
}

/** Key of driver_id = `id` (int64, serialization version 3). */
export function driverKeyHex(id: bigint | number): string {
  const value = Buffer.alloc(8);
  value.writeBigInt64LE(BigInt(id));
  return `0100000002000000090000006472697665725f69640400000008000000${value.toString("hex")}`;
}

/** What real Feast wrote and read back, see test/fixtures/store/make-store-fixtures.py. */
export interface FeastAnswer {
  readonly view: string;
  readonly key: string;
  readonly features: readonly string[];
  readonly event_time_us: number | null;
  readonly values: Readonly<Record<string, string>> | null;
}

export interface FeastStores {
  readonly project: string;
  readonly sqlite: Readonly<Record<string, { readonly file: string; readonly answer: readonly FeastAnswer[] }>>;
  readonly redis: {
    readonly hashes: Readonly<Record<string, Readonly<Record<string, string>>>>;
    readonly answer: readonly FeastAnswer[];
  };
}

/** Serialized google.protobuf.Timestamp → microseconds since the epoch. */
export function timestampMicros(hex: string): number {
  const bytes = Buffer.from(hex, "hex");
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asIntN(64, value);
    }
  };
  let micros = 0;
  while (at < bytes.length) {
    const tag = bytes[at++];
    if (tag === 0x08) micros += Number(varint()) * 1_000_000;
    else if (tag === 0x10) micros += Number(varint()) / 1000;
    else throw new Error(`unexpected tag ${tag} in timestamp ${hex}`);
  }
  return micros;
}
