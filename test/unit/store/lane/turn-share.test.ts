import type { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { TurnShare } from "../../../../src/store/redis/lane/turn-share.ts";

const KIB = 1024;

function fakeSocket() {
  const calls: string[] = [];
  const socket = { destroyed: false, pause: () => calls.push("pause"), resume: () => calls.push("resume") };
  return { calls, socket, asSocket: socket as unknown as Socket };
}

test("a socket is paused once it brought 256 KiB in a turn, until the next", async () => {
  const { calls, asSocket } = fakeSocket();
  const share = new TurnShare();
  share.took(asSocket, 128 * KIB);
  expect(calls).toEqual([]);
  share.took(asSocket, 128 * KIB);
  expect(calls).toEqual(["pause"]);
  await nextTurn();
  expect(calls).toEqual(["pause", "resume"]);
  share.took(asSocket, 255 * KIB);
  await nextTurn();
  expect(calls).toHaveLength(2);
});

test("what comes in small pieces is not counted, as it is no burst", async () => {
  const { calls, asSocket } = fakeSocket();
  const share = new TurnShare();
  for (let i = 0; i < 100; i += 1) share.took(asSocket, 32 * KIB);
  expect(calls).toEqual([]);
  await nextTurn();
  expect(calls).toEqual([]);
});

test("a socket that is gone by the next turn is left alone, and its successor begins anew", async () => {
  const gone = fakeSocket();
  const next = fakeSocket();
  const share = new TurnShare();
  share.took(gone.asSocket, 256 * KIB);
  gone.socket.destroyed = true;
  await nextTurn();
  expect(gone.calls).toEqual(["pause"]);
  share.took(next.asSocket, 200 * KIB);
  expect(next.calls).toEqual([]);
});
