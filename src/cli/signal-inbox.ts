/** Signals from the first moment of the process on; what comes before a command listens is told to it then. */

export interface SignalInbox {
  /** SIGTERM and SIGINT, also repeated ones. */
  onStop(listener: (signal: string) => void): void;
  /** SIGHUP. */
  onReload(listener: () => void): void;
}

export function signalInbox(): SignalInbox {
  let stopped: string | undefined;
  let stopListener = (signal: string): void => {
    stopped ??= signal;
  };
  let reloadListener = (): void => {};
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stopListener(signal));
  process.on("SIGHUP", () => reloadListener());
  return {
    onStop(listener) {
      stopListener = listener;
      if (stopped !== undefined) listener(stopped);
    },
    // Nothing to keep: what a reload before the start would read is what the start reads.
    onReload(listener) {
      reloadListener = listener;
    },
  };
}
