/** The parts of the load client that decide what a figure means. */
import { describe, expect, it } from "vitest";
import { AnswerSample } from "../../../bench/load/answer-sample.ts";
import type { LoadDriver } from "../../../bench/load/driver.ts";
import { HpackReader } from "../../../bench/load/hpack-reader.ts";
import { requestBlock } from "../../../bench/load/http2-frames.ts";
import { createKeyPicker } from "../../../bench/load/key-picker.ts";
import { LoadLoop } from "../../../bench/load/load-loop.ts";
import { makeMessagePool } from "../../../bench/load/message-pool.ts";
import { createRandom } from "../../../bench/load/random.ts";
import { LatencyHistogram } from "../../../src/load/latency-histogram.ts";

describe("latency histogram", () => {
  it("is right to 1.6 % over seven decades, and never low", () => {
    for (let micros = 1; micros < 5e8; micros = Math.ceil(micros * 1.37)) {
      const histogram = new LatencyHistogram();
      histogram.record(micros / 1000);
      const got = histogram.percentileMs(0.5) * 1000;
      expect(got).toBeGreaterThanOrEqual(micros * 0.9999);
      expect(got).toBeLessThanOrEqual(micros * 1.016);
    }
  });

  it("takes the nearest rank", () => {
    const histogram = new LatencyHistogram();
    for (let value = 1; value <= 100; value += 1) histogram.record(value / 1000);
    expect([0.5, 0.99, 1].map((share) => histogram.percentileMs(share))).toEqual([0.05, 0.099, 0.1]);
  });

  it("counts a failure as infinitely slow", () => {
    const histogram = new LatencyHistogram();
    for (let count = 0; count < 98; count += 1) histogram.record(1);
    histogram.recordFailure(2);
    expect(histogram.percentileMs(0.98)).toBeLessThan(1.01);
    expect(histogram.percentileMs(0.99)).toBe(Number.POSITIVE_INFINITY);
    expect(new LatencyHistogram().percentileMs(0.5)).toBeNaN();
  });

  it("is the same after JSON, and adds up", () => {
    const first = new LatencyHistogram();
    first.record(3);
    first.recordFailure();
    const both = LatencyHistogram.of(JSON.parse(JSON.stringify(first)), first.toJSON());
    expect(both.total).toBe(4);
    expect(both.toJSON()).toEqual({ buckets: [expect.any(Number), 2], failures: 2 });
  });
});

describe("keys", () => {
  const draw = (distribution: "uniform" | "zipf", seed: number, count = 20_000): number[] => {
    const pick = createKeyPicker(distribution, 1_000, seed);
    return Array.from({ length: count }, pick);
  };
  const topShare = (keys: readonly number[]): number => {
    const counts = new Map<number, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return Math.max(...counts.values()) / keys.length;
  };

  it("are the same for the same seed only, and in range", () => {
    for (const distribution of ["uniform", "zipf"] as const) {
      expect(draw(distribution, 1, 50)).toEqual(draw(distribution, 1, 50));
      expect(draw(distribution, 1, 50)).not.toEqual(draw(distribution, 2, 50));
      const keys = draw(distribution, 3);
      expect(Math.min(...keys)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...keys)).toBeLessThan(1_000);
    }
  });

  it("are hot in a Zipf distribution: the first of 1,000 has 13 % at exponent 0.99", () => {
    expect(topShare(draw("zipf", 1))).toBeGreaterThan(0.11);
    expect(topShare(draw("zipf", 1))).toBeLessThan(0.15);
    expect(topShare(draw("uniform", 1))).toBeLessThan(0.004);
  });
});

describe("HPACK", () => {
  const read = (reader: HpackReader, hex: string): string[] =>
    reader.read(Buffer.from(hex.replaceAll(" ", ""), "hex")).map(({ name, value }) => `${name}: ${value}`);

  it("reads RFC 7541 C.6: responses with Huffman codes and evictions", () => {
    const reader = new HpackReader();
    // The table of the RFC's example holds 256 bytes; a size update says so.
    expect(
      read(
        reader,
        "3fe101 488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
      ),
    ).toEqual([
      ":status: 302",
      "cache-control: private",
      "date: Mon, 21 Oct 2013 20:13:21 GMT",
      "location: https://www.example.com",
    ]);
    expect(read(reader, "4883640effc1c0bf")).toEqual([
      ":status: 307",
      "cache-control: private",
      "date: Mon, 21 Oct 2013 20:13:21 GMT",
      "location: https://www.example.com",
    ]);
    expect(read(reader, "c1c0")).toEqual(["cache-control: private", "date: Mon, 21 Oct 2013 20:13:21 GMT"]);
  });

  it("refuses an entry that is not there and a block that is cut", () => {
    expect(() => read(new HpackReader(), "be")).toThrow("there is no entry 62");
    expect(() => read(new HpackReader(), "4003")).toThrow("ends inside");
  });

  it("reads the client's own blocks: first the headers, then their indices", () => {
    const reader = new HpackReader();
    const { first, later } = requestBlock("/a.B/C", "localhost:1");
    const wanted = [
      ":method: POST",
      ":scheme: http",
      ":path: /a.B/C",
      ":authority: localhost:1",
      "content-type: application/grpc",
      "user-agent: feast-sidecar-bench",
      "te: trailers",
    ];
    expect(read(reader, first.toString("hex"))).toEqual(wanted);
    expect(read(reader, later.toString("hex"))).toEqual(wanted);
    expect(later.length).toBe(wanted.length);
  });
});

describe("message pool", () => {
  it("is bounded in rows and fits one frame", () => {
    const target = { protocol: "grpc", path: "/a.B/C" } as const;
    const { messages, entities } = makeMessagePool({ target, features: 250, rows: 1_000, keys: "uniform", seed: 1 });
    expect(messages.length).toBe(200);
    expect(entities[0]?.length).toBe(1_000);
    expect(Math.max(...messages.map(({ length }) => length))).toBeLessThan(16_384);
  });
});

describe("the sample of answers", () => {
  const CALLS = 53_560;
  /** The calls that a run of so many keeps; each answer comes before the next call leaves. */
  const keptCalls = (size: number, seed: number, calls = CALLS): number[] => {
    const sample = new AnswerSample(size, createRandom(seed));
    for (let call = 0; call < calls; call += 1) {
      const place = sample.offer();
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(call);
      if (place >= 0) sample.keep(place, call, { message: 0, bytes });
    }
    return sample.kept().map(({ bytes }) => bytes.readUInt32LE());
  };

  it("is spread over the whole run, however long it is", () => {
    for (const seed of [1, 2, 3]) {
      const calls = keptCalls(50, seed);
      expect(calls.length).toBe(50);
      expect(new Set(calls).size).toBe(50);
      const late = calls.filter((call) => call >= 6_405).length;
      expect(late).toBeGreaterThan(35);
      for (let fifth = 0; fifth < 5; fifth += 1) {
        expect(calls.some((call) => Math.floor((call * 5) / CALLS) === fifth)).toBe(true);
      }
    }
  });

  it("takes each call alike", () => {
    const counts = new Array<number>(10).fill(0);
    for (let seed = 0; seed < 2_000; seed += 1) for (const call of keptCalls(3, seed, 10)) counts[call]! += 1;
    for (const count of counts) expect(Math.abs(count - 600)).toBeLessThan(90);
  });

  it("is the same for the same seed only, and all of a run that is shorter", () => {
    expect(keptCalls(20, 1)).toEqual(keptCalls(20, 1));
    expect(keptCalls(20, 1)).not.toEqual(keptCalls(20, 2));
    expect(keptCalls(20, 1, 7)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(keptCalls(0, 1)).toEqual([]);
  });

  it("is not undone by an answer that comes late", () => {
    const sample = new AnswerSample(1, () => 0);
    const answer = (text: string) => ({ message: 0, bytes: Buffer.from(text) });
    expect([sample.offer(), sample.offer()]).toEqual([0, 0]);
    sample.keep(0, 1, answer("second"));
    sample.keep(0, 0, answer("first"));
    expect(sample.kept().map(({ bytes }) => bytes.toString())).toEqual(["second"]);
  });
});

describe("load loop", () => {
  /** Answers on the next turn what `problemOf` says; undefined = never. */
  const run = async (
    mode: { kind: "open"; ratePerSecond: number } | { kind: "closed"; inFlight: number },
    problemOf: (call: number) => string,
    seconds = 0.1,
    keep = 3,
  ) => {
    const loop = new LoadLoop();
    let calls = 0;
    let most = 0;
    let inFlight = 0;
    const driver: LoadDriver = {
      send(slot, _message, keep) {
        const call = calls++;
        const problem = problemOf(call);
        most = Math.max(most, ++inFlight);
        setImmediate(() => {
          inFlight -= 1;
          loop.onDone(slot, problem, keep ? Buffer.from(String(call)) : undefined);
        });
      },
      flush() {},
      close() {},
    };
    return { ...(await loop.run({ driver, messages: 7, mode, seconds, keep, seed: 1 })), most };
  };

  it("closed: keeps so many in flight", async () => {
    const { calls, most, latencies, kept } = await run({ kind: "closed", inFlight: 4 }, () => "");
    expect(most).toBe(4);
    expect(calls).toBeGreaterThan(100);
    expect(latencies.total).toBe(calls);
    expect(kept.length).toBe(3);
  });

  it("looks at answers of the whole run, closed and open alike", async () => {
    for (const mode of [{ kind: "closed", inFlight: 4 } as const, { kind: "open", ratePerSecond: 20_000 } as const]) {
      const { calls, kept } = await run(mode, () => "", 0.3, 20);
      const keptCalls = kept.map(({ bytes }) => Number(bytes.toString()));
      expect(kept.length).toBe(20);
      expect(Math.max(...keptCalls)).toBeGreaterThan(calls / 2);
      expect(Math.min(...keptCalls)).toBeLessThan(calls / 2);
      // Every so many calls would meet the same few messages over and over.
      const gaps = new Set(keptCalls.sort((a, b) => a - b).map((call, index) => call - (keptCalls[index - 1] ?? 0)));
      expect(gaps.size).toBeGreaterThan(5);
    }
  });

  it("closed: gives up on a server that is gone", async () => {
    const { calls, latencies } = await run({ kind: "closed", inFlight: 4 }, () => "gone", 20);
    expect(calls).toBeLessThan(1_010);
    expect(latencies.percentileMs(0.5)).toBe(Number.POSITIVE_INFINITY);
  });

  it("open: sends what the rate says, also to a server that fails, and keeps no bad answer", async () => {
    const { calls, problems, latencies, kept } = await run({ kind: "open", ratePerSecond: 500 }, (call) =>
      call % 2 === 0 ? "no" : "",
    );
    expect(calls).toBe(50);
    expect(problems).toEqual(new Map([["no", 25]]));
    expect(latencies.percentileMs(0.99)).toBe(Number.POSITIVE_INFINITY);
    expect(latencies.percentileMs(0.5)).toBeLessThan(100);
    expect(kept.length).toBeLessThan(3);
  });
});
