/** h2spec (`make h2spec`) against the lean transport: 145 cases from RFC 9113 and RFC 7541. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { startData } from "./transport-kit.ts";

const H2SPEC = fileURLToPath(new URL("../../.tools/bin/h2spec", import.meta.url));
const TIMEOUT_MS = 60_000;

/** Cases that may fail, with the reason. */
const EXPLAINED: readonly (readonly [title: string, reason: string])[] = [
  [
    "Sends invalid connection preface",
    "The port speaks HTTP/1.1 too: what is no preface is answered with 400 in HTTP/1.1, and closed, where h2spec looks for a frame.",
  ],
];

function run(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(H2SPEC, ["-h", "127.0.0.1", "-p", String(port), "-o", "2"]);
    let heard = "";
    child.stdout.on("data", (chunk: Buffer) => {
      heard += chunk.toString();
    });
    child.on("error", reject);
    child.on("close", () => resolve(heard));
  });
}

describe("h2spec", () => {
  it(
    "finds nothing that is not explained",
    async () => {
      const data = await startData({ transport: "lean" });
      const heard = await run(data.port);
      const failed = heard.split("\n").filter((line) => line.trim().startsWith("×"));
      const titles = [...new Set(failed.map((line) => line.trim().replace(/^× \d+: /, "")))];
      expect(titles).toEqual(EXPLAINED.map(([title]) => title));
      const [, tests, passed] = /(\d+) tests, (\d+) passed, 0 skipped/.exec(heard) ?? [];
      expect([Number(tests), Number(passed)]).toEqual([145, 145 - EXPLAINED.length]);
      expect(data.events.filter((event) => event["event"] === "unexpected_error")).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
