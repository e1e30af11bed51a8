/** Rows older than their view's objective, over the live server: out of the store, out of the cache, and in place of late ones. */
import { beforeEach, describe, expect, it } from "vitest";
import { askGrpc, askHttp, TRIPS } from "../helpers/ask-sidecar.ts";
import type { TestSidecar } from "../helpers/start-sidecar.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";
import { driverKeyHex } from "../unit/store/lookup-fixture.ts";
import { useGoldenRedis } from "./golden-redis.ts";

const { start } = useSidecars();
const redis = useGoldenRedis();

const DRIVER_1 = Buffer.concat([Buffer.from(driverKeyHex(1), "hex"), Buffer.from("demo")]);

beforeEach(async () => {
  // Feast wrote the rows long ago; that of driver 1 is of now.
  await redis.client.hset(DRIVER_1, "_ts:driver_stats", timestampOf(Math.floor(Date.now() / 1000)));
});

/** A serialized google.protobuf.Timestamp. */
function timestampOf(seconds: number): Buffer {
  const bytes = [0x08];
  let rest = seconds;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Buffer.from([...bytes, rest]);
}

/** [within, older] of driver_stats; undefined = nothing is counted. */
async function rows(sidecar: TestSidecar): Promise<(number | undefined)[]> {
  const text = (await sidecar.admin("/metrics")).body;
  return ["within", "older"].map((outcome) => {
    const line = `feast_sidecar_freshness_rows_total{view="driver_stats",outcome="${outcome}"} `;
    const found = text.split("\n").find((each) => each.startsWith(line));
    return found === undefined ? undefined : Number(found.slice(line.length));
  });
}

const startWith = (sidecar: string, env: Record<string, string> = {}): Promise<TestSidecar> =>
  start({ golden: "redis", redisPort: redis.port, sidecar, env });

describe("rows older than their objective", () => {
  it("are counted out of the store and out of the cache, on every surface", async () => {
    const sidecar = await startWith("{freshness: {objective: 1h}, cache: {negative_ttl: 1h}}");
    // Driver 1 is of now, driver 2 is old, driver 3 does not exist.
    expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
    expect(await rows(sidecar)).toEqual([1, 1]);
    expect((await askGrpc(sidecar.address)).values).toEqual(TRIPS);
    expect(await rows(sidecar)).toEqual([2, 2]);
    expect((await sidecar.admin("/metrics")).body).toContain('feast_sidecar_cache_hits_total{view="driver_stats"} 3\n');
  });

  it("are counted when they stand in for rows that are late", async () => {
    const sidecar = await startWith(
      "{freshness: {views: {driver_stats: {objective: 1h}}}, budget: {on_late: stale}, cache: {ttl: 50ms, jitter: 0, negative_ttl: 50ms}}",
      { FEAST_SIDECAR__BUDGET__SLICE: "100ms" },
    );
    await askHttp(sidecar.url);
    expect(await rows(sidecar)).toEqual([1, 1]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const body = '{"features":["driver_stats:trips"],"entities":{"driver_id":[1,2]}}';
    await redis.client.call("CLIENT", "PAUSE", "300", "ALL");
    const late = await askHttp(sidecar.url, body);
    expect(late.values).toEqual([10, 20]);
    expect(late.headers.get("feast-sidecar-degraded")).toContain("driver_stats=stale");
    expect(await rows(sidecar)).toEqual([2, 2]);
  });

  it("are not counted where there is no objective", async () => {
    const sidecar = await startWith("{freshness: {objective: 1h, views: {driver_stats: {objective: 0s}, gone: {}}}}");
    expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
    expect(await rows(sidecar)).toEqual([undefined, undefined]);
    expect(sidecar.events("unknown_view")).toMatchObject([{ view: "gone", option: "sidecar.freshness.views" }]);
  });
});
