/** Callers that give up. */
import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { chooseCores } from "../../../bench/run/world.ts";
import { startLoadProcess } from "../../faults/checked-load.ts";
import type { Scenario } from "../../faults/scenario.ts";
import { openSidecar } from "../../faults/sidecar-setup.ts";
import { openDelayedRedis } from "../delayed-redis.ts";
import type { LeavingCall, LeavingPlan } from "../leaving-call.ts";
import { pinProcess } from "../pin-process.ts";
import { countReads } from "../reads-after-leaving.ts";
import { createStampFile, stampKey } from "../stamp-file.ts";

const CALLS = fileURLToPath(new URL("../leaving-process.ts", import.meta.url));
/** Nine of ten leave: 2,000 a second. */
const PER_SECOND = 2223;
const LEAVE_AFTER_MS = 2;
const REPLIES_LATE_MS = 150;
/** A read that is not answered is repeated after this. */
const NODE_TIMEOUT_MS = 50;
const SECONDS = 10;
const SHORT_SECONDS = 2;
const SETTLE_MS = 500;

export const leavingCallers: Scenario = {
  name: "leaving",
  title: "2,000 callers a second give up after 2 ms, while both Redis nodes are late and reads are repeated",
  bar: "no row is asked for after its caller has left",
  run: async ({ short, seconds = short ? SHORT_SECONDS : SECONDS, repeat, stage }) => {
    const cores = chooseCores(availableParallelism());
    const redis = await openDelayedRedis(stage, {
      nodes: 2,
      delays: { kind: "uniform", mostMs: REPLIES_LATE_MS },
      seed: repeat + 1,
      cores: cores.redis,
    });
    const stamps = createStampFile(stage);
    const sidecar = await openSidecar(stage, {
      ...redis.sidecar,
      redis: {
        ...redis.sidecar.redis,
        node_timeout: `${NODE_TIMEOUT_MS}ms`,
        hedge: { max_ratio: 1, min_delay: `${NODE_TIMEOUT_MS}ms` },
        retry: { max_ratio: 1 },
      },
      env: stamps.env,
    });
    pinProcess(sidecar.pid, cores.server);
    const colon = sidecar.address.lastIndexOf(":");
    const plan: LeavingPlan = {
      host: sidecar.address.slice(0, colon),
      port: Number(sidecar.address.slice(colon + 1)),
      ratePerSecond: PER_SECOND,
      leaveAfterMs: LEAVE_AFTER_MS,
    };
    redis.beginDelays();
    const load = await startLoadProcess<LeavingCall>(stage, CALLS, plan, cores.client);
    await delay(seconds * 1000);
    const calls = await load.stop();
    await delay(SETTLE_MS);
    await sidecar.stop();
    await redis.stop();
    const { calls: stampOf, rows } = stamps.read();
    const leftMs = ({ clientPort, stream }: LeavingCall): number | undefined =>
      stampOf.get(stampKey(clientPort, stream))?.leftMs;
    const { left, readsAfter, repeats } = countReads(calls, leftMs, rows);
    return {
      figures: [
        { name: "callers that left, read for before", value: left, unit: "calls", atLeast: 1 },
        { name: "rows of others that were asked for twice", value: repeats, unit: "rows", atLeast: 1 },
        { name: "rows asked for after their caller had left", value: readsAfter, unit: "rows", atMost: 0 },
      ],
      notes: [],
    };
  },
};
