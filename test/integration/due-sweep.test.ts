/** A real socket beside an exact DueSweep; test/unit/timing has the rest. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, it } from "vitest";
import { type Due, DueSweep } from "../../src/timing/due-sweep.ts";

const nowMs = (): number => performance.now();

it("an exact DueSweep has what has come read first when its timer is late, because the process stood still", async () => {
  const sweep = new DueSweep(nowMs, true);
  const events: string[] = [];
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [peer] = (await once(server, "connection")) as [Socket];
  const made: Due = {
    dueMs: nowMs() + 8,
    sweepSlot: -1,
    due: () => {
      sweep.remove(made);
      events.push("due");
    },
  };
  sweep.add(made, nowMs());
  socket.on("data", () => {
    sweep.remove(made);
    events.push("answered");
  });
  // After the check phase timers come first, and only then what has come.
  await new Promise((resolve) => setImmediate(resolve));
  // It goes out at once, and is there while we are too busy to see.
  peer.write("x");
  const untilMs = nowMs() + 30;
  while (nowMs() < untilMs);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(events[0]).toBe("answered");
  sweep.close();
  socket.destroy();
  server.close();
});
