/** Where a registry comes from: a file now, a bucket, a database or a registry server behind the same interface. */
import type { Registry } from "../gen/feast/core/Registry.ts";

export interface RegistryLoad {
  /** Every object's spec names its project; a source whose transport drops that (SQL rows, registry server) fills it in. */
  readonly registry: Registry;
  /** State of the source that `registry` was read from; opaque to everyone but the source. */
  readonly token: string;
}

export interface RegistrySource {
  /** Where it is, as a person reads it in logs and errors; no secrets. */
  describe(): string;
  /**
   * Reads the registry, or says that it is still the one `previous` came from.
   * @param previous token of an earlier load, absent = read in any case
   * @param signal aborted when nobody waits for the outcome any more
   * @throws Error whose message names the source and what is wrong with it
   */
  load(previous?: string, signal?: AbortSignal): Promise<RegistryLoad | "unchanged">;
}
