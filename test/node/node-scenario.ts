/** What a scenario on the node gets, and what it may say for docs/node-test.md. */
import type { RedisProcess } from "../faults/redis-process.ts";
import type { TestNode } from "./test-node.ts";
import type { PodEvent, TestPod } from "./test-pod.ts";

export interface NodeWorld {
  readonly node: TestNode;
  /** With the features; outages are its death and return. */
  readonly redis: RedisProcess;
}

export interface Notes {
  /** A result with its figures, as a sentence. */
  say(sentence: string): void;
  /** Lines of a log or of events, as they are. */
  show(title: string, lines: readonly string[]): void;
}

/** They say nothing about a scenario; there is no DNS on this node. */
const COMMON = ["Pulled", "Created", "MissingClusterDNS"];

export type NodeScenario = (world: NodeWorld, notes: Notes) => Promise<void>;

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** `HH:MM:SS reason container: message`, in the order of time. */
export async function eventLines(pod: TestPod): Promise<string[]> {
  const events = [...(await pod.events())].sort((a, b) => Date.parse(a.firstTimestamp) - Date.parse(b.firstTimestamp));
  return events.filter(({ reason }) => !COMMON.includes(reason)).map(eventLine);
}

function eventLine({ reason, message, involvedObject, firstTimestamp, count = 1 }: PodEvent): string {
  const container = /\{(.+)\}/.exec(involvedObject.fieldPath ?? "")?.[1] ?? "pod";
  return `${firstTimestamp.slice(11, 19)} ${reason} ${container}: ${message.trim()}${count > 1 ? ` (${count} times)` : ""}`;
}
