import { describe, expect, test } from "vitest";
import { featureField } from "../../../../src/store/redis/field-hash.ts";
import { FieldTable } from "../../../../src/store/redis/lane/field-table.ts";
import { CommandCompiler, RowCommands } from "../../../../src/store/redis/lane/row-commands.ts";
import { WriteBatch } from "../../../../src/store/redis/lane/write-batch.ts";
import { fieldArgs } from "../../../../src/store/redis/redis-commands.ts";
import { SpanPool } from "../../../../src/wire/span-pool.ts";
import { driverKeyHex, shapeOf } from "../lookup-fixture.ts";

const PROJECT = Buffer.from("sh\u00f6p");
const SHAPE = shapeOf(["driver_stats", "conv_rate", "trips"], ["driver_loc", "city"]);

function words(...parts: readonly (Buffer | string)[]): string {
  const each = parts.map((part) => {
    const bytes = Buffer.from(part);
    return `$${bytes.length}\r\n${bytes.toString("latin1")}\r\n`;
  });
  return `*${parts.length}\r\n${each.join("")}`;
}

test("commands are what a plain encoder makes, for keys of one and of several lengths", () => {
  const commands = new CommandCompiler(PROJECT);
  const batch = new WriteBatch();
  const keys = [driverKeyHex(1), driverKeyHex(2), "aa", driverKeyHex(3), ""].map((hex) => Buffer.from(hex, "hex"));
  for (const key of keys) batch.append(commands.of(SHAPE).next(false), key);
  const expected = keys.map((key) => words("HMGET", Buffer.concat([key, PROJECT]), ...fieldArgs(SHAPE)));
  expect(batch.take().toString("latin1")).toBe(expected.join(""));
  expect(commands.of(SHAPE)).toBe(commands.of(SHAPE));
});

test("a batch grows, is empty after it is taken, and never reuses bytes that are not written yet", () => {
  const command = new CommandCompiler(PROJECT).of(SHAPE).next(false);
  const batch = new WriteBatch();
  const fill = (byte: number, bytes: number): Buffer => {
    batch.append(command, Buffer.alloc(bytes, byte));
    return batch.take();
  };
  const large = fill(1, 300_000);
  expect(large.includes(Buffer.alloc(300_000, 1))).toBe(true);
  const [first, second] = [fill(2, 100), fill(3, 100)];
  batch.written();
  batch.written();
  const third = fill(4, 100);
  for (const [bytes, byte] of [
    [first, 2],
    [second, 3],
    [third, 4],
  ] as const) {
    expect(bytes.includes(Buffer.alloc(100, byte))).toBe(true);
  }
  // All written: the next ones share one buffer.
  batch.written();
  batch.written();
  const fourth = fill(5, 100);
  batch.written();
  const fifth = fill(6, 100);
  batch.written();
  expect(fill(7, 100).buffer).toBe(fourth.buffer);
  expect(fifth.buffer).not.toBe(large.buffer);
});

test("spans are cut side by side, large ones stand alone", () => {
  const pool = new SpanPool();
  const [a, b] = [pool.take(10), pool.take(10)];
  a.fill(1);
  b.fill(2);
  expect([...a, ...b]).toEqual([...Array(10).fill(1), ...Array(10).fill(2)]);
  expect(a.buffer).toBe(b.buffer);
  expect(pool.take(5000).buffer.byteLength).toBe(20_000);
  const slabs = new Set(Array.from({ length: 100 }, () => pool.take(1000).buffer));
  expect(slabs.size).toBeGreaterThan(5);
});

test("fields are found by their bytes; fields that are alike share a place", () => {
  const fields = Array.from({ length: 300 }, (_, i) => featureField("v", `f${i}`));
  fields.push(...["_ts:a", "_ts:b", "_ts:view_10", "_ts:view_11", "_ts:xa"].map((name) => Buffer.from(name)));
  fields.push(fields[7]!, fields[301]!, fields[7]!);
  const table = new FieldTable(fields);
  const bytes = Buffer.concat([Buffer.from("...."), ...fields]);
  let at = 4;
  for (const [slot, field] of fields.entries()) {
    const first = fields.findIndex((other) => other.equals(field));
    expect(table.find(bytes, at, field.length)).toBe(first);
    const chain: number[] = [];
    for (let s = first; s >= 0; s = table.twins[s]!) chain.push(s);
    expect(chain).toContain(slot);
    at += field.length;
  }
  for (const other of ["", "a", "_ts:", "_ts:c", "_ts:view_1", "xts:a"]) {
    expect(table.find(Buffer.from(other), 0, other.length)).toBe(-1);
  }
});

describe("HMGET or HGETALL", () => {
  const WIDE = shapeOf(["v", ...Array.from({ length: 63 }, (_, i) => `f${i}`)]);
  const compiler = new CommandCompiler(PROJECT);
  const name = (commands: RowCommands): string => (commands.next(true) === compiler.probes.all ? "HGETALL" : "HMGET");
  const fresh = (shape = WIDE): RowCommands => new RowCommands(shape, PROJECT, compiler.probes.all);

  test("a narrow shape is never looked into", () => {
    expect(fresh(SHAPE).isProbeDue(1_000_000)).toBe(false);
  });

  test("HGETALL where it was found to pay, on RESP3 only", () => {
    const commands = fresh();
    expect([name(commands), commands.isProbeDue(1), commands.isProbeDue(1000)]).toEqual(["HMGET", true, false]);
    expect(commands.pays(128, "listpack")).toBe(true);
    expect(name(commands)).toBe("HMGET");
    commands.useHgetall();
    expect(name(commands)).toBe("HGETALL");
    expect(commands.next(false)).not.toBe(compiler.probes.all);
    expect(commands.isProbeDue(65_000)).toBe(true);
    expect(commands.pays(128, "hashtable")).toBe(false);
    expect(name(commands)).toBe("HMGET");
  });

  test.each([
    [129, "listpack"],
    [64, "hashtable"],
    [64, "null"],
    [Number.NaN, "listpack"],
  ])("%i fields as %s do not pay", (fields, encoding) => {
    expect(fresh().pays(fields, encoding)).toBe(false);
  });

  test("an entity that is not there tells nothing: the next look comes soon", () => {
    const commands = fresh();
    commands.isProbeDue(1);
    expect(commands.pays(0, "null")).toBe(false);
    expect([commands.isProbeDue(63), commands.isProbeDue(1)]).toEqual([false, true]);
  });

  test.each([
    ["many more fields than slots", 129, 2000, "HMGET"],
    ["long values", 64, 20_000, "HMGET"],
    ["what a list can hold", 128, 10_000, "HGETALL"],
    ["nothing", 0, 4, "HGETALL"],
  ])("a reply with %s", (_, fields, bytes, next) => {
    const commands = fresh();
    commands.useHgetall();
    commands.sawReply(fields, bytes);
    expect(name(commands)).toBe(next);
  });
});
