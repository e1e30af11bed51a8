/** Looks for a key that Feast wrote for a project. */
import { isList, textOf } from "../control/reply-fields.ts";
import { RespError } from "../lane/resp-value.ts";
import type { NodeQuestions } from "./node-questions.ts";

/** Keys that a step looks at. */
const STEP = 1000;
const MOST_STEPS = 200;
/** Keys after which the search is given up. */
export const MOST_KEYS = MOST_STEPS * STEP;

export type FoundKey =
  | { readonly entityKey: Buffer }
  /** There is none: among all keys, or among the first `MOST_KEYS`. */
  | { readonly isAll: boolean }
  | { readonly refusal: string };

/**
 * SCAN in bounded steps, none of which holds the node up.
 * @param db of the connection from then on; clusters have 0 only
 * @returns the first key that ends with the project, without that end
 */
export async function findKey(node: NodeQuestions, project: string, db: number): Promise<FoundKey> {
  if (db !== 0) {
    const selected = await node.ask("SELECT", String(db));
    if (selected instanceof RespError) return { refusal: selected.text };
  }
  const end = Buffer.from(project, "utf8");
  const pattern = Buffer.concat([Buffer.from("*"), Buffer.from(project.replaceAll(/[*?[\]\\^]/g, "\\$&"))]);
  let cursor = "0";
  for (let step = 0; step < MOST_STEPS; step += 1) {
    const reply = await node.ask("SCAN", cursor, "MATCH", pattern, "COUNT", String(STEP));
    if (reply instanceof RespError) return { refusal: reply.text };
    const [next, keys] = isList(reply) ? reply : [];
    for (const key of isList(keys) ? keys : []) {
      if (Buffer.isBuffer(key) && key.length > end.length) return { entityKey: key.subarray(0, -end.length) };
    }
    cursor = textOf(next) ?? "0";
    if (cursor === "0") return { isAll: true };
  }
  return { isAll: false };
}
