import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  authWords,
  type CredentialOptions,
  Credentials,
  isLoginRefusal,
} from "../../../../src/store/redis/control/credentials.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

interface Kit {
  readonly credentials: Credentials;
  /** When runs began, in ms from the start. */
  readonly runs: number[];
  readonly failures: string[];
  readonly changes: (string | undefined)[];
  /** What the next runs print; an Error = how they fail. */
  prints: string | Error;
  /** When a run was killed. */
  readonly killed: number[];
}

function kit(prints: string | Error, options: Partial<CredentialOptions> = {}): Kit {
  const it: Omit<Kit, "credentials"> = { runs: [], failures: [], changes: [], prints, killed: [] };
  const credentials = new Credentials(
    { username: undefined, password: undefined, command: ["print-it"], ...options },
    {
      now: () => Date.now(),
      wallNow: () => Date.now(),
      random: () => 1,
      onFailed: (reason) => it.failures.push(reason),
      run: () => {
        it.runs.push(Date.now() - 1_000_000);
        const output =
          typeof it.prints === "string" ? Promise.resolve(Buffer.from(it.prints)) : Promise.reject(it.prints);
        return { output, kill: () => it.killed.push(Date.now()) };
      },
    },
  );
  credentials.onChange(() => it.changes.push(credentials.current()?.password));
  return Object.assign(it, { credentials });
}

const expiring = (password: string, inMs: number): string =>
  JSON.stringify({ username: "u", password, expires_at: new Date(Date.now() + inMs).toISOString() });

test("a fixed login is there at once and never changes", async () => {
  const it = kit("", { command: [], username: "u", password: "p" });
  expect(it.credentials.current()).toEqual({ username: "u", password: "p" });
  it.credentials.start();
  it.credentials.refresh();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect([it.runs, it.changes, vi.getTimerCount()]).toEqual([[], [], 0]);
});

test("a command: nothing before its first success, then what it printed; a user it does not print is the fixed one", async () => {
  const it = kit("p1\n", { username: "fixed" });
  expect(it.credentials.current()).toBeUndefined();
  it.credentials.start();
  it.credentials.start();
  await vi.advanceTimersByTimeAsync(0);
  expect(it.credentials.current()).toEqual({ username: "fixed", password: "p1" });
  expect([it.runs, it.changes]).toEqual([[0], ["p1"]]);
});

test.each([
  ["15 minutes: at 80 %", 900_000, 720_000],
  ["30 s: 10 s before", 30_000, 20_000],
  ["12 s: at half", 12_000, 6000],
  ["1.5 s: not sooner than after a second", 1500, 1000],
])("runs again before expiry, %s", async (_, lifetimeMs, againMs) => {
  const it = kit(expiring("p", lifetimeMs));
  it.credentials.start();
  await vi.advanceTimersByTimeAsync(againMs - 1);
  expect(it.runs).toEqual([0]);
  it.prints = expiring("p2", 3_600_000);
  await vi.advanceTimersByTimeAsync(1);
  expect(it.runs).toEqual([0, againMs]);
  expect(it.credentials.current()).toEqual({ username: "u", password: "p2" });
});

test("without an expiry every 5 minutes; the same login again is no change", async () => {
  const it = kit("p\n");
  it.credentials.start();
  await vi.advanceTimersByTimeAsync(600_000);
  expect(it.runs).toEqual([0, 300_000, 600_000]);
  expect(it.changes).toEqual(["p"]);
});

test("an expiry in 100 years does not overflow the timer", async () => {
  const it = kit(expiring("p", 100 * 365 * 86_400_000));
  it.credentials.start();
  await vi.advanceTimersByTimeAsync(86_400_000);
  expect(it.runs).toEqual([0]);
});

test("a failure keeps the old login and tries again with growing pauses, without its output", async () => {
  const it = kit("old\n");
  it.credentials.start();
  await vi.advanceTimersByTimeAsync(0);
  it.prints = new Error("the credential command ended with exit code 3");
  await vi.advanceTimersByTimeAsync(300_000 + 1000 + 2000 + 4000);
  expect(it.runs).toEqual([0, 300_000, 301_000, 303_000, 307_000]);
  expect(it.credentials.current()?.password).toBe("old");
  it.prints = "hunter2\nand more";
  await vi.advanceTimersByTimeAsync(8000);
  it.prints = expiring("hunter2", -1);
  await vi.advanceTimersByTimeAsync(16_000 + 30_000 + 30_000);
  expect(it.runs.slice(5)).toEqual([315_000, 331_000, 361_000, 391_000]);
  expect(it.failures).toHaveLength(8);
  expect(it.failures.join()).toMatch(/exit code 3.*neither JSON.*nor one line.*have expired/);
  expect(it.failures.join()).not.toContain("hunter2");
  expect(it.credentials.current()?.password).toBe("old");
});

test("refresh runs it soon, at most once a second, and not twice at a time", async () => {
  const it = kit("p\n");
  it.credentials.refresh();
  it.credentials.start();
  it.credentials.refresh();
  await vi.advanceTimersByTimeAsync(0);
  expect(it.runs).toEqual([0]);
  for (let i = 0; i < 10; i += 1) it.credentials.refresh();
  await vi.advanceTimersByTimeAsync(999);
  expect(it.runs).toEqual([0]);
  await vi.advanceTimersByTimeAsync(1);
  expect(it.runs).toEqual([0, 1000]);
  await vi.advanceTimersByTimeAsync(10_000);
  it.credentials.refresh();
  await vi.advanceTimersByTimeAsync(0);
  expect(it.runs).toEqual([0, 1000, 11_000]);
  // And the regular run is counted from there.
  await vi.advanceTimersByTimeAsync(300_000);
  expect(it.runs).toEqual([0, 1000, 11_000, 311_000]);
});

test("passwords in use and before are redacted", async () => {
  const it = kit("first-one\n", { password: "fixed-one" });
  it.credentials.start();
  await vi.advanceTimersByTimeAsync(0);
  it.prints = "second-one\n";
  await vi.advanceTimersByTimeAsync(300_000);
  expect(it.credentials.redact("ERR fixed-one, first-one second-one second-one")).toBe("ERR ***, *** *** ***");
  expect(kit("", { command: [] }).credentials.redact("ERR as it was")).toBe("ERR as it was");
});

test("a listener that left is not called; close kills a run and leaves no timer", async () => {
  const it = kit("p\n");
  const listener = vi.fn();
  it.credentials.onChange(listener)();
  it.credentials.start();
  await vi.advanceTimersByTimeAsync(0);
  expect([listener.mock.calls.length, it.changes]).toEqual([0, ["p"]]);
  it.prints = "q\n";
  vi.advanceTimersByTime(300_000);
  it.credentials.close();
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect([it.runs.length, it.killed.length, it.changes, vi.getTimerCount()]).toEqual([2, 1, ["p"], 0]);
  it.credentials.refresh();
  expect(vi.getTimerCount()).toBe(0);
});

test("words of AUTH", () => {
  expect(authWords(undefined)).toBeUndefined();
  expect(authWords({ username: undefined, password: undefined })).toBeUndefined();
  expect(authWords({ username: undefined, password: "p" })).toEqual(["AUTH", "p"]);
  expect(authWords({ username: "u", password: undefined })).toEqual(["AUTH", "u", ""]);
});

test("refusals that other credentials might help against", () => {
  expect(["WRONGPASS x", "NOAUTH x", "ERR invalid password"].every(isLoginRefusal)).toBe(true);
  expect(["NOPERM x", "ERR x", "the server said WRONGPASS"].some(isLoginRefusal)).toBe(false);
});
