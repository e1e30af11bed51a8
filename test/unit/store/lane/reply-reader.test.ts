import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedReply, RespError, type RespValue } from "../../../../src/store/redis/lane/resp-value.ts";
import { type Cell, feed, hexRows, mapReply, rowReply } from "./lane-kit.ts";

const PUSH = Buffer.from(">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n");
const b = (text: string): Buffer => Buffer.from(text, "latin1");

describe("rows", () => {
  const ROWS: readonly (readonly Cell[])[] = [
    [b("\x20\x01"), null, b(""), b("$-1\r\n*3\r\n_\r\n")],
    [null, null, null, null],
    [b("x".repeat(300)), b("\r\n"), b("0"), null],
  ];

  test.each([2, 3] as const)("RESP%i, cut at every byte boundary", async (protocol) => {
    const bytes = Buffer.concat(ROWS.map((cells) => rowReply(cells, protocol)));
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const it = feed();
      const outcome = it.expect(4, ROWS.length);
      it.chunk(bytes.subarray(0, cut));
      it.chunk(bytes.subarray(cut));
      expect(await outcome).toEqual(hexRows(ROWS));
      expect(it.due.length).toBe(0);
    }
  });

  test.each([2, 3] as const)("RESP%i, byte by byte", async (protocol) => {
    const it = feed();
    const outcome = it.expect(4, ROWS.length);
    for (const byte of Buffer.concat(ROWS.map((cells) => rowReply(cells, protocol)))) it.chunk(Buffer.of(byte));
    expect(await outcome).toEqual(hexRows(ROWS));
  });

  test("any rows in any chunks, with pushes, errors and attributes between them", async () => {
    const cell = fc.oneof(
      { weight: 1, arbitrary: fc.constant(null) },
      { weight: 6, arbitrary: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 60_000 }).map((length) => Buffer.alloc(length, "$1\r\n")) },
    );
    const read = fc.integer({ min: 1, max: 12 }).chain((stride) =>
      fc.record({
        stride: fc.constant(stride),
        rows: fc.array(fc.array(cell, { minLength: stride, maxLength: stride }), { minLength: 1, maxLength: 12 }),
        protocol: fc.constantFrom(2 as const, 3 as const),
        error: fc.option(fc.nat(11)),
        before: fc.constantFrom(b(""), PUSH, b("|1\r\n+ttl\r\n:1\r\n"), Buffer.concat([PUSH, PUSH])),
      }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(read, { minLength: 1, maxLength: 6 }),
        fc.array(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 70_000 })), { minLength: 1 }),
        async (reads, cuts) => {
          const it = feed();
          const outcomes = reads.map(({ stride, rows }) => it.expect(stride, rows.length));
          const parts = reads.flatMap(({ rows, protocol, error, before }) =>
            rows.flatMap((cells, k) => [before, k === error ? b("-ERR no\r\n") : rowReply(cells, protocol)]),
          );
          const bytes = Buffer.concat(parts);
          for (let at = 0, i = 0; at < bytes.length; i += 1) {
            const size = cuts[i % cuts.length]!;
            it.chunk(bytes.subarray(at, at + size));
            at += size;
          }
          expect(await Promise.all(outcomes)).toEqual(
            reads.map(({ rows, error }) => (error !== null && error < rows.length ? "ERR no" : hexRows(rows))),
          );
          const pushes = reads.map(({ rows, before }) => rows.length * Number(before[0] === PUSH[0]) * before.length);
          expect(it.pushes.length).toBe(pushes.reduce((sum, bytes) => sum + bytes, 0) / PUSH.length);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("rows larger than the slab, whole and in pieces", async () => {
    for (const chunkBytes of [1_000_000, 65_536, 4_001]) {
      const rows = [
        [b("a"), Buffer.alloc(300_000, 1), null],
        [Buffer.alloc(90_000, 2), Buffer.alloc(90_000, 3), b("z")],
      ];
      const it = feed();
      const outcome = it.expect(3, 2);
      const bytes = Buffer.concat(rows.map((cells) => rowReply(cells, 3)));
      for (let at = 0; at < bytes.length; at += chunkBytes) it.chunk(bytes.subarray(at, at + chunkBytes));
      expect(await outcome).toEqual(hexRows(rows));
    }
  });

  test("rows received together share the memory they were received in", async () => {
    const it = feed();
    const outcome = it.expect(2, 2);
    const { sources } = it.latest();
    it.chunk(Buffer.concat([rowReply([b("a"), null], 3), rowReply([b("b"), null], 3)]));
    await outcome;
    expect(sources[0]).toBe(sources[1]);
  });
});

describe("maps", () => {
  const FOREIGN = [b("a"), b(""), b("_ts:other_view"), b("\xff\xff\xff\xff"), b("f0f0f0f0f0"), b("_ts:w")];
  const ROWS: readonly (readonly Cell[])[] = [
    [b("\x20\x01"), null, b(""), b("$-1\r\n*3\r\n_\r\n"), b("ts")],
    [null, null, null, null, null],
    [b("x".repeat(300)), b("\r\n"), b("0"), null, null],
  ];
  const BYTES = Buffer.concat([
    mapReply(ROWS[0]!, [4, 2, 0, 1, 3], FOREIGN),
    mapReply(ROWS[1]!, [], []),
    rowReply(ROWS[0]!, 3),
    mapReply(ROWS[2]!, [0, 1, 2, 3, 4], FOREIGN.slice(2)),
  ]);

  test("fill the slots of their fields in any order, cut at every byte boundary", async () => {
    for (let cut = 1; cut < BYTES.length; cut += 1) {
      const it = feed();
      const outcome = it.expect(5, 4);
      it.chunk(BYTES.subarray(0, cut));
      it.chunk(BYTES.subarray(cut));
      expect(await outcome).toEqual(hexRows([ROWS[0]!, ROWS[1]!, ROWS[0]!, ROWS[2]!]));
      expect(it.maps.map(([fields]) => fields)).toEqual([10, 0, 7]);
    }
  });

  test("larger than the slab, in pieces", async () => {
    const row = [Buffer.alloc(200_000, 1), b("x"), Buffer.alloc(70_000, 2), null];
    const it = feed();
    const outcome = it.expect(4, 2);
    const bytes = Buffer.concat([mapReply(row, [3, 1, 0, 2], FOREIGN), mapReply(row, [0, 1, 2, 3], [])]);
    for (let at = 0; at < bytes.length; at += 5003) it.chunk(bytes.subarray(at, at + 5003));
    expect(await outcome).toEqual(hexRows([row, row]));
    expect(it.maps.reduce((sum, [, size]) => sum + size, 0)).toBe(bytes.length);
  });

  test.each([
    ["a value that is no bulk string", "%2\r\n$1\r\na\r\n:1\r\n$1\r\nb\r\n*1\r\n_\r\n"],
    ["a field that is none", "%1\r\n+a\r\n$1\r\nb\r\n"],
    ["a null", "%1\r\n$1\r\na\r\n_\r\n"],
  ])("with %s fail their read and no other", async (_, reply) => {
    const bytes = Buffer.concat([b(reply), rowReply([b("2"), null], 3)]);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const it = feed();
      const outcomes = [it.expect(2, 1), it.expect(2, 1)];
      it.chunk(bytes.subarray(0, cut));
      it.chunk(bytes.subarray(cut));
      expect(await Promise.all(outcomes)).toEqual(["other", [["32", null]]]);
    }
  });

  test.each(["%1\r\n$x\r\n", "%1\r\n$-1\r\n", "%1\r\n$1\r\nab\r\n", "%1\r\n$99999999999999", "%1\r\n$\r\n\r\n"])(
    "malformed: %j",
    (bytes) => {
      const it = feed();
      void it.expect(2, 1);
      expect(() => it.chunk(b(bytes))).toThrow(MalformedReply);
    },
  );
});

test("a reply that somebody wants as a value is not a row", async () => {
  const it = feed();
  const taken: RespValue[] = [];
  const before = it.expect(1, 1);
  it.due.push({ wantsValue: true, take: (value) => taken.push(value) }, 1, 0, 0);
  it.due.push({ wantsValue: true, take: (value) => taken.push(value) }, 1, 0, 0);
  const after = it.expect(1, 1);
  it.chunk(Buffer.concat([rowReply([b("1")], 3), b(":7\r\n"), PUSH, b("-NOPERM no\r\n"), rowReply([b("2")], 3)]));
  expect([await before, taken, await after]).toEqual([[["31"]], ["7", new RespError("NOPERM no")], [["32"]]]);
});

describe("replies that are no rows", () => {
  test.each([
    ["an error", "-WRONGTYPE Operation against a key\r\n", "WRONGTYPE Operation against a key"],
    ["an error as a blob", "!21\r\nSYNTAX invalid\nsyntax\r\n", "SYNTAX invalid\nsyntax"],
    ["a row of another width", "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n", "other"],
    ["a null list", "*-1\r\n", "other"],
    ["a null", "_\r\n", "other"],
    ["a line", "+OK\r\n", "other"],
    ["a number", ":7\r\n", "other"],
    ["a nested list in a row", "*2\r\n$1\r\na\r\n*2\r\n:1\r\n*1\r\n$1\r\nx\r\n", "other"],
    ["a number in a row", "*2\r\n:1\r\n$1\r\nb\r\n", "other"],
    ["an attribute in a row", "*2\r\n|1\r\n+a\r\n+b\r\n$1\r\na\r\n$1\r\nb\r\n", "other"],
    ["a map with a set, a double and a verbatim text", "%1\r\n~1\r\n,1.5\r\n=7\r\ntxt:abc\r\n", "other"],
    ["a boolean", "#t\r\n", "other"],
    ["a big number", "(34928903284092834092834\r\n", "other"],
  ])("%s fails its read and no other, at every cut", async (_, reply, text) => {
    const bytes = Buffer.concat([rowReply([b("1"), null], 3), b(reply), rowReply([b("2"), null], 3)]);
    for (let cut = 1; cut < bytes.length; cut += 1) {
      const it = feed();
      const outcomes = [it.expect(2, 1), it.expect(2, 1), it.expect(2, 1)];
      it.chunk(bytes.subarray(0, cut));
      it.chunk(bytes.subarray(cut));
      expect(await Promise.all(outcomes)).toEqual([[["31", null]], text, [["32", null]]]);
    }
  });

  test("after an error in the middle of a read its other rows are dropped", async () => {
    const it = feed();
    const outcomes = [it.expect(2, 3), it.expect(2, 1)];
    const row = rowReply([b("1"), b("2")], 2);
    it.chunk(Buffer.concat([row, b("-ERR no\r\n"), row, row]));
    expect(await Promise.all(outcomes)).toEqual(["ERR no", [["31", "32"]]]);
  });

  test("a read that failed while its row was half here is drained, large cells without keeping them", async () => {
    const it = feed();
    const late = it.expect(2, 2);
    const large = rowReply([Buffer.alloc(400_000), b("")], 3);
    it.chunk(large.subarray(0, 200_000));
    it.latest().fail(new Error("late") as never);
    const next = it.expect(1, 1);
    it.chunk(Buffer.concat([large.subarray(200_000), large, rowReply([b("x")], 3)]));
    expect([await late, await next]).toEqual(["late", [["78"]]]);
    expect(it.reader.room().buffer.byteLength).toBeLessThan(2_000_000);
  });
});

test("pushes come decoded, between replies and when nothing is due", async () => {
  const it = feed();
  it.chunk(PUSH);
  const outcome = it.expect(1, 1);
  it.chunk(Buffer.concat([PUSH, rowReply([b("x")], 3), b(">1\r\n+resume\r\n")]));
  expect(await outcome).toEqual([["78"]]);
  const invalidate = [b("invalidate"), [b("a")]];
  expect(it.pushes).toEqual([invalidate, invalidate, ["resume"]]);
});

test("while values are awaited every reply is one", () => {
  const it = feed();
  it.reader.awaitValues = true;
  it.chunk(
    b(
      "+OK\r\n-ERR no\r\n%1\r\n$5\r\nproto\r\n:3\r\n$-1\r\n!5\r\nERR x\r\n|1\r\n+a\r\n+b\r\n*2\r\n_\r\n=5\r\ntxt:y\r\n*-1\r\n",
    ),
  );
  const values = ["OK", new RespError("ERR no"), [b("proto"), "3"], null, new RespError("ERR x"), [null, b("y")], null];
  expect(it.values).toEqual(values);
});

describe("what is not RESP", () => {
  test.each([
    ["an unknown type", "HTTP/1.1 400 Bad Request\r\n"],
    ["a streamed aggregate", "*?\r\n"],
    ["a length that is no number", "*2\r\n$x\r\n"],
    ["a negative length", "*2\r\n$-2\r\na\r\n"],
    ["a length without end", "*2\r\n$1111111111111111111111"],
    ["an empty length", "*2\r\n$\r\n\r\n$1\r\nb\r\n"],
    ["a length above 512 MB", "*2\r\n$536870913\r\n"],
    ["a length above 512 MB where nothing was expected", "$536870913\r\n"],
    ["a value longer than its length", "*2\r\n$1\r\nab\r\n$1\r\nc\r\n"],
    ["a null with content", "*2\r\n_x\r\n"],
    ["LF alone", "+OK\n"],
    ["too many elements", "*3\r\n%2147483647\r\n"],
  ])("%s is malformed", (_, bytes) => {
    const it = feed();
    void it.expect(2, 1);
    expect(() => it.chunk(b(bytes))).toThrow(MalformedReply);
  });

  test("a line without end, within bounds", () => {
    const it = feed();
    void it.expect(2, 1);
    expect(() => {
      for (let i = 0; i < 20; i += 1) it.chunk(Buffer.alloc(8192, "+"));
    }).toThrow(/a line longer than 65536 bytes/);
  });

  test("a push nested without end", () => {
    const it = feed();
    expect(() => it.chunk(b(`>1\r\n${"*1\r\n".repeat(20)}:1\r\n`))).toThrow(/nested more than 16 deep/);
  });

  test("a reply that nobody asked for", () => {
    expect(() => feed().chunk(rowReply([b("x")], 3))).toThrow("a reply that nobody waits for");
  });

  test("random bytes never do anything but fail", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(..."$*_>%|!-+:=0123\r\n", "\r\n", "1\r\n", "$1\r\na\r\n"), { maxLength: 60 }),
        (parts) => {
          const it = feed();
          for (let i = 0; i < 4; i += 1) void it.expect(2, 2);
          try {
            for (const part of parts) it.chunk(b(part));
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedReply);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
