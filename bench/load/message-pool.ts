/** Requests made before the run, so that none is built while it runs. */
import { redisKey } from "../data/encode.ts";
import { grpcRequest, httpRequest } from "../data/requests.ts";
import { ENTITIES, FEATURES_PER_VIEW, JOIN_KEY, PROJECT } from "../data/shape.ts";
import { encodeCommand, hashFields } from "../data/write-redis.ts";
import { grpcMessage } from "./http2-frames.ts";
import { createKeyPicker } from "./key-picker.ts";
import type { LoadPlan } from "./load-plan.ts";

const MAX_MESSAGES = 20_000;
const MAX_ROWS = 200_000;

export interface MessagePool {
  readonly messages: readonly Buffer[];
  /** Entities of each message. */
  readonly entities: readonly Int32Array[];
}

type PoolPlan = Pick<LoadPlan, "target" | "features" | "rows" | "keys" | "entities" | "seed">;

export function makeMessagePool({ target, features, rows, keys, entities: asked, seed }: PoolPlan): MessagePool {
  const pick = createKeyPicker(keys, asked ?? ENTITIES, seed);
  const count = Math.max(1, Math.min(MAX_MESSAGES, Math.floor(MAX_ROWS / rows)));
  const entities = Array.from({ length: count }, () => Int32Array.from({ length: rows }, pick));
  if (target.protocol === "http1") return { entities, messages: entities.map((each) => httpRequest(features, each)) };
  if (target.protocol === "redis") {
    const fields = hashFields().slice(0, features + features / FEATURES_PER_VIEW);
    const read = (entity: number): Buffer => encodeCommand(["HMGET", redisKey(JOIN_KEY, entity, PROJECT), ...fields]);
    return { entities, messages: entities.map((each) => Buffer.concat(Array.from(each, read))) };
  }
  return { entities, messages: entities.map((each) => grpcMessage(grpcRequest(features, each))) };
}
