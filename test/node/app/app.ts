/**
 * The container beside the sidecar: asks for features over HTTP and gRPC in turn, all the time, and prints each answer as a JSON line.
 * `/readyz` and `/livez` on port 3000. Told to stop, it goes on asking for a while, as a model server does with its last predictions.
 */
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { askGrpc } from "./ask-grpc.ts";
import { askHttp } from "./ask-http.ts";

const PORT = 3_000;
const PERIOD_MS = Number(process.env["PERIOD_MS"] ?? "20");
const DRAIN_MS = Number(process.env["DRAIN_MS"] ?? "3000");
/** A call that takes longer counts as failed. */
const TIMEOUT_MS = 1_000;
const target = process.env["CHURN_FEATURES_TARGET"] ?? "127.0.0.1:6566";
const httpBody = process.env["HTTP_BODY"] ?? "";
const grpcMessage = Buffer.from(process.env["GRPC_MESSAGE"] ?? "", "base64");

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

let inFlight = 0;

async function call(via: "http" | "grpc"): Promise<void> {
  const atMs = Date.now();
  inFlight += 1;
  try {
    const answer = via === "http" ? askHttp(target, httpBody, TIMEOUT_MS) : askGrpc(target, grpcMessage, TIMEOUT_MS);
    say({ via, atMs, ...(await answer) });
  } catch (error) {
    say({ via, atMs, ok: false, error: (error as Error).message });
  }
  inFlight -= 1;
}

let endMs = Number.POSITIVE_INFINITY;
process.once("SIGTERM", () => {
  say({ event: "sigterm", atMs: Date.now() });
  endMs = Date.now() + DRAIN_MS;
});
const server = createServer((request, response) => {
  response.statusCode = ["/readyz", "/livez"].includes(request.url ?? "") ? 200 : 404;
  response.end();
}).listen(PORT);

say({ event: "start", atMs: Date.now() });
for (let count = 0; Date.now() < endMs; count += 1) {
  // Not awaited: a slow answer holds up no other call.
  void call(count % 2 === 0 ? "http" : "grpc");
  await delay(PERIOD_MS);
}
while (inFlight > 0) await delay(1);
say({ event: "end", atMs: Date.now() });
server.close();
process.exit(0);
