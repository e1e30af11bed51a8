/**
 * The online store of `type: sqlite`. Comes in: lookups and a deadline; goes out: index-aligned raw rows, read by a worker
 * thread. Fails with UNAVAILABLE (file or thread), FAILED_PRECONDITION (missing table) or DEADLINE_EXCEEDED.
 */
import { resolve as resolvePath } from "node:path";
import { Worker } from "node:worker_threads";
import type { FeatureStore, StoreCommand, StoreState } from "../../model/feature-store.ts";
import type { Lookup, RowBlock } from "../../model/lookup.ts";
import { ServeError } from "../../model/serve-error.ts";
import { backoffMs } from "../backoff.ts";
import { deadlineError, withDeadline } from "../read-deadline.ts";
import type { StoreDeps } from "../store-deps.ts";
import { packLookup, unpackBlock } from "./pack.ts";
import type { ReadMessage, WorkerMessage, WorkerSettings } from "./sqlite-messages.ts";
import type { SqliteStoreOptions } from "./sqlite-settings.ts";
import { describeStatements } from "./sqlite-statements.ts";
import { WriterTimeZone } from "./writer-time-zone.ts";

/** The worker beside this file: TypeScript in development, JavaScript in `dist`. */
const WORKER_URL = new URL(
  import.meta.url.endsWith(".ts") ? "./sqlite-worker.ts" : "./sqlite-worker.js",
  import.meta.url,
);

interface PendingRead {
  readonly lookups: readonly Lookup[];
  readonly resolve: (blocks: readonly RowBlock[]) => void;
  readonly reject: (error: ServeError) => void;
}

export class SqliteStore implements FeatureStore {
  readonly type = "sqlite";
  readonly absentCells = "not_found";
  readonly readsVersions = true;
  readonly #settings: WorkerSettings;
  readonly #deps: StoreDeps;
  readonly #who: string;
  readonly #workerUrl: URL;
  readonly #pending = new Map<number, PendingRead>();
  #nextId = 1;
  #worker: Worker | undefined;
  #restartTimer: NodeJS.Timeout | undefined;
  #restarts = 0;
  /** Why there is no worker to ask. */
  #noWorker = "it is not opened yet";
  #closed = false;
  #state: StoreState = "connecting";
  #onState: (state: StoreState, reason?: string) => void = () => {};

  /**
   * @param workerUrl module that the worker runs; tests put a worker with faults here
   * @throws RangeError when the time zone is unknown
   */
  constructor(options: SqliteStoreOptions, deps: StoreDeps, workerUrl: URL = WORKER_URL) {
    this.#workerUrl = workerUrl;
    new WriterTimeZone(options.writerTimeZone);
    // An absolute path is never taken for a `file:` URI or `:memory:`.
    const path = resolvePath(options.path);
    this.#settings = { path, project: options.project, writerTimeZone: options.writerTimeZone };
    this.#deps = deps;
    this.#who = `sqlite ${path}`;
  }

  start(onState: (state: StoreState, reason?: string) => void): void {
    this.#onState = onState;
    this.#startWorker();
  }

  state(): StoreState {
    return this.#state;
  }

  async read(lookups: readonly Lookup[], deadlineMs: number): Promise<readonly RowBlock[]> {
    if (this.#deps.now() >= deadlineMs) throw deadlineError(this.#who);
    const worker = this.#worker;
    if (worker === undefined) throw this.#unavailable();
    const id = this.#nextId++;
    const abandoned = new Int32Array(new SharedArrayBuffer(4));
    const packed = lookups.map(packLookup);
    const work = new Promise<readonly RowBlock[]>((resolve, reject) => {
      this.#pending.set(id, { lookups, resolve, reject });
    });
    const message: ReadMessage = { id, abandoned, lookups: packed };
    worker.postMessage(
      message,
      packed.flatMap(({ keyBytes, keyEnds }) => [keyBytes.buffer, keyEnds.buffer]),
    );
    return withDeadline(work, deadlineMs, this.#deps.now, this.#who, () => {
      Atomics.store(abandoned, 0, 1);
      this.#pending.delete(id);
    });
  }

  describe(lookups: readonly Lookup[]): readonly StoreCommand[] {
    return describeStatements(lookups, this.#settings.project);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#noWorker = "it is closed";
    clearTimeout(this.#restartTimer);
    const worker = this.#worker;
    this.#worker = undefined;
    this.#failPending();
    await worker?.terminate();
  }

  #startWorker(): void {
    if (this.#closed) return;
    const worker = new Worker(this.#workerUrl, { workerData: this.#settings, name: "sqlite" });
    this.#worker = worker;
    let problem = "its thread ended";
    worker.on("message", (message: WorkerMessage) => this.#receive(message));
    worker.on("error", (error) => {
      problem = `its thread failed: ${error instanceof Error ? error.message : String(error)}`;
    });
    worker.on("exit", () => {
      if (this.#worker === worker) this.#workerGone(problem);
    });
  }

  #workerGone(problem: string): void {
    this.#worker = undefined;
    this.#noWorker = problem;
    this.#failPending();
    this.#failed(`${this.#who}: ${problem}`);
    this.#restarts += 1;
    this.#restartTimer = setTimeout(() => this.#startWorker(), backoffMs(this.#restarts, this.#deps.random));
  }

  #receive(message: WorkerMessage): void {
    if (message.kind === "file") {
      if (message.problem === "") {
        this.#restarts = 0;
        this.#setState("up");
      } else {
        this.#failed(`${this.#who}: ${message.problem}`);
      }
      return;
    }
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    this.#pending.delete(message.id);
    if (message.kind === "failed") {
      pending.reject(new ServeError(message.code, message.text));
    } else {
      pending.resolve(message.blocks.map((block, i) => unpackBlock(block, pending.lookups[i]!.keys.length)));
    }
  }

  #setState(state: StoreState): void {
    if (this.#closed || state === this.#state) return;
    this.#state = state;
    this.#onState(state);
  }

  /** Down once it was up; before that still connecting, with something to say about it. */
  #failed(reason: string): void {
    if (this.#closed) return;
    if (this.#state === "up") this.#state = "down";
    this.#onState(this.#state, reason);
  }

  #failPending(): void {
    const error = this.#unavailable();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  #unavailable(): ServeError {
    return new ServeError("UNAVAILABLE", `${this.#who} cannot be read: ${this.#noWorker}`);
  }
}
