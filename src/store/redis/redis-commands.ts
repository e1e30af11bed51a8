/** One HMGET per key answers every view of a lookup: its fields stand in slot order. */
import type { StoreCommand } from "../../model/feature-store.ts";
import type { Lookup, LookupShape } from "../../model/lookup.ts";
import { featureField, timestampField } from "./field-hash.ts";

interface ShapeFields {
  /** Field arguments of HMGET, one per slot. */
  readonly args: readonly Buffer[];
  /** The same for people: hashes in hex, timestamp fields as text. */
  readonly words: readonly string[];
}

const memo = new WeakMap<LookupShape, ShapeFields>();

function fieldsOf(shape: LookupShape): ShapeFields {
  const known = memo.get(shape);
  if (known !== undefined) return known;
  const args = new Array<Buffer>(shape.stride);
  const words = new Array<string>(shape.stride);
  for (const view of shape.views) {
    for (const [i, featureName] of view.featureNames.entries()) {
      const field = featureField(view.storageName, featureName);
      args[view.firstSlot + i] = field;
      words[view.firstSlot + i] = field.toString("hex");
    }
    const field = timestampField(view.storageName);
    args[view.timestampSlot] = Buffer.from(field, "utf8");
    words[view.timestampSlot] = field;
  }
  const fields = { args, words };
  memo.set(shape, fields);
  return fields;
}

/** HMGET's field arguments for a shape, in slot order; built once per shape. */
export function fieldArgs(shape: LookupShape): readonly Buffer[] {
  return fieldsOf(shape).args;
}

/** The Redis key of an entity (feast/infra/online_stores/helpers.py:_redis_key). */
export function redisKey(entityKey: Buffer, projectBytes: Buffer): Buffer {
  return Buffer.concat([entityKey, projectBytes]);
}

/** The commands a read of these lookups sends, key and field hashes in hex. */
export function describeCommands(lookups: readonly Lookup[], projectBytes: Buffer): StoreCommand[] {
  return lookups.flatMap(({ shape, keys }) =>
    shape.stride === 0
      ? []
      : keys.map((key) => ({
          words: ["HMGET", redisKey(key, projectBytes).toString("hex"), ...fieldsOf(shape).words],
        })),
  );
}
