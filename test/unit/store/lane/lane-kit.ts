/** A reply reader without a socket, and replies to feed it. */
import type { LookupShape, RowBlock } from "../../../../src/model/lookup.ts";
import { ServeError } from "../../../../src/model/serve-error.ts";
import { DueReplies } from "../../../../src/store/redis/lane/due-replies.ts";
import { PendingRead } from "../../../../src/store/redis/lane/pending-read.ts";
import { ReplyReader } from "../../../../src/store/redis/lane/reply-reader.ts";
import type { RespValue } from "../../../../src/store/redis/lane/resp-value.ts";
import { fieldArgs } from "../../../../src/store/redis/redis-commands.ts";
import { SpanPool } from "../../../../src/wire/span-pool.ts";
import { driverKeyHex, lookupOf, rowHex, shapeOf } from "../lookup-fixture.ts";

export type Cell = Buffer | null;

/** A shape of one view with `stride` slots. */
export function shapeOfWidth(stride: number): LookupShape {
  return shapeOf(["v", ...Array.from({ length: stride - 1 }, (_, i) => `f${i}`)]);
}

export function rowReply(cells: readonly Cell[], protocol: 2 | 3): Buffer {
  const nothing = Buffer.from(protocol === 3 ? "_\r\n" : "$-1\r\n");
  const parts = cells.map((cell) =>
    cell === null ? nothing : Buffer.concat([Buffer.from(`$${cell.length}\r\n`), cell, Buffer.from("\r\n")]),
  );
  return Buffer.concat([Buffer.from(`*${cells.length}\r\n`), ...parts]);
}

/** The same row as HGETALL answers it: fields in the order of `order`, absent ones left out, `foreign` ones among them. */
export function mapReply(cells: readonly Cell[], order: readonly number[], foreign: readonly Buffer[]): Buffer {
  const fields = fieldArgs(shapeOfWidth(cells.length));
  const pairs = order.flatMap((slot) => (cells[slot] == null ? [] : [[fields[slot]!, cells[slot]!] as const]));
  for (const [i, field] of foreign.entries())
    pairs.splice((i * 3) % (pairs.length + 1), 0, [field, Buffer.from("foreign")]);
  const bulk = (bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from("\r\n")]);
  return Buffer.concat([Buffer.from(`%${pairs.length}\r\n`), ...pairs.flatMap((pair) => pair.map(bulk))]);
}

export interface Feed {
  readonly reader: ReplyReader;
  readonly due: DueReplies;
  readonly values: RespValue[];
  readonly pushes: RespValue[];
  /** Maps that came: fields, bytes. */
  readonly maps: [number, number][];
  /** A read of `rows` keys with its replies due; its outcome as hex rows or an error text. */
  expect(stride: number, rows: number): Promise<(string | null)[][] | string>;
  /** The read of the latest `expect`. */
  latest(): PendingRead;
  /** Bytes as one chunk; cut where the reader has no more room. */
  chunk(bytes: Buffer): void;
}

export function feed(): Feed {
  const values: RespValue[] = [];
  const pushes: RespValue[] = [];
  const maps: [number, number][] = [];
  const due = new DueReplies(
    () => {},
    () => {},
  );
  const reader = new ReplyReader(due, {
    onValue: (value) => values.push(value),
    onPush: (value) => pushes.push(value),
    onError: (read, text) => read.fail(new ServeError("UNAVAILABLE", text)),
    onMap: (_, fields, bytes) => maps.push([fields, bytes]),
    onOther: (read) => read.fail(new ServeError("UNAVAILABLE", "other")),
  });
  reader.awaitValues = false;
  const spans = new SpanPool();
  let latest: PendingRead | undefined;
  return {
    reader,
    due,
    values,
    pushes,
    maps,
    expect(stride, rows) {
      const shape = shapeOfWidth(stride);
      const lookups = [lookupOf(shape, ...Array.from({ length: rows }, (_, k) => driverKeyHex(k)))];
      return new Promise<readonly RowBlock[]>((resolve, reject) => {
        latest = new PendingRead(lookups, false, false, 0, spans, {
          answered: (_, rows) => resolve(rows),
          failed: (_, error) => reject(error),
        });
        due.push(latest, rows, rows * stride, 0);
      }).then(
        ([block]) => Array.from({ length: rows }, (_, k) => rowHex(block!, shape, k)),
        (error: unknown) => (error as Error).message,
      );
    },
    latest: () => latest!,
    chunk(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const taken = bytes.copy(reader.room(), 0, at);
        reader.received(taken);
        at += taken;
      }
    },
  };
}

export function hexRows(rows: readonly (readonly Cell[])[]): (string | null)[][] {
  return rows.map((cells) => cells.map((cell) => cell?.toString("hex") ?? null));
}
