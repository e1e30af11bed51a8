/** A sidecar under test with its readers: several may stand before the same Redis and be asked the same. */
import { fileURLToPath } from "node:url";
import { type CheckedLoad, startLoadProcess } from "../faults/checked-load.ts";
import { openSidecar, type SidecarSetup } from "../faults/sidecar-setup.ts";
import type { Stage } from "../faults/stage.ts";
import type { TestSidecar } from "../helpers/start-sidecar.ts";
import { type CacheCounts, difference, readCacheCounts } from "./cache-counts.ts";
import type { ReadRecord } from "./read-record.ts";

const READER = fileURLToPath(new URL("./reader-process.ts", import.meta.url));

export interface SubjectSetup {
  readonly sidecar: SidecarSetup;
  readonly readsPerSecond: number;
  readonly seed: number;
}

export interface SubjectReads {
  readonly reads: readonly ReadRecord[];
  /** Since {@link Subject.countFromHere}. */
  readonly cache: CacheCounts;
}

export class Subject {
  readonly #sidecar: TestSidecar;
  readonly #readers: CheckedLoad<ReadRecord>;
  #before: CacheCounts | undefined;

  constructor(sidecar: TestSidecar, readers: CheckedLoad<ReadRecord>) {
    this.#sidecar = sidecar;
    this.#readers = readers;
  }

  /** The cache is filled. */
  async countFromHere(): Promise<void> {
    this.#before = await readCacheCounts(this.#sidecar);
  }

  /** That have ended so far. */
  get reads(): readonly ReadRecord[] {
    return this.#readers.calls;
  }

  /** Ends the readers. */
  async stop(): Promise<SubjectReads> {
    const after = await readCacheCounts(this.#sidecar);
    return { reads: await this.#readers.stop(), cache: difference(after, this.#before ?? after) };
  }
}

/** @returns when the first read is about to leave */
export async function openSubject(
  stage: Stage,
  { sidecar: setup, readsPerSecond, seed }: SubjectSetup,
): Promise<Subject> {
  const sidecar = await openSidecar(stage, setup);
  const [host = "", port = ""] = sidecar.address.split(":");
  const plan = { host, port: Number(port), ratePerSecond: readsPerSecond, seed };
  return new Subject(sidecar, await startLoadProcess<ReadRecord>(stage, READER, plan));
}
