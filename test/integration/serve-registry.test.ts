/** The registry file of the live server: changed, missing, broken, come back; always whole snapshots, never a lost request. */
import { copyFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { askGrpc, askHttp, askUntil, metric, TRIPS } from "../helpers/ask-sidecar.ts";
import { goldenFile } from "../helpers/feature-repository.ts";
import type { TestSidecar } from "../helpers/start-sidecar.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";

const { repository, start } = useSidecars();

/** Project `demo` with the views that these tests ask for, and without them. */
const FULL = goldenFile("sqlite", "data/registry.db");
const OTHER = goldenFile("versions-sqlite", "data/registry.db");

/** As a deployment replaces a file: whole, under the same name. */
function replace(path: string, by: string): void {
  copyFileSync(by, `${path}.new`);
  renameSync(`${path}.new`, path);
}

async function loads(sidecar: TestSidecar, count: number): Promise<void> {
  await askUntil(
    async () => sidecar.events("registry_loaded").length,
    (seen) => seen >= count,
  );
}

async function expectRefused(sidecar: TestSidecar): Promise<void> {
  const http = await askHttp(sidecar.url);
  expect(http).toMatchObject({ status: 503, retryAfter: "1", body: expect.stringMatching(/^".*registry.*"$/) });
  for (const path of ["feast.serving.ServingService", "GrpcFeatureServer"] as const) {
    const grpc = await askGrpc(sidecar.address, path);
    expect([grpc.code, grpc.details]).toEqual([status.UNAVAILABLE, JSON.parse(http.body)]);
    expect(Number(grpc.pushback)).toBeGreaterThanOrEqual(50);
    expect(Number(grpc.pushback)).toBeLessThanOrEqual(200);
  }
  expect((await fetch(`${sidecar.url}/health`)).status).toBe(503);
}

describe("the registry file", () => {
  it("is read again on SIGHUP, and never between", async () => {
    const repo = repository();
    replace(repo.registry, OTHER);
    const sidecar = await start({ repo });
    expect((await askHttp(sidecar.url)).status).toBe(404);
    replace(repo.registry, FULL);
    expect((await askHttp(sidecar.url)).status).toBe(404);
    sidecar.signal("SIGHUP");
    await loads(sidecar, 2);
    expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
    replace(repo.registry, OTHER);
    sidecar.signal("SIGHUP");
    await loads(sidecar, 3);
    expect(await askGrpc(sidecar.address)).toMatchObject({ code: status.NOT_FOUND });
    expect(await metric(sidecar, 'feast_sidecar_registry_refresh_total{outcome="swapped"}')).toBe(3);
  });

  it("is looked at in the background, while requests go on without a failure", async () => {
    const repo = repository("sqlite", { sidecar: "{registry: {refresh: 30ms}}" });
    const sidecar = await start({ repo });
    let served = 0;
    let running = true;
    const asking = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (running) {
          const answer = await askHttp(sidecar.url);
          expect([answer.status, answer.values]).toEqual([200, TRIPS]);
          served++;
        }
      }),
    );
    for (let swaps = 0; swaps < 8; swaps++) {
      // Feast itself rewrites the file in place: half a registry for a moment.
      if (swaps % 2 === 0) copyFileSync(FULL, repo.registry);
      else replace(repo.registry, FULL);
      await delay(60);
    }
    running = false;
    await asking;
    expect(served).toBeGreaterThan(20);
    expect(sidecar.events("registry_loaded").length).toBeGreaterThan(3);
  });

  it("may be missing at the start: not ready, UNAVAILABLE, and serving as soon as it is there", async () => {
    const repo = repository();
    rmSync(repo.registry);
    const sidecar = await start({ repo, waitReady: false });
    await sidecar.probe("/startupz", 503);
    await sidecar.probe("/readyz", 503);
    expect((await sidecar.admin("/livez")).status).toBe(200);
    expect((await sidecar.admin("/readyz")).body).toMatch(/"part":"registry","ok":false/);
    await expectRefused(sidecar);
    expect(await metric(sidecar, "feast_sidecar_registry_age_seconds")).toBeUndefined();
    expect(sidecar.events("registry_refresh_failed")).toMatchObject([
      { level: "error", source: repo.registry, serving: false, error: expect.stringMatching(/does not exist/) },
    ]);
    replace(repo.registry, FULL);
    await sidecar.probe("/readyz", 200);
    await sidecar.probe("/startupz", 200);
    expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
    expect((await askGrpc(sidecar.address)).values).toEqual(TRIPS);
    expect((await fetch(`${sidecar.url}/health`)).status).toBe(200);
  });

  it("may be broken at the start, and healed by SIGHUP", async () => {
    const repo = repository();
    writeFileSync(repo.registry, "not a registry at all");
    const sidecar = await start({ repo, waitReady: false });
    await sidecar.probe("/readyz", 503);
    await expectRefused(sidecar);
    replace(repo.registry, FULL);
    sidecar.signal("SIGHUP");
    await sidecar.probe("/readyz", 200);
    expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
  });

  it.each([
    ["deleted", (path: string) => rmSync(path)],
    ["garbled", (path: string) => writeFileSync(path, Buffer.alloc(5000, 0xff))],
  ])("may be %s while serving: the last good one goes on, and its age grows", async (_how, spoil) => {
    const repo = repository("sqlite", { sidecar: "{registry: {refresh: 50ms}}" });
    const sidecar = await start({ repo });
    const age = (): Promise<number | undefined> => metric(sidecar, "feast_sidecar_registry_age_seconds");
    await delay(300);
    expect(await age()).toBeLessThan(0.3);
    spoil(repo.registry);
    await delay(600);
    const first = await age();
    expect(first).toBeGreaterThan(0.4);
    await delay(200);
    expect(await age()).toBeGreaterThan((first ?? 0) + 0.15);
    expect(await metric(sidecar, 'feast_sidecar_registry_refresh_total{outcome="failed"}')).toBeGreaterThan(3);
    expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
    expect((await askGrpc(sidecar.address)).values).toEqual(TRIPS);
    expect((await sidecar.admin("/readyz")).status).toBe(200);
    // Said once, not at every try.
    expect(sidecar.events("registry_refresh_failed")).toMatchObject([{ serving: true }]);
    replace(repo.registry, FULL);
    await askUntil(age, (seconds) => (seconds ?? 9) < 0.3);
  });
});
