/** The lean transport under h2load (`make h2load`), nghttp2's own client: many streams at once, no header table, small windows. */
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { grpcFrame } from "../helpers/wire-requests.ts";
import { atEnd, featuresRequest, SERVING, startData, tempDir } from "./transport-kit.ts";

const CONNECTIONS = 4;
const STREAMS = 50;
/** Of the decoder, which is what the server is told. */
const NO_TABLE = "--header-table-size=0";
const RUN_TIMEOUT_MS = 20_000;

/** What h2load counted. */
interface Counted {
  /** total, started, done, succeeded, failed, errored, timeout */
  readonly requests: readonly number[];
  /** 2xx, 3xx, 4xx, 5xx */
  readonly statuses: readonly number[];
  readonly headerBytes: number;
  readonly dataBytes: number;
}

/** One run with its requests spread over the connections and streams. @throws Error with h2load's words when it fails */
async function h2load(target: string, requests: number, args: readonly string[]): Promise<Counted> {
  const body = join(tempDir(), "message");
  writeFileSync(body, grpcFrame(featuresRequest("driver_stats:trips")));
  const child = spawn("h2load", [
    ...["-n", String(requests), "-c", String(CONNECTIONS), "-m", String(STREAMS), "-d", body],
    ...["-H", "content-type: application/grpc", "-H", "te: trailers"],
    ...args,
    `http://${target}${SERVING}`,
  ]);
  atEnd(() => child.kill("SIGKILL"));
  let heard = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      heard += chunk.toString();
    });
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), RUN_TIMEOUT_MS);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  clearTimeout(timer);
  if (code !== 0) throw new Error(`h2load ended with ${code}:\n${heard}`);
  const numbers = (line: RegExp, each: RegExp): number[] => {
    const found = line.exec(heard)?.[0];
    if (found === undefined) throw new Error(`h2load did not say ${line}:\n${heard}`);
    return Array.from(found.matchAll(each), ([, digits]) => Number(digits));
  };
  const [, headerBytes = -1, dataBytes = -1] = numbers(/^traffic: .*$/m, /\((\d+)\)/g);
  return {
    requests: numbers(/^requests: .*$/m, /(\d+) [a-z]/g),
    statuses: numbers(/^status codes: .*$/m, /(\d+) \dxx/g),
    headerBytes,
    dataBytes,
  };
}

describe("h2load", () => {
  it.each([
    { how: "its usual settings", args: [], requests: 5000, answerBytes: 100 },
    { how: "no header table for answers", args: [NO_TABLE], requests: 3000, answerBytes: 100 },
    { how: "no header table for requests", args: ["--encoder-header-table-size=0"], requests: 3000, answerBytes: 100 },
    {
      how: "no header table at all",
      args: [NO_TABLE, "--encoder-header-table-size=0"],
      requests: 3000,
      answerBytes: 100,
    },
    // A stream's window holds 1023 bytes, so that each answer takes many of its updates.
    { how: "small windows", args: ["-w", "10", "-W", "12"], requests: 2000, answerBytes: 10_000 },
  ])("has every answer, whole: $how", async ({ args, requests, answerBytes }) => {
    const answer = Buffer.alloc(answerBytes, "answer ");
    let wrong = 0;
    const data = await startData({
      transport: "lean",
      serve: async ({ features }) => {
        if (features.length !== 1 || features[0] !== "driver_stats:trips") wrong++;
        return answer;
      },
    });
    const counted = await h2load(data.target, requests, args);
    expect(counted.requests).toEqual([requests, requests, requests, requests, 0, 0, 0]);
    expect(counted.statuses).toEqual([requests, 0, 0, 0]);
    // h2load does not look at grpc-status: an error would have no message.
    expect(counted.dataBytes).toBe(requests * (5 + answerBytes));
    // One size update in the first block of each connection (RFC 7541, section 4.2); all blocks are else of one size.
    expect(counted.headerBytes % requests).toBe(args.includes(NO_TABLE) ? CONNECTIONS : 0);
    expect(data.outcomes.length).toBe(requests);
    expect(data.outcomes.filter(([, outcome]) => outcome !== "OK")).toEqual([]);
    expect(wrong).toBe(0);
    expect(data.connections.opened).toBe(CONNECTIONS);
    expect(data.events.filter((event) => event["event"] === "unexpected_error")).toEqual([]);
  });
});
