import { beforeEach, describe, expect, test } from "vitest";
import { NodeGate } from "../../../../src/store/redis/routing/node-gate.ts";

/** With random() = 1 the pauses are 50, 100, … 1,000 ms. */
let gate: NodeGate;
beforeEach(() => {
  gate = new NodeGate(() => 1);
});

/** The owner's check each 5 ms while a read from `sentMs` is outstanding. */
function checks(fromMs: number, untilMs: number, sentMs: number, lastByteMs: number, isLast = false): void {
  for (let nowMs = fromMs; nowMs <= untilMs; nowMs += 5) gate.check(nowMs, sentMs, lastByteMs, isLast);
}

/** Open for slowness at `nowMs`. */
function openAt(nowMs: number): void {
  for (let i = 0; i < 3; i += 1) gate.silent(nowMs, false);
}

describe("opens", () => {
  test("after three silent reads in a row", () => {
    gate.silent(5, false);
    gate.silent(10, false);
    expect(gate.state).toBe("closed");
    gate.heard(11, 9);
    gate.silent(15, false);
    gate.silent(20, false);
    expect(gate.state).toBe("closed");
    gate.silent(25, false);
    expect([gate.state, gate.cause, gate.opened]).toEqual(["open", "slow", 1]);
  });

  test("after 20 ms without a byte while a read is outstanding", () => {
    checks(0, 15, 0, -1000);
    expect(gate.isClosed).toBe(true);
    checks(20, 20, 0, -1000);
    expect([gate.state, gate.cause]).toEqual(["open", "slow"]);
  });

  test("not while bytes come, nor while nothing is outstanding", () => {
    for (let nowMs = 0; nowMs <= 500; nowMs += 5) gate.check(nowMs, 0, nowMs - 10, false);
    checks(505, 2000, Number.POSITIVE_INFINITY, 500);
    expect(gate.isClosed).toBe(true);
  });

  test("not because our own loop stood still: the first check after that only looks", () => {
    checks(0, 10, Number.POSITIVE_INFINITY, 0);
    gate.check(110, 12, 0, false);
    expect(gate.isClosed).toBe(true);
    gate.check(115, 12, 112, false);
    expect(gate.isClosed).toBe(true);
    gate.check(215, 12, 112, false);
    expect(gate.isClosed).toBe(true);
    gate.check(315, 12, 112, false);
    expect(gate.state).toBe("open");
  });

  test("at once when the connection breaks, and only a new one closes it", () => {
    gate.broken(0);
    gate.broken(10);
    expect([gate.state, gate.cause, gate.opened]).toEqual(["open", "broken", 1]);
    expect(gate.probeDue(99_999)).toBe(false);
    gate.readSent(99_999);
    expect(gate.state).toBe("open");
    gate.restored(100_000);
    expect([gate.state, gate.cause]).toEqual(["closed", "none"]);
  });

  test("slow and then broken is broken", () => {
    openAt(0);
    gate.broken(1);
    expect([gate.cause, gate.opened]).toEqual(["broken", 1]);
  });
});

describe("the last node left", () => {
  test("is not gated for silent reads, but is once another one is there", () => {
    for (let i = 0; i < 50; i += 1) gate.silent(i, true);
    expect(gate.isClosed).toBe(true);
    gate.silent(50, false);
    expect(gate.state).toBe("open");
  });

  test("is gated after a second without a byte", () => {
    checks(0, 995, 0, -5, true);
    expect(gate.isClosed).toBe(true);
    checks(1000, 1000, 0, -5, true);
    expect([gate.state, gate.cause]).toEqual(["open", "slow"]);
  });

  test("is gated when its connection breaks", () => {
    gate.broken(0);
    expect(gate.isClosed).toBe(false);
  });
});

describe("probing", () => {
  test("one probe after the pause; its answer closes the gate", () => {
    openAt(0);
    expect(gate.probeDue(49)).toBe(false);
    gate.readSent(49);
    expect(gate.state).toBe("open");
    expect(gate.probeDue(50)).toBe(true);
    gate.readSent(50);
    expect([gate.state, gate.probeDue(51)]).toEqual(["probing", false]);
    gate.heard(52, 50);
    expect([gate.state, gate.cause]).toEqual(["closed", "none"]);
  });

  test("late replies of older reads close nothing", () => {
    openAt(0);
    gate.heard(10, 0);
    expect(gate.state).toBe("open");
    gate.readSent(60);
    gate.heard(61, 59);
    expect(gate.state).toBe("probing");
  });

  test("a probe that took 20 ms, or is not answered for so long, has failed; the pause doubles up to half a second", () => {
    openAt(0);
    let nowMs = 0;
    for (const pauseMs of [50, 100, 200, 400, 500, 500]) {
      expect(gate.probeDue(nowMs + pauseMs - 1)).toBe(false);
      nowMs += pauseMs;
      expect(gate.probeDue(nowMs)).toBe(true);
      gate.readSent(nowMs);
      if (pauseMs === 100) gate.heard(nowMs + 20, nowMs);
      else checks(nowMs, nowMs + 20, nowMs, 0);
      nowMs += 20;
      expect([gate.state, gate.cause]).toEqual(["open", "slow"]);
    }
    expect(gate.opened).toBe(1);
  });

  test("a failed probe opens the gate of the last node, too: it had its answer to give", () => {
    openAt(0);
    gate.readSent(50);
    checks(50, 70, 50, 0, true);
    expect(gate.state).toBe("open");
  });

  test("who opens again within a second goes on with longer pauses; after a good second they begin anew", () => {
    openAt(0);
    gate.readSent(50);
    gate.heard(51, 50);
    openAt(500);
    expect([gate.probeDue(599), gate.probeDue(600)]).toEqual([false, true]);
    gate.readSent(600);
    gate.heard(601, 600);
    openAt(1700);
    expect([gate.probeDue(1749), gate.probeDue(1750)]).toEqual([false, true]);
    expect(gate.opened).toBe(3);
  });

  test("pauses are jittered between half and whole", () => {
    gate = new NodeGate(() => 0);
    openAt(0);
    expect([gate.probeDue(24), gate.probeDue(25)]).toEqual([false, true]);
  });

  test("a connection that breaks ends the probe", () => {
    openAt(0);
    gate.readSent(50);
    gate.broken(55);
    gate.heard(56, 50);
    expect([gate.state, gate.cause]).toEqual(["open", "broken"]);
  });
});
