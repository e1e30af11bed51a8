import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Handshake } from "../../../../src/store/redis/lane/handshake.ts";
import { RespError, type RespValue } from "../../../../src/store/redis/lane/resp-value.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

interface Talk {
  readonly handshake: Handshake;
  /** Commands since the last look, as words. */
  sent(): string[];
  readonly outcome: string[];
  replies(...values: readonly RespValue[]): void;
}

function talk(settings: Partial<ConstructorParameters<typeof Handshake>[0]> = {}): Talk {
  let bytes = "";
  const outcome: string[] = [];
  const handshake = new Handshake(
    { db: 0, ...settings },
    {
      write: (chunk) => {
        bytes += chunk.toString();
      },
      onReady: (isResp3) => outcome.push(isResp3 ? "ready" : "ready on RESP2"),
      onRefused: (text) => outcome.push(`refused: ${text}`),
    },
  );
  return {
    handshake,
    outcome,
    sent: () => {
      const commands = bytes.split(/\*\d+\r\n/).slice(1);
      bytes = "";
      return commands.map((command) =>
        command
          .split(/\$\d+\r\n/)
          .slice(1)
          .map((word) => word.trim())
          .join(" "),
      );
    },
    replies: (...values) => {
      for (const value of values) handshake.reply(value);
    },
  };
}

const error = (text: string): RespError => new RespError(text);
const UNKNOWN = error("ERR unknown command `HELLO`, with args beginning with: `3`, ");

test("everything in one write: HELLO with credentials and name, SELECT, PING", () => {
  const it = talk({ username: "u", password: "p", clientName: "n", db: 3 });
  it.handshake.begin(true);
  expect(it.sent()).toEqual(["HELLO 3 AUTH u p SETNAME n", "SELECT 3", "PING"]);
  it.replies([], "OK");
  expect(it.outcome).toEqual([]);
  it.replies("PONG");
  expect(it.outcome).toEqual(["ready"]);
});

test.each([
  [{}, "HELLO 3"],
  [{ password: "p" }, "HELLO 3 AUTH default p"],
  [{ username: "u" }, "HELLO 3 AUTH u "],
  [{ clientName: "with space" }, "HELLO 3"],
])("HELLO of %j", (settings, words) => {
  const it = talk(settings);
  it.handshake.begin(true);
  expect(it.sent()).toEqual([words, "PING"]);
});

test.each([UNKNOWN, error("NOPROTO unsupported protocol version"), error("invalid request")])(
  "%j: AUTH and CLIENT SETNAME instead; what was sent along is ignored",
  (refusal) => {
    const it = talk({ password: "p", clientName: "n", db: 2 });
    it.handshake.begin(true);
    it.sent();
    it.replies(refusal);
    expect(it.sent()).toEqual(["AUTH p", "CLIENT SETNAME n", "SELECT 2", "PING"]);
    it.replies(error("NOAUTH Authentication required."), error("NOAUTH Authentication required."));
    it.replies("OK", error("NOPERM this user has no permissions"), "OK");
    expect(it.outcome).toEqual([]);
    it.replies("PONG");
    expect(it.outcome).toEqual(["ready on RESP2"]);
  },
);

test.each([
  ["NOAUTH HELLO must be called with the client already authenticated"],
  ["WRONGPASS invalid username-password pair or user is disabled."],
  ["DENIED Redis is running in protected mode"],
])("HELLO refused for good: %s", (text) => {
  const it = talk({ password: "p" });
  it.handshake.begin(true);
  it.sent();
  it.replies(error(text), error("NOAUTH"), error("NOAUTH"));
  expect(it.outcome).toEqual([`refused: ${text}`]);
  expect(it.sent()).toEqual([]);
});

test("the old way: a wrong password ends it, one where none is needed does not", () => {
  const wrong = talk({ username: "u", password: "p" });
  wrong.handshake.begin(false);
  expect(wrong.sent()).toEqual(["AUTH u p", "PING"]);
  wrong.replies(error("ERR invalid password"));
  expect(wrong.outcome).toEqual(["refused: ERR invalid password"]);
  const unneeded = talk({ password: "p" });
  unneeded.handshake.begin(false);
  unneeded.replies(error("ERR Client sent AUTH, but no password is set"), "PONG");
  expect(unneeded.outcome).toEqual(["ready on RESP2"]);
});

test("a database that does not exist ends it", () => {
  const it = talk({ db: 99 });
  it.handshake.begin(true);
  it.replies([], error("ERR DB index is out of range"), "PONG");
  expect(it.outcome).toEqual(["refused: ERR DB index is out of range"]);
});

test("PING: loading is asked again, a ban is no obstacle, a missing password is", () => {
  const loading = talk();
  loading.handshake.begin(true);
  loading.sent();
  loading.replies([], error("LOADING Redis is loading the dataset in memory"));
  expect([loading.outcome, loading.sent()]).toEqual([[], []]);
  vi.advanceTimersByTime(500);
  expect(loading.sent()).toEqual(["PING"]);
  loading.replies("PONG");
  expect(loading.outcome).toEqual(["ready"]);
  const banned = talk();
  banned.handshake.begin(true);
  banned.replies([], error("NOPERM this user has no permissions to run the 'ping' command"));
  expect(banned.outcome).toEqual(["ready"]);
  const old = talk();
  old.handshake.begin(true);
  old.replies(UNKNOWN, error("NOAUTH"), error("NOAUTH Authentication required."));
  expect(old.outcome).toEqual(["refused: NOAUTH Authentication required."]);
});

test("where loading is no obstacle, it is not waited for", () => {
  const it = talk({ isReadyWhileLoading: true });
  it.handshake.begin(true);
  it.replies([], error("LOADING Redis is loading the dataset in memory"));
  expect([it.outcome, vi.getTimerCount()]).toEqual([["ready"], 0]);
});

test("an end leaves no timer", () => {
  const it = talk();
  it.handshake.begin(true);
  it.replies([], error("LOADING"));
  it.handshake.end();
  expect(vi.getTimerCount()).toBe(0);
});
