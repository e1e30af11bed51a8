/** Files that are read again while serving: certificates, the injector's template. */

export interface Reloader {
  /** Read again now (SIGHUP). What cannot be used is reported and what is in use stays. */
  reload(): void;
  stop(): void;
}

export interface ReloaderOptions<T extends { readonly fingerprint: string }> {
  /** Reads the files. @throws Error when they cannot be used */
  readonly load: () => T;
  readonly inUse: T;
  /** How often the files are compared; polling, because Kubernetes swaps a symlink above them. */
  readonly everyMs: number;
  readonly onNew: (loaded: T) => void;
  readonly onBroken: (error: Error) => void;
}

/** Watches the files; each broken state is reported once until it changes. */
export function startReloader<T extends { readonly fingerprint: string }>(options: ReloaderOptions<T>): Reloader {
  let fingerprint = options.inUse.fingerprint;
  let lastBroken = "";
  const check = (forced: boolean): void => {
    let loaded: T;
    try {
      loaded = options.load();
    } catch (error) {
      const message = (error as Error).message;
      if (forced || message !== lastBroken) options.onBroken(error as Error);
      lastBroken = message;
      return;
    }
    lastBroken = "";
    if (loaded.fingerprint === fingerprint) return;
    fingerprint = loaded.fingerprint;
    options.onNew(loaded);
  };
  const timer = setInterval(() => check(false), options.everyMs);
  timer.unref();
  return { reload: () => check(true), stop: () => clearInterval(timer) };
}
