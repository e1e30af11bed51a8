import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type ExportResult, SpanQueue } from "../../../../src/telemetry/tracing/span-queue.ts";
import type { SpanBatch, SpanEncoder } from "../../../../src/telemetry/tracing/span-writer.ts";

const OPTIONS = { maxQueueSpans: 8, maxBatchSpans: 4, scheduleDelayMs: 100 };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A queue of nothing but numbers of spans, and a receiver that answers when it is told to. */
function queueOver(options: Partial<typeof OPTIONS> = {}) {
  let spans = 0;
  const take = (): SpanBatch | undefined => {
    const batch = spans === 0 ? undefined : { spans, request: Buffer.alloc(0) };
    spans = 0;
    return batch;
  };
  const encoder = { take } as SpanEncoder;
  Object.defineProperty(encoder, "spans", { get: () => spans });
  const batches: number[] = [];
  const answers: ((result: ExportResult) => void)[] = [];
  const told: unknown[] = [];
  let isShutDown = false;
  const queue = new SpanQueue(
    encoder,
    { ...OPTIONS, ...options },
    {
      export: (batch, done) => {
        batches.push(batch.spans);
        answers.push(done);
      },
      shutdown: async () => {
        isShutDown = true;
      },
    },
    (count, reason) => told.push([count, reason]),
  );
  const call = (count: number): void => {
    if (!queue.admits(count)) return;
    for (let span = 0; span < count; span += 1) {
      spans += 1;
      queue.ended();
    }
  };
  const answer = (code = 0, error?: Error, rejected = { spans: 0, reason: "" }): void =>
    answers.shift()!({ code, ...(error && { error }), rejected });
  return { queue, call, batches, told, answer, isShutDown: () => isShutDown };
}

test("a batch that the receiver does not take is told of, with its reason", () => {
  const { queue, call, told, answer } = queueOver();
  call(4);
  vi.advanceTimersByTime(1);
  answer(1, new Error("away"));
  call(4);
  vi.advanceTimersByTime(1);
  answer();
  expect(told).toEqual([[4, "away"]]);
  expect(queue).toMatchObject({ sent: 4, dropped: 4 });
  call(4);
  vi.advanceTimersByTime(1);
  answer(0, undefined, { spans: 3, reason: "too old" });
  expect(told.at(-1)).toEqual([3, "too old"]);
  expect(queue).toMatchObject({ sent: 5, dropped: 7 });
});

test("a batch goes when it is full, not while a call is answered, or when its first span has waited", () => {
  const { call, batches } = queueOver();
  call(3);
  vi.advanceTimersByTime(99);
  expect(batches).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(batches).toEqual([3]);
  const full = queueOver();
  full.call(6);
  expect(full.batches).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(full.batches).toEqual([4]);
});

test("one batch at a time is on its way; calls that find no room for all of their spans are dropped whole, and counted", () => {
  const { queue, call, batches, answer } = queueOver();
  call(4);
  vi.advanceTimersByTime(1);
  call(4);
  call(2);
  call(3);
  expect(queue.dropped).toBe(3);
  call(2);
  vi.advanceTimersByTime(500);
  expect(batches).toEqual([4]);
  answer();
  vi.advanceTimersByTime(1);
  expect(batches).toEqual([4, 4]);
  answer(1);
  vi.advanceTimersByTime(1);
  expect(batches).toEqual([4, 4, 4]);
  answer();
  expect([queue.sent, queue.dropped]).toEqual([8, 7]);
});

test("shutdown sends what waits and waits for the answer", async () => {
  const { queue, call, batches, answer, isShutDown } = queueOver();
  call(3);
  const down = queue.shutdown();
  expect(batches).toEqual([3]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(isShutDown()).toBe(false);
  answer();
  await vi.advanceTimersByTimeAsync(1);
  await down;
  expect([isShutDown(), queue.sent]).toEqual([true, 3]);
  await queueOver().queue.shutdown();
});
