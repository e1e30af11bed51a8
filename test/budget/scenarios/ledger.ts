/** Where the time went: what the sidecar says of it, held against its sockets. */
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { median } from "../../../bench/run/median.ts";
import { chooseCores } from "../../../bench/run/world.ts";
import type { Scenario } from "../../faults/scenario.ts";
import { openSidecar } from "../../faults/sidecar-setup.ts";
import type { Stage } from "../../faults/stage.ts";
import { readHops } from "../../helpers/read-hops.ts";
import type { TestSidecar } from "../../helpers/start-sidecar.ts";
import { openDelayedRedis } from "../delayed-redis.ts";
import { runDelayed } from "../delayed-run.ts";
import { type ProbedCall, probeLoop } from "../loop-probe.ts";
import { pinProcess } from "../pin-process.ts";

const BUSY = fileURLToPath(new URL("../busy-loop.ts", import.meta.url));
const BUSY_MS = 5;
const ROUNDS = 60;
const SHORT_ROUNDS = 20;
const SECONDS = 20;
const SHORT_SECONDS = 3;
const MOST_OTHER = 5;
/** Some 2 MB of JSON, which take some 10 ms to parse. */
const LARGE_ROWS = 250_000;

export const ledgerAddsUp: Scenario = {
  name: "ledger",
  title: "calls with Redis late by 0–50 ms: their hops beside what the sockets saw",
  bar: `what is in no hop is at most ${MOST_OTHER} % of a call`,
  run: async ({ short, seconds = short ? SHORT_SECONDS : SECONDS, repeat, stage }) => {
    const { calls } = await runDelayed(stage, {
      policy: "partial",
      delays: { kind: "uniform", mostMs: 50 },
      nodes: 1,
      ratePerSecond: 40,
      warmUpRounds: 2,
      seconds,
      seed: repeat + 1,
    });
    let unequal = 0;
    const others: number[] = [];
    const apartMs: number[] = [];
    for (const { budget, stamp } of calls) {
      const { sum = Number.NaN, left: _, ...hops } = readHops(budget);
      if (budget === "" || stamp === undefined) continue;
      if (Object.values(hops).reduce((all, us) => all + us, 0) !== sum) unequal += 1;
      const totalMs = stamp.writtenMs - stamp.readMs;
      apartMs.push(totalMs - sum / 1000);
      others.push((100 * (totalMs - sum / 1000)) / totalMs);
    }
    return {
      figures: [
        { name: "calls with a ledger", value: others.length, unit: "calls", atLeast: 1 },
        { name: "hops that do not add up to their sum", value: unequal, unit: "calls", atMost: 0, isStrict: true },
        { name: "from sealing to the write's return, median", value: median(apartMs), unit: "ms" },
        { name: "the same, of the whole", value: median(others), unit: "%", atMost: MOST_OTHER },
      ],
      notes: [],
    };
  },
};

/** A sidecar before a Redis that is quick. */
async function openQuick(stage: Stage, env: Readonly<Record<string, string>>): Promise<TestSidecar> {
  const cores = chooseCores(availableParallelism());
  const delays = { kind: "uniform", mostMs: 0 } as const;
  const redis = await openDelayedRedis(stage, { nodes: 1, delays, seed: 1, cores: cores.redis });
  const sidecar = await openSidecar(stage, { ...redis.sidecar, env });
  pinProcess(sidecar.pid, cores.server);
  return sidecar;
}

/** Of calls that waited behind the busy loop: those that took as long. */
function loopFigures(calls: readonly ProbedCall[], busyMs: number): { waited: number; inLoop: number; loopMs: number } {
  const waited = calls.filter(({ tookMs }) => tookMs >= busyMs);
  const loopMs = waited.map(({ hopsUs }) => (hopsUs["loop"] ?? 0) / 1000);
  return { waited: waited.length, inLoop: loopMs.filter((ms) => ms >= 0.8 * busyMs).length, loopMs: median(loopMs) };
}

function httpRequest(entities: number, ...headers: string[]): Buffer {
  const rows = Array.from({ length: entities }, (_, entity) => entity);
  const body = JSON.stringify({ feature_service: "bench_10", entities: { entity: rows } });
  const head = ["POST /get-online-features HTTP/1.1", "host: x", ...headers, `content-length: ${body.length}`];
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n${body}`);
}

export const ledgerLoop: Scenario = {
  name: "ledger-loop",
  title: `a busy loop of ${BUSY_MS} ms in the handler of another request of the same turn`,
  bar: "it shows up in `loop` of the call behind it",
  run: async ({ short, stage }) => {
    const rounds = short ? SHORT_ROUNDS : ROUNDS;
    const sidecar = await openQuick(stage, { NODE_OPTIONS: `--import=${BUSY}` });
    const busy = await probeLoop(sidecar.address, httpRequest(1, `x-busy-ms: ${BUSY_MS}`), rounds);
    const quiet = await probeLoop(sidecar.address, httpRequest(1), rounds);
    const { waited, inLoop, loopMs } = loopFigures(busy, BUSY_MS);
    return {
      figures: [
        { name: "calls that waited", value: waited, unit: "calls", atLeast: 1 },
        { name: "`loop` of those, median", value: loopMs, unit: "ms" },
        { name: "of those that say so in `loop`", value: (100 * inLoop) / waited, unit: "%", atLeast: 50 },
        {
          name: "`loop` without it, median",
          value: median(quiet.map(({ hopsUs }) => (hopsUs["loop"] ?? 0) / 1000)),
          unit: "ms",
          atMost: BUSY_MS / 2,
        },
      ],
      notes: [],
    };
  },
};

export const ledgerLargeBody: Scenario = {
  name: "ledger-large-body",
  title: `a request of ${LARGE_ROWS} rows as JSON, parsed while others come`,
  bar: "printed only: what of their wait is in `loop`",
  run: async ({ short, stage }) => {
    const sidecar = await openQuick(stage, { FEAST_SIDECAR__LIMITS__MAX_ROWS: "1000" });
    const calls = await probeLoop(sidecar.address, httpRequest(LARGE_ROWS), short ? SHORT_ROUNDS / 2 : ROUNDS / 2);
    const { waited, loopMs } = loopFigures(calls, BUSY_MS);
    const worstMs = Math.max(...calls.map(({ hopsUs }) => (hopsUs["loop"] ?? 0) / 1000));
    return {
      figures: [
        { name: "calls that took 5 ms and more", value: waited, unit: "calls" },
        { name: "`loop` of those, median", value: loopMs, unit: "ms" },
        { name: "longest `loop`", value: worstMs, unit: "ms" },
      ],
      notes: [],
    };
  },
};
