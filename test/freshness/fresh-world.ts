/** The parts of every freshness run: a Redis whose every change is noted, sidecars with their readers, a writer; and the verdict. */
import { setTimeout as delay } from "node:timers/promises";
import { nowMs } from "../faults/clock.ts";
import type { PlainRedis } from "../faults/plain-redis.ts";
import { untilInSync } from "../faults/redis-process.ts";
import type { SidecarSetup } from "../faults/sidecar-setup.ts";
import type { Stage } from "../faults/stage.ts";
import type { CacheCounts } from "./cache-counts.ts";
import { checkWatches } from "./check-watches.ts";
import { type FaultWindow, type Judgement, type JudgeOptions, judgeReads } from "./judge-reads.ts";
import { foldHistory } from "./node-history.ts";
import { type NodeWatch, watchNode } from "./node-watch.ts";
import { createRawWriter, type RawWriter } from "./raw-writer.ts";
import type { ReadRecord } from "./read-record.ts";
import { type ClockSample, sampleClock } from "./server-clock.ts";
import { openSubject, type Subject } from "./subject.ts";
import { type TimeSpan, Truth } from "./truth.ts";
import { VersionClock } from "./version-clock.ts";

const WARM_UP_MS = 700;
/** Nothing is written any more: whatever is still old by then stays old. */
const REST_MS = 600;
/** What happened so long ago is noted. */
const NOTED_MS = 300;

export interface FreshWorldOptions {
  readonly stage: Stage;
  readonly seed: number;
  readonly redis: Pick<PlainRedis, "nodes" | "sidecar">;
  /** One for each sidecar, over the setup that goes with the Redis. */
  readonly sidecars: readonly Partial<SidecarSetup>[];
  /** Of each sidecar. */
  readonly readsPerSecond: number;
  readonly actsPerSecond: number;
  /** Default: one that starts now. */
  readonly versions?: VersionClock;
}

export type JudgeBounds = Omit<JudgeOptions, "truth" | "windows">;

/** A part of a run, with a name for the table. */
export interface Episode extends TimeSpan {
  readonly name: string;
}

/** What one sidecar did. */
export interface FreshRun {
  readonly reads: readonly ReadRecord[];
  readonly judgement: Judgement;
  readonly episodes: readonly Episode[];
  readonly cache: CacheCounts;
  /** Changes of rows on the first node. */
  readonly writes: number;
  /** Commands, and calls of Feast, by name. */
  readonly commands: ReadonlyMap<string, number>;
  /** How far times of MONITOR may be off. */
  readonly clockErrorMs: number;
}

interface WorldParts {
  readonly stage: Stage;
  readonly writer: RawWriter;
  /** In the order of the nodes; the primary of the start is the first. */
  readonly watches: readonly NodeWatch[];
  readonly subjects: readonly Subject[];
  readonly clock: ClockSample;
}

export class FreshWorld {
  readonly stage: Stage;
  readonly writer: RawWriter;
  readonly watches: readonly NodeWatch[];
  readonly #subjects: readonly Subject[];
  readonly #clock: ClockSample;
  readonly #excluded = new Map<NodeWatch, TimeSpan[]>();
  readonly #written: Set<NodeWatch>;
  readonly #windows: FaultWindow[] = [];
  readonly #episodes: Episode[] = [];

  constructor({ stage, writer, watches, subjects, clock }: WorldParts) {
    this.stage = stage;
    this.writer = writer;
    this.watches = watches;
    this.#subjects = subjects;
    this.#clock = clock;
    this.#written = new Set(watches.slice(0, 1));
  }

  /** Writes go to this node from now on, which is a primary. */
  async writeTo(watch: NodeWatch): Promise<void> {
    await this.writer.stop();
    this.#written.add(watch);
    this.writer.start(watch.node.port);
  }

  /** A part of the run. */
  async episode(name: string, run: () => Promise<void>): Promise<void> {
    const fromMs = nowMs();
    await run();
    this.#episodes.push({ name, fromMs, toMs: nowMs() });
  }

  /** What the node has must not be shown in this time. */
  exclude(watch: NodeWatch, span: TimeSpan): void {
    const spans = this.#excluded.get(watch) ?? [];
    this.#excluded.set(watch, [...spans, span]);
  }

  /** In this time another bound holds. */
  allow(window: FaultWindow): void {
    this.#windows.push(window);
  }

  /** What is known so far, for each sidecar in their order; the latest reads are left for later. */
  judge(bounds: JudgeBounds): readonly Judgement[] {
    const untilMs = nowMs() - NOTED_MS;
    const options = { ...bounds, truth: this.#truth(untilMs), windows: this.#windows };
    return this.#subjects.map(({ reads }) =>
      judgeReads(
        reads.filter(({ endedMs }) => endedMs < untilMs),
        options,
      ),
    );
  }

  /**
   * Ends the writers, lets all come to rest, ends the readers and judges every read.
   * @returns one for each sidecar, in their order @throws Error when a change may have gone unseen
   */
  async finish(bounds: JudgeBounds): Promise<readonly FreshRun[]> {
    await this.writer.stop();
    await this.episode("rest", () => delay(REST_MS));
    const subjects = await Promise.all(this.#subjects.map((subject) => subject.stop()));
    const clock = await sampleClock(this.watches[0]?.node.port as number);
    await checkWatches(this.watches);
    const options = { ...bounds, truth: this.#truth(nowMs()), windows: this.#windows };
    return subjects.map(({ reads, cache }) => ({
      reads,
      judgement: judgeReads(reads, options),
      episodes: this.#episodes,
      cache,
      writes: this.watches[0]?.events.filter(({ kind }) => kind !== "dump" && kind !== "role").length ?? 0,
      commands: this.writer.counts,
      clockErrorMs: Math.abs(clock.offsetMs - this.#clock.offsetMs) + clock.errorMs + this.#clock.errorMs,
    }));
  }

  #truth(endMs: number): Truth {
    return new Truth(
      this.watches.map((watch) => ({
        history: foldHistory(watch.events, endMs),
        excluded: this.#excluded.get(watch) ?? [],
        isWritten: this.#written.has(watch),
      })),
    );
  }
}

/** Starts all, writes every row, and lets the caches fill. */
export async function openFreshWorld(options: FreshWorldOptions): Promise<FreshWorld> {
  const { stage, seed, redis, readsPerSecond, actsPerSecond } = options;
  const [primary, ...replicas] = redis.nodes;
  if (primary === undefined) throw new Error("a world needs a Redis");
  const clock = await sampleClock(primary.port);
  const toMs = (serverMs: number): number => serverMs - clock.offsetMs;
  const watches = await Promise.all(redis.nodes.map((node) => watchNode(stage, node, toMs)));
  watches[0]?.role(true, nowMs());
  const versions = options.versions ?? new VersionClock(nowMs());
  const writer = createRawWriter(stage, { port: primary.port, seed, versions, actsPerSecond });
  await writer.writeAll();
  await untilInSync(primary, replicas);
  const subjects = await Promise.all(
    options.sidecars.map((setup) =>
      openSubject(stage, { sidecar: { ...redis.sidecar, ...setup }, readsPerSecond, seed }),
    ),
  );
  for (const watch of watches) watch.onRead = (entity) => writer.readSeen(entity);
  writer.start();
  await delay(WARM_UP_MS);
  for (const subject of subjects) await subject.countFromHere();
  return new FreshWorld({ stage, writer, watches, subjects, clock });
}
