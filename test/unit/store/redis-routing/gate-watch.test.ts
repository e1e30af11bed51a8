import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { GateWatch } from "../../../../src/store/redis/routing/gate-watch.ts";
import { type FakeNode, now, servingNodes } from "./routing-kit.ts";

let nodes: FakeNode[];
let watch: GateWatch;
beforeEach(() => {
  vi.useFakeTimers({ now: 1000 });
  nodes = servingNodes(2);
  watch = new GateWatch(now, () => nodes.map(({ node }) => node));
});
afterEach(() => {
  watch.close();
  vi.useRealTimers();
});

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const states = (): string[] => nodes.map(({ gate }) => gate.state);

test("a node that owes replies and says nothing for 20 ms is left, the other one is not", async () => {
  nodes[0]!.outstandingMs.push(now());
  watch.wake();
  await pass(19);
  expect(states()).toEqual(["closed", "closed"]);
  await pass(12);
  expect(states()).toEqual(["open", "closed"]);
});

test("not while bytes come", async () => {
  nodes[0]!.outstandingMs.push(now());
  watch.wake();
  for (let i = 0; i < 20; i += 1) {
    nodes[0]!.lastByteMs = now();
    await pass(10);
  }
  expect(states()).toEqual(["closed", "closed"]);
});

test("the last one left only after a second", async () => {
  for (const node of nodes) node.outstandingMs.push(now());
  watch.wake();
  await pass(500);
  expect(states().toSorted()).toEqual(["closed", "open"]);
  await pass(600);
  // The other has been probed in vain meanwhile.
  expect(states()).not.toContain("closed");
  expect(nodes.reduce((sum, { probes }) => sum + probes.length, 0)).toBeGreaterThan(2);
});

test("an open gate is probed after its pause, and closes when the probe is answered", async () => {
  const [a] = nodes as [FakeNode];
  for (let i = 0; i < 3; i += 1) a.gate.silent(now(), false);
  const openedMs = now();
  watch.wake();
  await pass(45);
  expect(a.probes).toEqual([]);
  await pass(20);
  expect(a.probes).toHaveLength(1);
  expect(a.probes[0]! - openedMs).toBeGreaterThanOrEqual(50);
  a.gate.heard(now(), a.probes[0]!);
  expect(states()).toEqual(["closed", "closed"]);
  await pass(20);
  expect([a.probes.length, vi.getTimerCount()]).toEqual([1, 0]);
});

test("one probe at a time, and fewer and fewer", async () => {
  const [a] = nodes as [FakeNode];
  for (let i = 0; i < 3; i += 1) a.gate.silent(now(), false);
  watch.wake();
  await pass(5000);
  expect(a.probes.length).toBeGreaterThan(8);
  expect(a.probes.length).toBeLessThan(16);
});

test("rests while nothing is outstanding, and where there is nobody to choose from", async () => {
  watch.wake();
  await pass(10);
  expect(vi.getTimerCount()).toBe(0);
  nodes = nodes.slice(0, 1);
  nodes[0]!.outstandingMs.push(now());
  watch.wake();
  await pass(10);
  expect(vi.getTimerCount()).toBe(0);
});

test("many wakings are one look, and none comes after the end", async () => {
  for (let i = 0; i < 100; i += 1) watch.wake();
  expect(vi.getTimerCount()).toBe(1);
  watch.close();
  watch.wake();
  expect(vi.getTimerCount()).toBe(0);
});
