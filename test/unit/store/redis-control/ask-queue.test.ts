import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ServeError } from "../../../../src/model/serve-error.ts";
import { AskQueue } from "../../../../src/store/redis/control/ask-queue.ts";
import { RespError, type RespValue } from "../../../../src/store/redis/lane/resp-value.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

const newQueue = (): AskQueue => new AskQueue("redis h:1", () => Date.now());
const GONE = new ServeError("UNAVAILABLE", "gone");
/** `value`, or the error's sentence. */
const outcome = (asked: Promise<RespValue>): Promise<unknown> => asked.catch((error: Error) => error.message);

test("replies go to their asks in order; errors are values", async () => {
  const queue = newQueue();
  const [info, role] = [queue.add(["INFO"], 100), queue.add(["ROLE"], 100)];
  const refusal = new RespError("NOPERM");
  expect([queue.take("text", false), queue.take(refusal, false), queue.take("more", false)]).toEqual([
    "answer",
    "answer",
    "stray",
  ]);
  expect([await info, await role]).toEqual(["text", refusal]);
  queue.failAll(GONE);
  expect(vi.getTimerCount()).toBe(0);
});

test("a late one is refused in time; its reply keeps its place and is dropped", async () => {
  const queue = newQueue();
  const slow = outcome(queue.add(["INFO", "all"], 100));
  await vi.advanceTimersByTimeAsync(50);
  const later = queue.add(["ROLE"], 100);
  await vi.advanceTimersByTimeAsync(51);
  expect(await slow).toBe("redis h:1 did not answer INFO within 100 ms");
  expect(queue.size).toBe(2);
  queue.take("too late", false);
  queue.take("in time", false);
  expect(await later).toBe("in time");
});

test("a shorter time later on is kept too, with one timer for all", async () => {
  const queue = newQueue();
  const long = outcome(queue.add(["A"], 1000));
  const short = outcome(queue.add(["B"], 100));
  expect(vi.getTimerCount()).toBe(1);
  await vi.advanceTimersByTimeAsync(101);
  expect(await short).toBe("redis h:1 did not answer B within 100 ms");
  await vi.advanceTimersByTimeAsync(900);
  expect(await long).toBe("redis h:1 did not answer A within 1000 ms");
  expect(vi.getTimerCount()).toBe(0);
});

test("64 are the most, late ones included", async () => {
  const queue = newQueue();
  const asks = Array.from({ length: 64 }, () => outcome(queue.add(["PING"], 10)));
  await vi.advanceTimersByTimeAsync(20);
  expect(queue.isFull).toBe(true);
  queue.take("PONG", false);
  expect(queue.isFull).toBe(false);
  expect(await asks[0]).toMatch(/did not answer/);
  queue.failAll(GONE);
});

test("the end of the connection fails what waits", async () => {
  const queue = newQueue();
  const asked = outcome(queue.add(["INFO"], 100));
  queue.failAll(GONE);
  expect(await asked).toBe("gone");
  expect([queue.size, vi.getTimerCount()]).toEqual([0, 0]);
});

const frame = (...words: string[]): RespValue => words.map((word) => Buffer.from(word));

test.each([true, false])(
  "subscriptions: confirmed once per channel, messages are pushes (RESP3: %s)",
  async (isPush) => {
    const queue = newQueue();
    const subscribed = queue.add(["subscribe", "a", "b"], 100);
    const ping = queue.add(["PING"], 100);
    expect(queue.take(frame("subscribe", "a"), isPush)).toBe("answer");
    expect(queue.take(frame("message", "a", "early"), isPush)).toBe("push");
    expect(queue.size).toBe(2);
    expect(queue.take(frame("subscribe", "b"), isPush)).toBe("answer");
    expect(await subscribed).toEqual(frame("subscribe", "b"));
    expect(queue.take(isPush ? "PONG" : frame("pong", ""), false)).toBe("answer");
    await ping;
    expect(queue.take(frame("message", "a", "text"), isPush)).toBe("push");
    expect(queue.take(frame("pmessage", "a", "text"), isPush)).toBe("push");
    queue.failAll(GONE);
  },
);

test("a refused subscription is one reply, however many channels", async () => {
  const queue = newQueue();
  const subscribed = queue.add(["SUBSCRIBE", "a", "b"], 100);
  const refusal = new RespError("NOPERM");
  queue.take(refusal, false);
  expect(await subscribed).toBe(refusal);
  expect(queue.size).toBe(0);
  queue.failAll(GONE);
});

test("pushes of other kinds pass while a subscription is due, and lists are replies where nothing was subscribed", async () => {
  const queue = newQueue();
  const subscribed = queue.add(["SUBSCRIBE", "a"], 100);
  expect(queue.take(frame("invalidate"), true)).toBe("push");
  queue.take(frame("subscribe", "a"), true);
  await subscribed;
  expect(queue.take(frame("subscribe", "again"), true)).toBe("push");
  queue.failAll(GONE);
  const asked = queue.add(["LRANGE", "k", "0", "-1"], 100);
  expect(queue.take(frame("message", "x"), false)).toBe("answer");
  expect(await asked).toEqual(frame("message", "x"));
  queue.failAll(GONE);
});
