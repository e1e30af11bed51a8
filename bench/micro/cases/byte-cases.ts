/** What the rooms are made of: field names of Redis hashes, varints. */
import { featureField, timestampField } from "../../../src/store/redis/field-hash.ts";
import { WireReader } from "../../../src/wire/wire-reader.ts";
import { varintSize, writeSpanField, writeVarint } from "../../../src/wire/write-varint.ts";
import { int64Value } from "../../data/encode.ts";
import { featureName, storedValue, viewName } from "../../data/shape.ts";
import { hashFields } from "../../data/write-redis.ts";
import { expectEqual, type MicroCase } from "../micro-case.ts";

const COUNT = 1_000;

const fieldCase: MicroCase = {
  name: "store: names of the 11 hash fields of a view",
  prepare: () => {
    const names = Array.from({ length: 10 }, (_, feature) => featureName(feature));
    const run = () => [
      ...names.map((name) => featureField(viewName(0), name)),
      Buffer.from(timestampField(viewName(0))),
    ];
    const wanted = Buffer.concat(hashFields().slice(0, 11));
    return { ops: 1, run, check: () => expectEqual("fields", Buffer.concat(run()), wanted) };
  },
};

const writeCase: MicroCase = {
  name: "wire: write a varint",
  prepare: () => {
    const values = Array.from({ length: COUNT }, (_, index) => storedValue(index, 0));
    const target = Buffer.alloc(COUNT * 5);
    const run = () => {
      let at = 0;
      for (const value of values) at = writeVarint(target, at, value);
      return at;
    };
    const wanted = values.reduce((sum, value) => sum + varintSize(value), 0);
    return { ops: COUNT, run, check: () => expectEqual("bytes", run(), wanted) };
  },
};

const readCase: MicroCase = {
  name: "wire: read a varint",
  prepare: () => {
    const values = Array.from({ length: COUNT }, (_, index) => storedValue(index, 0));
    const bytes = Buffer.concat(values.map((value) => int64Value(value).subarray(1)));
    const reader = new WireReader();
    const run = () => {
      reader.reset(bytes, 0, bytes.length);
      let sum = 0;
      while (reader.position < reader.end) {
        reader.readVarint();
        sum += reader.varintNumber();
      }
      return sum;
    };
    const wanted = values.reduce((sum, value) => sum + value, 0);
    return { ops: COUNT, run, check: () => expectEqual("sum", run(), wanted) };
  },
};

const spanCase: MicroCase = {
  name: "wire: splice a stored value of 5 bytes",
  prepare: () => {
    const value = int64Value(2 ** 27);
    const target = Buffer.alloc(COUNT * (value.length + 2));
    const run = () => {
      let at = 0;
      for (let count = 0; count < COUNT; count += 1) at = writeSpanField(target, at, 0x0a, value, 0, value.length);
      return at;
    };
    return { ops: COUNT, run, check: () => expectEqual("bytes", run(), target.length) };
  },
};

export const byteCases: readonly MicroCase[] = [fieldCase, writeCase, readCase, spanCase];
