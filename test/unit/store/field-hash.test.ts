import { expect, test } from "vitest";
import { featureField, murmur3x86, timestampField } from "../../../src/store/redis/field-hash.ts";

/** Made by mmh3 as feast/infra/online_stores/helpers.py:_mmh3 calls it. */
const GOLDEN: readonly (readonly [view: string, feature: string, field: string])[] = [
  ["driver_stats", "conv_rate", "fa731014"],
  ["driver_hourly_stats", "conv_rate", "6160e3da"],
  ["driver_hourly_stats", "acc_rate", "fa5e58ad"],
  ["driver_hourly_stats", "avg_daily_trips", "18a5e5a3"],
  ["a", "b", "436844a2"],
  ["driver_stats_v2", "conv_rate", "bd6f1854"],
  ["__precomputed__svc", "vector", "f8f85c5a"],
  ["żółw", "🐢", "4dcd12d9"],
];

test.each(GOLDEN)("field of %s:%s", (view, feature, field) => {
  expect(featureField(view, feature).toString("hex")).toBe(field);
});

test.each([
  ["", 0],
  ["a", 0x3c2569b2],
  ["ab", 0x9bbfd75f],
  ["abc", 0xb3dd93fa],
  ["abcd", 0x43ed676a],
  ["abcde", 0xe89b9af6],
] as const)("murmur3 x86_32 of %j, every tail length", (text, hash) => {
  expect(murmur3x86(Buffer.from(text))).toBe(hash);
});

test("hashes the window of a shared buffer, not its start", () => {
  expect(murmur3x86(Buffer.from("..abcde..").subarray(2, 7))).toBe(0xe89b9af6);
});

test("timestamp field keeps the view's name as text", () => {
  expect(timestampField("driver_stats_v2")).toBe("_ts:driver_stats_v2");
});
