import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { type InflateJob, InflateQueue } from "../../../../src/transport/http2/inflate-queue.ts";

const MAX_BYTES = 4_000_000;
const large = gzipSync(Buffer.alloc(MAX_BYTES));

describe("InflateQueue", () => {
  it("lets connections take turns", async () => {
    const queue = new InflateQueue(MAX_BYTES);
    const order: string[] = [];
    const add = (owner: object, name: string): Promise<void> =>
      new Promise((resolve) => {
        queue.add(owner, large, "gzip", () => {
          order.push(name);
          resolve();
        });
      });
    const [first, second] = [{}, {}];
    const all = Array.from({ length: 12 }, () => add(first, "first"));
    await Promise.all([...all, add(second, "second"), add(second, "second")]);
    expect(order).toHaveLength(14);
    // Two were under way, one more was next.
    expect(order.indexOf("second")).toBeLessThanOrEqual(4);
    expect(order.lastIndexOf("second")).toBeLessThanOrEqual(7);
  });

  it("forgets what is dropped, waiting or under way", async () => {
    const queue = new InflateQueue(MAX_BYTES);
    const done: number[] = [];
    await new Promise<void>((resolve) => {
      const add = (n: number): InflateJob =>
        queue.add({}, large, "gzip", () => {
          if (done.push(n) === 2) resolve();
        });
      const jobs = Array.from({ length: 50 }, (_, n) => add(n));
      for (const job of jobs.slice(0, 49)) queue.drop(job);
      add(50);
    });
    expect(done.sort()).toEqual([49, 50]);
  });

  it("tells what is wrong with a message", async () => {
    const queue = new InflateQueue(100);
    const inflated = (message: Buffer, encoding: string): Promise<string> =>
      new Promise((resolve) => {
        queue.add({}, message, encoding, (error, bytes) => resolve(error?.code ?? `${bytes?.toString()}`));
      });
    expect(await inflated(gzipSync(Buffer.alloc(100, "x")), "gzip")).toBe("x".repeat(100));
    expect(await inflated(gzipSync(Buffer.alloc(101)), "gzip")).toBe("RESOURCE_EXHAUSTED");
    expect(await inflated(gzipSync("abc").subarray(0, 12), "gzip")).toBe("INTERNAL");
    expect(await inflated(Buffer.from("nope"), "deflate")).toBe("INTERNAL");
    expect(() => queue.add({}, Buffer.alloc(0), "br", () => {})).toThrow("unsupported encoding");
    expect(await inflated(gzipSync(""), "gzip")).toBe("");
  });
});
