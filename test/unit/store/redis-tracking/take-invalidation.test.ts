import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedReply } from "../../../../src/store/redis/lane/resp-value.ts";
import { hear, pushOf } from "./invalidation-kit.ts";

const b = (text: string): Buffer => Buffer.from(text, "latin1");
const ROW = b("*2\r\n$1\r\na\r\n_\r\n");

const said = (bytes: Buffer): string[] => {
  const it = hear();
  it.chunk(bytes);
  return it.said;
};

describe("invalidations", () => {
  test("keep their place between the rows", () => {
    const it = hear();
    for (let rows = 0; rows < 2; rows += 1) it.expectRow();
    it.chunk(Buffer.concat([pushOf(b("\x00\xff")), ROW, pushOf(b("k"), b("l")), pushOf(), ROW]));
    expect(it.said).toEqual(["pushed", "key 00ff", "row 61,", "pushed", "key 6b", "key 6c", "pushed", "row 61,"]);
  });

  test("of any keys in any chunks", () => {
    const keys = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 });
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(keys, { minLength: 1, maxLength: 20 }), sizes, (frames, cuts) => {
        const it = hear();
        const bytes = Buffer.concat(frames.flatMap((frame) => [pushOf(...frame), ROW]));
        for (const _ of frames) it.expectRow();
        for (let at = 0, i = 0; at < bytes.length; i += 1) {
          const size = cuts[i % cuts.length]!;
          it.chunk(bytes.subarray(at, at + size));
          at += size;
        }
        expect(it.said).toEqual(
          frames.flatMap((frame) => [
            "pushed",
            ...frame.map((key) => `key ${Buffer.from(key).toString("hex")}`),
            "row 61,",
          ]),
        );
      }),
    );
  });

  test.each([
    ["null of RESP3", ">2\r\n$10\r\ninvalidate\r\n_\r\n", ["pushed", "all"]],
    ["null list of RESP2", ">2\r\n$10\r\ninvalidate\r\n*-1\r\n", ["pushed", "all"]],
    ["null text of RESP2", ">2\r\n$10\r\ninvalidate\r\n$-1\r\n", ["pushed", "all"]],
    ["the word as a line", ">2\r\n+invalidate\r\n*1\r\n$1\r\na\r\n", ["pushed", "key 61"]],
    ["a set of keys", ">2\r\n$10\r\ninvalidate\r\n~2\r\n$1\r\na\r\n$0\r\n\r\n", ["pushed", "key 61", "key "]],
    ["a verbatim key", ">2\r\n+invalidate\r\n*1\r\n=5\r\ntxt:a\r\n", ["pushed", "key 61"]],
  ])("written otherwise: %s", (_, bytes, expected) => {
    expect(said(b(bytes))).toEqual(expected);
  });

  test.each([
    ["no keys", ">1\r\n$10\r\ninvalidate\r\n"],
    ["more than keys", ">3\r\n$10\r\ninvalidate\r\n*0\r\n*0\r\n"],
    ["one key that is no list", ">2\r\n$10\r\ninvalidate\r\n$1\r\na\r\n"],
    ["a null among the keys", ">2\r\n$10\r\ninvalidate\r\n*2\r\n$1\r\na\r\n$-1\r\n"],
    ["a number among the keys", ">2\r\n$10\r\ninvalidate\r\n*1\r\n:1\r\n"],
    ["a list among the keys", ">2\r\n$10\r\ninvalidate\r\n*1\r\n*1\r\n$1\r\na\r\n"],
  ])("that cannot be understood end the connection: %s", (_, bytes) => {
    expect(() => said(b(bytes))).toThrow(MalformedReply);
  });

  test("a push that does not end does", () => {
    const it = hear();
    it.chunk(b(">2\r\n$10\r\ninvalidate\r\n*1\r\n$100000000\r\n"));
    const chunk = Buffer.alloc(1024 * 1024, "x");
    expect(() => {
      for (let i = 0; i < 20; i += 1) it.chunk(chunk);
    }).toThrow("a push longer than 16777216 bytes");
  });

  test("a row as long does not", () => {
    const it = hear();
    it.expectRow();
    const cell = Buffer.alloc(17 * 1024 * 1024, "x");
    it.chunk(Buffer.concat([b("*3\r\n*1\r\n"), b(`$${cell.length}\r\n`), cell, b("\r\n_\r\n_\r\n")]));
    expect(it.said).toEqual(["other"]);
  });
});

test("other pushes are left alone", () => {
  const others = [">2\r\n$6\r\nserver\r\n*0\r\n", ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$10\r\ninvalidate\r\n", ">0\r\n"];
  expect(said(b(others.join("")))).toEqual(["push server,", "push message,c,invalidate", "push "]);
});
