/**
 * What decides a stored cell's status. Python's servers know found and not found only (feast/utils.py:
 * _populate_response_from_feature_data); the Go server also applies the view's ttl and takes an explicit null for absent
 * (go/internal/feast/onlineserving/serving.go:TransposeFeatureRowsIntoColumns).
 */
import type { OutputFeature } from "../model/bound-request.ts";
import type { FeatureStore } from "../model/feature-store.ts";
import type { SurfaceRules } from "../model/surface.ts";
import { TimestampReader } from "../wire/read-timestamp.ts";
import { malformed } from "./malformed.ts";

/** `all_found`: with stores that answer something for every field asked for, Python finds everything. */
export type StatusRule = "go" | "found" | "all_found";

export function statusRuleOf(statuses: SurfaceRules["statuses"], absentCells: FeatureStore["absentCells"]): StatusRule {
  if (statuses === "go") return "go";
  return absentCells === "null" ? "all_found" : "found";
}

/** `Value{null_val: NULL}`, as protobuf writes it. */
export function isExplicitNull(source: Buffer, start: number, end: number): boolean {
  return end - start === 3 && source[start] === 0x98 && source[start + 1] === 0x01 && source[start + 2] === 0;
}

const timestamp = new TimestampReader();

/**
 * The row is older than the view's ttl, in whole seconds (serving.go:checkOutsideTtl).
 * @param start of the row's timestamp in `source`; negative = it has none, which is the epoch
 * @param nowSeconds whole seconds since the Unix epoch
 * @throws ServeError INTERNAL when the timestamp cannot be read
 */
export function isExpired(
  { name, ttlSeconds }: OutputFeature,
  source: Buffer,
  start: number,
  end: number,
  nowSeconds: number,
): boolean {
  try {
    if (start < 0) timestamp.read(source, 0, 0);
    else timestamp.read(source, start, end);
  } catch (error) {
    throw malformed(`The stored event timestamp of feature '${name}'`, error);
  }
  return nowSeconds - timestamp.seconds > ttlSeconds;
}
