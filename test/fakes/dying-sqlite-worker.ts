/** A SQLite worker that says it is ready and dies at the first read. */
import { parentPort } from "node:worker_threads";

parentPort?.postMessage({ kind: "file", problem: "" });
parentPort?.on("message", () => {
  throw new Error("the thread was shot");
});
