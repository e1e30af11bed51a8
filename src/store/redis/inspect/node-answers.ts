/** What a node says when it is asked what it lets us do, how quick it is, and what time it has. */
import { isList, textOf } from "../control/reply-fields.ts";
import { RespError, type RespValue } from "../lane/resp-value.ts";
import type { NodeQuestions } from "./node-questions.ts";

const PINGS = 5;

/** A command, and "" or the words with which it was refused. */
export interface CommandRight {
  readonly command: string;
  readonly refusal: string;
}

export interface NodeClock {
  /** Of the node, less ours. */
  readonly aheadMs: number;
  /** How far that may be off: half of the time that the question took. */
  readonly uncertainMs: number;
}

export interface NodeAnswers {
  /** Of a few PINGs, ascending. */
  readonly pingMs: readonly number[];
  readonly rights: readonly CommandRight[];
  /** undefined = it does not tell. */
  readonly clock: NodeClock | undefined;
}

interface AskOptions {
  /** A key of the project that does not exist. */
  readonly key: Buffer;
  readonly isCluster: boolean;
  /** "" = none. */
  readonly freshnessChannel: string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Epoch milliseconds. */
  readonly epochMs: () => number;
}

/** Asks a connected node; changes nothing there. */
export async function askNode(node: NodeQuestions, options: AskOptions): Promise<NodeAnswers> {
  const { key, isCluster, freshnessChannel, now, epochMs } = options;
  const pingMs: number[] = [];
  for (let count = 0; count < PINGS; count += 1) {
    const startMs = now();
    await node.ask("PING");
    pingMs.push(now() - startMs);
  }
  pingMs.sort((a, b) => a - b);
  const clock = await askClock(node, now, epochMs);
  const rights: CommandRight[] = [];
  const tryCommand = async (command: string, ...words: readonly (string | Buffer)[]): Promise<void> => {
    rights.push({ command, refusal: refusalIn(await node.ask(...words)) });
  };
  if (isCluster) await tryCommand("READONLY", "READONLY");
  await tryCommand("HMGET", "HMGET", key, "feast-sidecar");
  await tryCommand("HGETALL", "HGETALL", key);
  await tryCommand("INFO", "INFO", "replication");
  await tryCommand("ROLE", "ROLE");
  await tryCommand("CLIENT TRACKING", "CLIENT", "TRACKING", "ON");
  if (isCluster) {
    await tryCommand("CLUSTER SLOTS", "CLUSTER", "SLOTS");
    await tryCommand("CLUSTER INFO", "CLUSTER", "INFO");
  }
  // Last: on RESP2 a connection that has subscribed takes no other questions.
  if (freshnessChannel !== "") await tryCommand("SUBSCRIBE", "SUBSCRIBE", freshnessChannel);
  return { pingMs, rights, clock };
}

/** A key that lies elsewhere, or data that is not loaded yet, is no refusal of the command. */
function refusalIn(reply: RespValue): string {
  if (!(reply instanceof RespError)) return "";
  return /^(?:MOVED|ASK|LOADING|CLUSTERDOWN|MASTERDOWN|TRYAGAIN)\b/.test(reply.text) ? "" : reply.text;
}

async function askClock(node: NodeQuestions, now: () => number, epochMs: () => number): Promise<NodeClock | undefined> {
  const startMs = now();
  const reply = await node.ask("TIME");
  const tookMs = now() - startMs;
  if (!isList(reply)) return undefined;
  const [seconds, micros] = reply.map((part) => Number(textOf(part)));
  if (seconds === undefined || micros === undefined || !Number.isFinite(seconds + micros)) return undefined;
  return { aheadMs: seconds * 1000 + micros / 1000 - (epochMs() - tookMs / 2), uncertainMs: tookMs / 2 };
}
