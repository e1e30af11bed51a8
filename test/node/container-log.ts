/** What a container prints, with the time of each line, from the kubelet's file; readable after the pod is gone. */
import { closeSync, openSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** `TIME STREAM F TEXT`; P in place of F = the line goes on. */
const LINE = /^(\S+) (stdout|stderr) ([FP]) (.*)$/;

export interface LogLine {
  /** Since 1970, to the microsecond. */
  readonly atMs: number;
  readonly text: string;
}

export class ContainerLog {
  readonly #file: number;
  #text = "";

  /** @param folder of the container in the pod's folder; its newest file is opened, and kept open though it be removed */
  constructor(folder: string) {
    const newest = readdirSync(folder)
      .filter((name) => /^\d+\.log$/.test(name))
      .sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))[0];
    if (newest === undefined) throw new Error(`no log in ${folder}`);
    this.#file = openSync(join(folder, newest), "r");
  }

  /** All whole lines so far. */
  lines(): LogLine[] {
    this.#text += readFileSync(this.#file, "utf8");
    return this.#text.split("\n").slice(0, -1).map(readLine);
  }

  /** The lines that are JSON objects. */
  objects<T>(): { atMs: number; value: T }[] {
    return this.lines().flatMap(({ atMs, text }) =>
      text.startsWith("{") ? [{ atMs, value: JSON.parse(text) as T }] : [],
    );
  }

  close(): void {
    closeSync(this.#file);
  }
}

function readLine(line: string): LogLine {
  const [, time = "", , part, text = ""] = LINE.exec(line) ?? [];
  if (part !== "F") throw new Error(`a line of a log that is not whole: ${line}`);
  const [seconds = "", fraction = ""] = time.replace("Z", "").split(".");
  return { atMs: Date.parse(`${seconds}Z`) + Number(`0.${fraction}`) * 1000, text };
}
