/** What the registry and the store tell, as log lines and counts. */
import type { StoreState } from "./model/feature-store.ts";
import type { RegistryEvent } from "./registry/refresh.ts";
import type { Log } from "./telemetry/log.ts";
import type { Recorder } from "./telemetry/recorder.ts";

export function onRegistryEvent(event: RegistryEvent, log: Log, recorder: Recorder): void {
  const { event: name, ...fields } = event;
  switch (event.event) {
    case "registry_loaded":
      recorder.registryRefreshed("swapped");
      log.info(name, fields);
      return;
    case "registry_unchanged":
      recorder.registryRefreshed("unchanged");
      return;
    case "registry_refresh_failed":
      recorder.registryRefreshed("failed");
      log.fault(name, fields);
      return;
    default:
      log.warn(name, fields);
  }
}

/** A state of the store, and what is wrong with it or with a part of it. */
interface StoreEvent {
  readonly state: StoreState;
  readonly reason: string | undefined;
  readonly type: string;
}

export function onStoreState({ state, reason, type }: StoreEvent, log: Log, recorder: Recorder): void {
  recorder.storeState(state);
  if (state === "up" && reason !== undefined) log.fault("store_part_failed", { type, reason });
  else if (state === "up") log.info("store_up", { type });
  else if (state === "down") log.fault("store_down", { type, reason });
  // Still the first connection: only what went wrong with it is news.
  else if (reason !== undefined) log.fault("store_unreachable", { type, reason });
}
