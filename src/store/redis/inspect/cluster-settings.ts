/** How whole a cluster is, and the two settings that decide what it does when it is not. */
import { isList, textOf } from "../control/reply-fields.ts";
import type { NodeQuestions } from "./node-questions.ts";

const LONGEST_INFO_BYTES = 16 * 1024;

export interface ClusterSettings {
  /** `cluster_state`, `cluster_slots_assigned`, …: empty when CLUSTER INFO was refused. */
  readonly info: ReadonlyMap<string, string>;
  /** Of the two settings those that the node tells: many users, and hosted clusters, may not ask. */
  readonly config: ReadonlyMap<string, string>;
}

const SETTINGS = ["cluster-require-full-coverage", "cluster-allow-reads-when-down"];

export async function askClusterSettings(node: NodeQuestions): Promise<ClusterSettings> {
  const text = textOf(await node.ask("CLUSTER", "INFO"), LONGEST_INFO_BYTES) ?? "";
  const info = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [name = "", value] = line.split(":", 2);
    if (value !== undefined) info.set(name, value);
  }
  const config = new Map<string, string>();
  for (const name of SETTINGS) {
    const reply = await node.ask("CONFIG", "GET", name);
    const value = isList(reply) ? textOf(reply[1]) : undefined;
    if (value !== undefined) config.set(name, value);
  }
  return { info, config };
}
