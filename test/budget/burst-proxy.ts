/**
 * A link to Redis in a process of its own that holds back each burst of replies: `burst-proxy.ts PLAN` (a BurstPlan as JSON), started with
 * an IPC channel. A burst is what one read of the socket gives; bursts of a connection are let go in the order in which they came, so
 * one that was drawn a long delay holds up those behind it, as in any stream. Tells of every command when it was asked, and its answer let go.
 * Holds nothing back before SIGUSR2.
 */
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../faults/clock.ts";
import { planOf, report, stopped } from "../faults/load-child.ts";
import type { BurstLine, BurstPlan } from "./burst-line.ts";
import { drawDelays } from "./delay-draw.ts";
import { entityOf } from "./entity-of-key.ts";
import { RespValues } from "./resp-values.ts";

const REPORT_MS = 50;
interface Asked {
  readonly entity: number;
  readonly askedMs: number;
}

interface Burst {
  readonly bytes: Buffer;
  readonly dueMs: number;
  /** Commands whose replies end in it. */
  readonly answered: readonly Asked[];
}

let lines: BurstLine[] = [];

class Link {
  readonly #near: Socket;
  readonly #draw: () => number;
  readonly #asked: Asked[] = [];
  readonly #held: Burst[] = [];
  #answered: Asked[] = [];
  #lastDueMs = 0;
  readonly #commands = new RespValues((key) => this.#asked.push({ entity: entityOf(key), askedMs: nowMs() }));
  readonly #replies = new RespValues((_, isPush) => {
    const asked = isPush ? undefined : this.#asked.shift();
    if (asked !== undefined) this.#answered.push(asked);
  });

  constructor(near: Socket, targetPort: number, draw: () => number) {
    this.#near = near;
    this.#draw = draw;
    const far = connect({ port: targetPort, host: "127.0.0.1", noDelay: true });
    const end = (): void => {
      near.destroy();
      far.destroy();
      this.#cut();
    };
    near.on("data", (chunk: Buffer) => {
      far.write(chunk);
      this.#commands.push(chunk);
    });
    far.on("data", (chunk: Buffer) => this.#came(chunk));
    for (const socket of [near, far]) socket.on("error", end).on("close", end);
  }

  #came(bytes: Buffer): void {
    const cameMs = nowMs();
    this.#replies.push(bytes);
    this.#lastDueMs = Math.max(this.#lastDueMs, cameMs + this.#draw());
    this.#held.push({ bytes, dueMs: this.#lastDueMs, answered: this.#answered });
    this.#answered = [];
    if (this.#held.length === 1) this.#release();
  }

  /** Lets go what is due, and comes back for the rest. */
  #release(): void {
    for (let burst = this.#held[0]; burst !== undefined; burst = this.#held[0]) {
      const leftMs = burst.dueMs - nowMs();
      if (leftMs > 0) {
        setTimeout(() => this.#release(), Math.ceil(leftMs));
        return;
      }
      this.#held.shift();
      if (this.#near.destroyed) continue;
      const releasedMs = nowMs();
      this.#near.write(burst.bytes);
      for (const asked of burst.answered) lines.push({ ...asked, releasedMs });
    }
  }

  /** What was asked and not answered is told as such. */
  #cut(): void {
    for (const asked of this.#asked.splice(0)) lines.push({ ...asked, releasedMs: Number.POSITIVE_INFINITY });
  }
}

function reportLines(): void {
  if (lines.length > 0) report({ kind: "calls", calls: lines });
  lines = [];
}

const plan = planOf<BurstPlan>();
const drawn = drawDelays(plan.delays, plan.seed);
let isDelaying = false;
process.on("SIGUSR2", () => {
  isDelaying = true;
});
const draw = (): number => (isDelaying ? drawn() : 0);
const sockets = new Set<Socket>();
const server = createServer({ noDelay: true }, (near) => {
  sockets.add(near);
  new Link(near, plan.targetPort, draw);
});
server.listen(plan.port, "127.0.0.1", () => report({ kind: "ready" }));
const reports = setInterval(reportLines, REPORT_MS);
await stopped;
clearInterval(reports);
for (const socket of sockets) socket.destroy();
// Those that are destroyed are told of.
await delay(REPORT_MS);
reportLines();
report({ kind: "done" });
