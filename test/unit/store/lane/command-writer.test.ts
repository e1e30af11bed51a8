import type { Socket } from "node:net";
import { beforeEach, expect, test } from "vitest";
import { ServeError } from "../../../../src/model/serve-error.ts";
import { CommandWriter } from "../../../../src/store/redis/lane/command-writer.ts";
import { DueReplies } from "../../../../src/store/redis/lane/due-replies.ts";
import { PendingRead } from "../../../../src/store/redis/lane/pending-read.ts";
import { CommandCompiler } from "../../../../src/store/redis/lane/row-commands.ts";
import { SilenceWatch } from "../../../../src/store/redis/silence-watch.ts";
import { SpanPool } from "../../../../src/wire/span-pool.ts";
import { driverKeyHex, lookupOf, shapeOf } from "../lookup-fixture.ts";

const SHAPE = shapeOf(["v", ...Array.from({ length: 9 }, (_, i) => `f${i}`)]);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

let writes: string[];
let due: DueReplies;
let watch: SilenceWatch;
let writer: CommandWriter;
let failed: string[];
let lost: number;
let nowMs: number;

beforeEach(() => {
  writes = [];
  failed = [];
  nowMs = 0;
  lost = 0;
  due = new DueReplies(
    (owner, sentMs, cells) => writer.entryDone(owner, sentMs, cells, nowMs),
    () => {
      lost += 1;
    },
  );
  watch = new SilenceWatch(
    60_000,
    () => 0,
    () => {},
  );
  writer = new CommandWriter(new CommandCompiler(Buffer.from("p")), due, watch, () => nowMs, "redis h:1");
  const write = (bytes: Buffer, done: () => void): void => {
    writes.push(bytes.toString("latin1"));
    done();
  };
  writer.open({ write } as unknown as Socket, true);
  return () => watch.reset();
});

function read(keys: number, isLarge: boolean, isAsking = false): PendingRead {
  const lookup = lookupOf(SHAPE, ...Array.from({ length: keys }, (_, id) => driverKeyHex(id)));
  return new PendingRead([lookup], isLarge, isAsking, nowMs, new SpanPool(), {
    answered: () => {},
    failed: (_, error) => void failed.push(error.message),
  });
}

/** A chunk of a large read: 1,030 cells. */
function answerChunk(): void {
  for (let i = 0; i < 103; i += 1) due.replied();
  writer.pump();
}

const commands = (): number => writes.join("").split("HMGET").length - 1;

test("small reads of a turn leave in one write", async () => {
  for (let i = 0; i < 20; i += 1) expect(writer.send(read(1, false))).toBe(true);
  expect(writes).toHaveLength(0);
  await turn();
  expect([writes.length, commands()]).toEqual([1, 20]);
});

test("a full batch leaves at once, so that the node can begin", () => {
  for (let i = 0; i < 10; i += 1) writer.send(read(100, false));
  expect(writes.length).toBeGreaterThan(3);
});

test("of a large read two chunks are under way, and the next goes when one is answered", async () => {
  writer.send(read(1000, true));
  await turn();
  expect([due.length, commands()]).toEqual([2, 206]);
  for (let i = 0; i < 103; i += 1) due.replied();
  writer.pump();
  await turn();
  expect([due.length, commands()]).toEqual([2, 309]);
});

test("what is under way and what waits is bounded", () => {
  let sent = 0;
  while (writer.send(read(10_000, false))) sent += 1;
  expect(sent).toBe(42);
  writer.drop(new ServeError("UNAVAILABLE", "gone"));
  due.failAll(new ServeError("UNAVAILABLE", "gone"));
  expect([failed.length, lost]).toEqual([42, 42]);
  let waiting = 0;
  while (writer.send(read(300, true))) waiting += 1;
  // 3,000 cells each of 8 Mi.
  expect(waiting).toBe(Math.ceil((8 * 1024 * 1024) / 3000));
  writer.drop(new ServeError("UNAVAILABLE", "gone"));
  due.failAll(new ServeError("UNAVAILABLE", "gone"));
  expect(failed).toHaveLength(42 + waiting);
});

test("ASKING goes before each command, and its replies are waited for too", async () => {
  writer.send(read(3, false, true));
  await turn();
  const words = writes.join("").match(/ASKING|HMGET/g);
  expect(words).toEqual(["ASKING", "HMGET", "ASKING", "HMGET", "ASKING", "HMGET"]);
  for (let i = 0; i < 6; i += 1) due.replied();
  expect(due.length).toBe(0);
});

test("a small read counts from when it was made, a chunk from when it went out", () => {
  const small = read(1, false);
  const large = read(1000, true);
  nowMs = 7;
  writer.send(small);
  expect(due.oldestSentMs).toBe(0);
  due.replied();
  writer.send(large);
  expect(due.oldestSentMs).toBe(7);
  nowMs = 9;
  for (let i = 0; i < 103; i += 1) due.replied();
  for (let i = 0; i < 103; i += 1) due.replied();
  writer.pump();
  expect(due.oldestSentMs).toBe(9);
});

test("nothing is sent for a large read that nobody waits for any more", async () => {
  const large = read(1000, true);
  writer.send(large);
  large.abandon();
  for (let i = 0; i < 206; i += 1) due.replied();
  writer.pump();
  await turn();
  expect([due.length, commands(), failed]).toEqual([0, 206, []]);
});

test("nothing more is sent for a large read whose caller has left, and it fails as cancelled", async () => {
  const large = read(1000, true);
  const caller = { cancelled: false };
  large.caller = caller;
  writer.send(large);
  for (let i = 0; i < 103; i += 1) due.replied();
  caller.cancelled = true;
  writer.pump();
  await turn();
  expect([commands(), failed, large.settled]).toEqual([206, ["The caller left before the rows were read"], true]);
  expect(writer.send(read(1000, true))).toBe(true);
});

test("a large read that waits for its turn takes no memory for its rows yet", () => {
  writer.send(read(1000, true));
  const second = read(1000, true);
  const third = read(1000, true);
  writer.send(second);
  writer.send(third);
  expect([second.spans.length, third.spans.length]).toEqual([0, 0]);
  // The first one's eight chunks that are left, then the second one's turn.
  for (let chunk = 0; chunk < 9; chunk += 1) {
    expect(second.spans).toHaveLength(0);
    answerChunk();
  }
  expect([second.spans.length > 0, third.spans.length]).toEqual([true, 0]);
});

test("what cannot be done in time is given up while another one waits, and only then", () => {
  const first = Object.assign(read(1000, true), { deadlineMs: 4 });
  writer.send(first);
  // A chunk takes a millisecond: there are ten.
  nowMs = 1;
  answerChunk();
  expect([due.length, failed]).toEqual([2, []]);
  writer.send(read(1000, true));
  nowMs = 2;
  answerChunk();
  expect(failed).toEqual(["redis h:1 did not answer before the deadline of the request"]);
});

test("soon after a prediction's read others have one chunk under way, later two", () => {
  writer.send(Object.assign(read(1000, true), { caller: { cancelled: false, priority: "batch" } }));
  expect(due.length).toBe(2);
  writer.send(read(1, false));
  answerChunk();
  // The other chunk, and the prediction's row.
  expect(due.length).toBe(2);
  answerChunk();
  due.replied();
  expect(due.length).toBe(1);
  nowMs = 100;
  answerChunk();
  expect(due.length).toBe(2);
});

test("a value that is wanted is asked for between the reads", async () => {
  const taken: unknown[] = [];
  writer.send(read(1, false));
  writer.ask(Buffer.from("*1\r\n$4\r\nPING\r\n"), (value) => taken.push(value));
  await turn();
  expect(writes.join("")).toMatch(/HMGET[\s\S]*PING/);
  due.replied();
  expect(due.head()).toMatchObject({ wantsValue: true });
});
