/** A program of its own that is asked over Node's channel: what the parent calls, the child answers, in turn. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { pinned, plainEnvironment } from "../run/child.ts";

/** What a child answers to; arguments and answers travel as JSON. */
type Calls = Record<string, (argument: never) => unknown>;

interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

export class ChildProgram<C extends Calls> {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  #ids = 0;

  /** @param cores as of `taskset`, undefined = any */
  constructor(file: URL, cores: string | undefined) {
    const [program = "", ...args] = pinned([process.execPath, fileURLToPath(file)], cores);
    const stdio = ["ignore", "inherit", "inherit", "ipc"] as const;
    this.#child = spawn(program, args, { stdio: [...stdio], env: plainEnvironment() });
    this.pid = this.#child.pid ?? 0;
    this.#child.on("message", (message) => this.#answered(message as Answer));
    this.#child.once("error", (error) => this.#ended(error));
    this.#child.once("exit", () => this.#ended(new Error("the program ended")));
  }

  /** @throws Error with the child's words (rejection) */
  call<K extends keyof C & string>(name: K, ...words: Parameters<C[K]>): Promise<Awaited<ReturnType<C[K]>>> {
    this.#ids += 1;
    const question: Question = { id: this.#ids, name, argument: words[0] };
    return new Promise((resolve, reject) => {
      this.#waiting.set(question.id, { resolve: resolve as (value: unknown) => void, reject });
      this.#child.send(question);
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await gone;
  }

  #answered({ id, value, error }: Answer): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  }

  #ended(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** The child's end. It ends with its parent. */
export function answerCalls(calls: Calls): void {
  process.on("message", async (message: Question) => {
    const { id, name, argument } = message;
    try {
      process.send?.({ id, value: await calls[name]?.(argument as never) });
    } catch (error) {
      process.send?.({ id, error: (error as Error).stack ?? String(error) });
    }
  });
  process.once("disconnect", () => process.exit());
}
