/** Whose row a command asks for. */
import { JOIN_KEY, PROJECT } from "../../bench/data/shape.ts";

/** The number in an entity key stands behind three lengths, the name, a type and a length (bench/data/encode.ts:redisKey). */
const ENTITY_AT = 12 + JOIN_KEY.length + 8;
const KEY_BYTES = ENTITY_AT + 8 + PROJECT.length;

/** @returns −1 = it is no such key */
export function entityOf(key: Buffer | undefined): number {
  return key?.length === KEY_BYTES ? key.readUInt32LE(ENTITY_AT) : -1;
}
