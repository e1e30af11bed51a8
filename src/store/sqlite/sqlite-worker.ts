/** Entry of the thread that owns the SQLite driver, because the driver blocks the thread it runs on. */
import { parentPort, workerData } from "node:worker_threads";
import { toServeError } from "./sqlite-error.ts";
import { SqliteFile } from "./sqlite-file.ts";
import type { ReadMessage, WorkerMessage, WorkerSettings } from "./sqlite-messages.ts";

/** How often the file is looked at when nobody reads. */
const LOOK_INTERVAL_MS = 500;

const port = parentPort;
if (port === null) throw new Error("sqlite-worker runs as a worker thread only");

const settings = workerData as WorkerSettings;
const file = new SqliteFile(settings);
let reported: string | undefined;

function send(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

function report(problem: string): void {
  if (problem === reported) return;
  reported = problem;
  send({ kind: "file", problem });
}

function look(): void {
  try {
    file.reader();
    report("");
  } catch (error) {
    report(toServeError(error, settings.path).message);
  }
}

function answer({ id, abandoned, lookups }: ReadMessage): void {
  const isAbandoned = (): boolean => Atomics.load(abandoned, 0) === 1;
  if (isAbandoned()) return;
  try {
    const blocks = file.reader().read(lookups, isAbandoned);
    report("");
    if (blocks === undefined) return;
    send(
      { kind: "rows", id, blocks },
      blocks.flatMap(({ bytes, spans }) => [bytes.buffer, spans.buffer]),
    );
  } catch (error) {
    const { code, message } = toServeError(error, settings.path);
    if (code === "UNAVAILABLE") {
      file.drop();
      report(message);
    }
    send({ kind: "failed", id, code, text: message });
  }
}

port.on("message", answer);
look();
setInterval(look, LOOK_INTERVAL_MS);
