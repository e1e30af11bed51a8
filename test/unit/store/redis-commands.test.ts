import { expect, test } from "vitest";
import { describeCommands, fieldArgs } from "../../../src/store/redis/redis-commands.ts";
import { driverKeyHex, lookupOf, shapeOf } from "./lookup-fixture.ts";

const SHAPE = shapeOf(["driver_stats", "conv_rate", "trips"], ["driver_loc", "city"]);

test("fields stand in slot order, all views in one command", () => {
  expect(fieldArgs(SHAPE).map((field) => field.toString("hex"))).toEqual([
    "fa731014",
    "426aa434",
    Buffer.from("_ts:driver_stats").toString("hex"),
    "edd7a843",
    Buffer.from("_ts:driver_loc").toString("hex"),
  ]);
});

test("fields go by slot, wherever the shape puts them", () => {
  const shape = {
    views: [{ storageName: "driver_stats", featureNames: ["conv_rate"], firstSlot: 1, timestampSlot: 0 }],
    stride: 2,
  };
  expect(fieldArgs(shape).map((field) => field.toString("latin1"))).toEqual(["_ts:driver_stats", "\xfa\x73\x10\x14"]);
});

test("arguments are built once per shape", () => {
  expect(fieldArgs(SHAPE)).toBe(fieldArgs(SHAPE));
});

test("describes one HMGET per key: key with project and hashes in hex", () => {
  const lookups = [lookupOf(SHAPE, driverKeyHex(1001), driverKeyHex(1)), lookupOf(shapeOf(), driverKeyHex(2))];
  expect(describeCommands(lookups, Buffer.from("shop"))).toEqual([
    {
      words: [
        "HMGET",
        `${driverKeyHex(1001)}73686f70`,
        "fa731014",
        "426aa434",
        "_ts:driver_stats",
        "edd7a843",
        "_ts:driver_loc",
      ],
    },
    {
      words: [
        "HMGET",
        `${driverKeyHex(1)}73686f70`,
        "fa731014",
        "426aa434",
        "_ts:driver_stats",
        "edd7a843",
        "_ts:driver_loc",
      ],
    },
  ]);
});
