/** Real Feast as a writer beside the raw one, in a Python process; its repository is the sidecar's, too. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { FEATURES_PER_VIEW, JOIN_KEY, PROJECT, serviceName, viewName } from "../../bench/data/shape.ts";
import { oracleEnvironment } from "../conformance/oracle/child-process.ts";
import { feastProgram } from "../conformance/oracle/project-root.ts";
import { endWithUs, type Stage } from "../faults/stage.ts";
import { BASE_SECONDS, ENTITIES, featureOf, PER_ENTITY, PER_VERSION, VIEWS } from "./hot-data.ts";

const PROGRAM = fileURLToPath(new URL("./feast_writer.py", import.meta.url));
const WORDS_KEPT = 3_000;

/** One call of Feast. */
export interface FeastWrite {
  readonly event: "push" | "materialize";
  readonly view: number;
  /** Values of the join key; absent when it failed. */
  readonly entities?: readonly number[];
  readonly version?: number;
  readonly error?: string;
}

export class FeastWriter {
  readonly registry: string;
  readonly writes: FeastWrite[] = [];
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #onReady: () => void = () => {};
  #words = "";

  constructor(child: ChildProcess, directory: string) {
    this.#child = child;
    this.#ended = once(child, "close");
    this.registry = join(directory, "registry.db");
    child.stderr?.on("data", (chunk: Buffer) => {
      this.#words = (this.#words + chunk.toString()).slice(-WORDS_KEPT);
    });
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      const said = JSON.parse(line) as FeastWrite | { readonly event: "ready" };
      if (said.event === "ready") this.#onReady();
      else this.writes.push(said);
    });
  }

  /** @throws Error with its last words when it ends before */
  async ready(): Promise<void> {
    const ready = new Promise<boolean>((resolve) => {
      this.#onReady = () => resolve(true);
    });
    if (!(await Promise.race([ready, this.#ended.then(() => false)]))) throw new Error(`Feast ended:\n${this.#words}`);
  }

  start(): void {
    this.#child.stdin?.write("start\n");
  }

  /** Resolves when the call that is under way has returned. */
  async stop(): Promise<void> {
    this.#child.stdin?.end();
    await this.#ended;
  }
}

/** @param startMs of the versions: version-clock.ts @returns when the repository is there */
export async function openFeastWriter(
  stage: Stage,
  { redisPort, startMs, seed }: { readonly redisPort: number; readonly startMs: number; readonly seed: number },
): Promise<FeastWriter> {
  const directory = mkdtempSync(join(tmpdir(), "feast-freshness-"));
  stage.own(() => rmSync(directory, { recursive: true, force: true }));
  const views = Array.from({ length: VIEWS }, (_, view) => ({
    name: viewName(view),
    features: Array.from({ length: FEATURES_PER_VIEW }, (_, at) => [
      view * FEATURES_PER_VIEW + at,
      featureOf(view, at),
    ]),
  }));
  const plan = {
    ...{ directory, redisPort, startMs, seed, views, entities: ENTITIES },
    ...{ project: PROJECT, joinKey: JOIN_KEY, service: serviceName(FEATURES_PER_VIEW) },
    ...{ baseSeconds: BASE_SECONDS, perEntity: PER_ENTITY, perVersion: PER_VERSION },
  };
  const child = spawn(feastProgram("python"), [PROGRAM, JSON.stringify(plan)], {
    stdio: ["pipe", "pipe", "pipe"],
    env: oracleEnvironment(),
  });
  endWithUs(child);
  child.stdin.on("error", () => {});
  const writer = new FeastWriter(child, directory);
  stage.own(() => child.kill("SIGKILL"));
  await writer.ready();
  return writer;
}
