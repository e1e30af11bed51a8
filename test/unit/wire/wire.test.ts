import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TimestampReader } from "../../../src/wire/read-timestamp.ts";
import { WireError } from "../../../src/wire/wire-error.ts";
import { WireReader, WireType } from "../../../src/wire/wire-reader.ts";
import {
  MAX_VARINT_BYTES,
  spanFieldSize,
  varintSize,
  writeSpanField,
  writeVarint,
  writeVarint64,
} from "../../../src/wire/write-varint.ts";

/** The textbook encoding of an unsigned 64-bit integer, independent of the code under test. */
function encode64(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = BigInt.asUintN(64, value); ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

const readerOf = (bytes: Uint8Array): WireReader => new WireReader().reset(Buffer.from(bytes), 0, bytes.length);
const safe = fc.oneof(
  fc.maxSafeNat(),
  fc.nat(),
  fc.constantFrom(0, 127, 128, 2 ** 28 - 1, 2 ** 28, 2 ** 31, 2 ** 32, 2 ** 35),
);

describe("varints", () => {
  it("reads any signed 64-bit integer back", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const bytes = encode64(value);
        const reader = readerOf(bytes);
        reader.readVarint();
        expect(reader.varintBigInt()).toBe(value);
        expect(reader.position).toBe(bytes.length);
        expect(reader.varintNumber()).toBe(Number(value));
      }),
    );
  });

  it("writes what the textbook says, in as many bytes as announced", () => {
    fc.assert(
      fc.property(safe, fc.nat({ max: 5 }), (value, at) => {
        const target = Buffer.alloc(20, 0xaa);
        const end = writeVarint(target, at, value);
        expect(target.subarray(at, end)).toEqual(encode64(BigInt(value)));
        expect(end - at).toBe(varintSize(value));
        expect(target[end]).toBe(0xaa);
      }),
    );
  });

  it("writes any signed 64-bit integer as the textbook says", () => {
    fc.assert(
      fc.property(fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), safe.map(BigInt)), (value) => {
        const target = Buffer.alloc(MAX_VARINT_BYTES + 1, 0xaa);
        const end = writeVarint64(target, 0, value);
        expect(target.subarray(0, end)).toEqual(encode64(value));
        expect(target[end]).toBe(0xaa);
      }),
    );
  });

  it("refuses every truncation", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const bytes = encode64(value);
        // The bytes go on behind the end that the reader was given.
        const reader = new WireReader().reset(bytes, 0, bytes.length - 1);
        expect(() => reader.readVarint()).toThrow(WireError);
      }),
    );
  });

  it("refuses eleven bytes", () => {
    expect(() => readerOf(new Uint8Array(11).fill(0x80)).readVarint()).toThrow("more than ten bytes");
  });
});

describe("fields", () => {
  it("span fields come back as written", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 4 }), (payload, offset) => {
        const source = Buffer.concat([Buffer.alloc(offset, 1), payload, Buffer.alloc(3, 2)]);
        const target = Buffer.alloc(spanFieldSize(payload.length));
        const end = writeSpanField(target, 0, 0x12, source, offset, offset + payload.length);
        expect(end).toBe(target.length);
        const reader = readerOf(target);
        expect(reader.readTag()).toBe(0x12);
        reader.readSpan();
        expect([...target.subarray(reader.start, reader.stop)]).toEqual([...payload]);
        expect(reader.position).toBe(end);
      }),
    );
  });

  it("doubles and floats", () => {
    fc.assert(
      fc.property(fc.double(), fc.float(), (wide, narrow) => {
        const bytes = Buffer.alloc(12);
        bytes.writeDoubleLE(wide, 0);
        bytes.writeFloatLE(narrow, 8);
        const reader = readerOf(bytes);
        expect([reader.readDouble(), reader.readFloat()]).toEqual([wide, narrow]);
        expect(() => reader.readFloat()).toThrow(WireError);
      }),
    );
  });

  it("enter and leave walk nested messages", () => {
    const reader = readerOf(Buffer.from([0x0a, 4, 0x12, 2, 0x08, 5, 0x20, 6]));
    reader.readTag();
    const outer = reader.enter();
    reader.readTag();
    const inner = reader.enter();
    expect([reader.position, reader.end, reader.depth]).toEqual([4, 6, 2]);
    reader.leave(inner);
    expect(reader.position).toBe(reader.end);
    reader.leave(outer);
    expect([reader.readTag(), reader.depth, reader.end]).toEqual([0x20, 0, 8]);
  });

  it("a length past its message is refused, though the buffer goes on", () => {
    const reader = readerOf(Buffer.from([0x0a, 2, 0x12, 2, 97, 98]));
    reader.readTag();
    reader.enter();
    reader.readTag();
    expect(() => reader.readSpan()).toThrow("ends inside a field");
  });

  it.each([
    ["a tag", [0x08, 1, 0x80], 2],
    ["a field number of zero", [0x08, 1, 0x02, 0], 2],
    ["a varint", [0x08, 0xff], 1],
    ["a length past the end", [0x0a, 5, 97], 1],
    ["a fixed value", [0x79, 1, 2], 1],
    ["another group's end", [0x7b, 0x08, 1, 0x74], 3],
  ])("a fault stands at the position of the reader: %s", (_name, bytes, position) => {
    const reader = readerOf(Uint8Array.from(bytes));
    expect(() => {
      while (reader.position < reader.end) reader.skip(reader.readTag());
    }).toThrow(WireError);
    expect(reader.position).toBe(position);
  });

  it("skipping any bytes ends, inside the span, with nothing but a WireError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 16 }), (message, behind) => {
        const bytes = Buffer.concat([message, behind]);
        const reader = new WireReader().reset(bytes, 0, message.length);
        try {
          while (reader.position < reader.end) reader.skip(reader.readTag());
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
        expect(reader.position).toBeLessThanOrEqual(message.length);
      }),
      { numRuns: 2000 },
    );
  });

  it("deep groups are refused before the stack is", () => {
    const reader = readerOf(new Uint8Array(1_000_000).fill((1 << 3) | WireType.GROUP));
    expect(() => reader.skip(reader.readTag())).toThrow("nested more than 100 messages deep");
  });
});

describe("TimestampReader", () => {
  const seconds = fc.integer({ min: -62135596800, max: 253402300799 });

  it("reads any timestamp back, fields in either order, unknown ones between", () => {
    fc.assert(
      fc.property(seconds, fc.integer({ min: 0, max: 999_999_999 }), fc.boolean(), (when, nanos, swapped) => {
        const fields = [
          Buffer.concat([Buffer.from([0x08]), encode64(BigInt(when))]),
          Buffer.from([0x1a, 1, 0]),
          Buffer.concat([Buffer.from([0x10]), encode64(BigInt(nanos))]),
        ];
        const bytes = Buffer.concat(swapped ? fields.reverse() : fields);
        const reader = new TimestampReader();
        reader.read(bytes, 0, bytes.length);
        expect([reader.seconds, reader.nanos]).toEqual([when, nanos]);
      }),
    );
  });

  it("empty is the epoch, also after another one", () => {
    const reader = new TimestampReader();
    reader.read(Buffer.from([0x08, 5, 0x10, 6]), 0, 4);
    reader.read(Buffer.alloc(0), 0, 0);
    expect([reader.seconds, reader.nanos]).toEqual([0, 0]);
  });
});
