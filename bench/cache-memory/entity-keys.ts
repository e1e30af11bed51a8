/** Serialized entity keys by number, as Feast's version 3 writes them: `user_id`, behind `tenant` where there are tenants. */
import { ValueType } from "../../src/model/value-type.ts";
import { uniformOf } from "./workload.ts";

export const PROJECT = Buffer.from("shop");
/** Salt of {@link uniformOf}; views take their letters. */
const TENANT_SALT = 1;
const TENANTS = 100_000;
const INT64_BYTES = 8;

export class EntityKeys {
  readonly #template: Buffer;
  readonly #tenantAt: number;

  /** @param tenantKey "" = no such column */
  constructor(tenantKey: string) {
    // Sorted by name, as Feast does.
    const names = tenantKey === "" ? ["user_id"] : [tenantKey, "user_id"];
    const values = names.map(() =>
      Buffer.concat([uint32(ValueType.INT64), uint32(INT64_BYTES), Buffer.alloc(INT64_BYTES)]),
    );
    const columns = names.map((name) =>
      Buffer.concat([uint32(ValueType.STRING), uint32(name.length), Buffer.from(name)]),
    );
    this.#template = Buffer.concat([uint32(names.length), ...columns, ...values]);
    this.#tenantAt = tenantKey === "" ? -1 : this.#template.length - values[0]!.length - INT64_BYTES;
  }

  /** @param number below 2^32 */
  of(number: number): Buffer {
    const key = Buffer.from(this.#template);
    key.writeUInt32LE(number, key.length - INT64_BYTES);
    if (this.#tenantAt >= 0) key.writeUInt32LE(tenantOf(number), this.#tenantAt);
    return key;
  }
}

export function numberOf(key: Buffer): number {
  return key.readUInt32LE(key.length - INT64_BYTES);
}

/** Half of the keys are tenant 0's. */
function tenantOf(number: number): number {
  const at = uniformOf(number, TENANT_SALT);
  return at < 0.5 ? 0 : Math.floor((at - 0.5) * 2 * TENANTS);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
