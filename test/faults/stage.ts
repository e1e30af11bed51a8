/** Who cleans up: everything a run opens is closed in reverse, and no process outlives this one. */
import type { ChildProcess } from "node:child_process";

export class Stage {
  readonly #closers: (() => unknown)[] = [];

  /** Runs when the stage closes, last one first. */
  own(close: () => unknown): void {
    this.#closers.push(close);
  }

  /** @throws the first error of a closer, after all have run */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const close of this.#closers.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

const children = new Set<ChildProcess>();

/** Kills `child` when this process ends, whether by itself, by an exception or by a signal. A stopped process (SIGSTOP) too. */
export function endWithUs(child: ChildProcess): void {
  if (children.size === 0) hookOnce();
  children.add(child);
  child.once("exit", () => children.delete(child));
}

let isHooked = false;

function hookOnce(): void {
  if (isHooked) return;
  isHooked = true;
  process.on("exit", () => {
    for (const child of children) child.kill("SIGKILL");
  });
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    process.once(signal, () => process.exit(code));
  }
}
