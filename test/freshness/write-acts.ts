/**
 * What a raw writer does, as Feast writes and as operators do: HSET of one view, several in quick succession, DEL with and without a new
 * row behind it, PEXPIRE and EXPIRE, rarely FLUSHALL.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "../helpers/random.ts";
import { ENTITIES, entityKey, VIEWS } from "./hot-data.ts";

const MOST_IN_A_ROW = 5;
const LONGEST_GAP_MS = 4;
const EXPIRIES_MS = { from: 20, to: 400 };

export type Command = readonly [name: string, ...args: (string | Buffer | number)[]];

/** Entities and views are counted from 0 (hot-data.ts). */
export interface RowWriter {
  readonly random: Random;
  /** In one go; what is refused is counted. */
  send(...commands: readonly Command[]): Promise<void>;
  /** HSET of the next version of a row. */
  rowCommand(entity: number, view: number): Command;
  /** All views. */
  writeEntity(entity: number): Promise<void>;
}

export type Act = (writer: RowWriter, entity: number) => Promise<void>;

export const write: Act = (writer, entity) => writer.send(writer.rowCommand(entity, writer.random.below(VIEWS)));

/** The next comes while the one before is being read. */
const writeOften: Act = async (writer, entity) => {
  const view = writer.random.below(VIEWS);
  for (let left = 2 + writer.random.below(MOST_IN_A_ROW - 1); left > 0; left -= 1) {
    await writer.send(writer.rowCommand(entity, view));
    await delay(writer.random.below(LONGEST_GAP_MS));
  }
};

const writeAllViews: Act = (writer, entity) => writer.writeEntity(entity);

const remove: Act = async (writer, entity) => {
  await writer.send(["DEL", entityKey(entity)]);
  if (writer.random.next() < 0.3) return;
  await delay(writer.random.below(LONGEST_GAP_MS));
  await writer.writeEntity(entity);
};

const expire: Act = (writer, entity) => writer.send(["PEXPIRE", entityKey(entity), expiryMs(writer.random)]);

/** As Feast does with `key_ttl_seconds`. */
const writeWithExpiry: Act = (writer, entity) => {
  const row = writer.rowCommand(entity, writer.random.below(VIEWS));
  return writer.send(row, ["EXPIRE", entityKey(entity), 1]);
};

/** Most rows come back at once. */
export const flush: Act = async (writer) => {
  await writer.send(["FLUSHALL"]);
  for (const entity of ENTITIES.keys()) if (writer.random.next() < 0.8) await writer.writeEntity(entity);
};

/** In the sum 1. */
const ACTS: readonly (readonly [share: number, Act])[] = [
  [0.25, write],
  [0.4, writeOften],
  [0.147, writeAllViews],
  [0.1, remove],
  [0.06, expire],
  [0.04, writeWithExpiry],
  [0.003, flush],
];

export function chosenAct(random: Random): Act {
  let left = random.next();
  for (const [share, act] of ACTS) {
    left -= share;
    if (left < 0) return act;
  }
  return write;
}

function expiryMs(random: Random): number {
  return EXPIRIES_MS.from + random.below(EXPIRIES_MS.to - EXPIRIES_MS.from);
}
