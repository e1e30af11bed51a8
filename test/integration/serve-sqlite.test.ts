/** The live server over a SQLite file that is missing, replaced or written to while it serves. */
import { copyFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { status } from "@grpc/grpc-js";
import { describe, expect, it } from "vitest";
import { askGrpc, askHttp, askUntil, TRIPS } from "../helpers/ask-sidecar.ts";
import { goldenFile } from "../helpers/feature-repository.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";

const { repository, start } = useSidecars();
const GOLDEN = goldenFile("sqlite", "data/online.db");

describe("the SQLite file", () => {
  it("may be missing at the start: started but not ready, UNAVAILABLE, serving when it appears", async () => {
    const repo = repository();
    const file = join(repo.dir, "data/online.db");
    rmSync(file);
    const sidecar = await start({ repo, waitReady: false });
    await sidecar.probe("/startupz", 200);
    expect((await sidecar.admin("/readyz")).body).toMatch(/"part":"store","ok":false/);
    expect(await askHttp(sidecar.url)).toMatchObject({ status: 503, retryAfter: "1" });
    expect(await askGrpc(sidecar.address)).toMatchObject({ code: status.UNAVAILABLE, pushback: expect.any(String) });
    copyFileSync(GOLDEN, `${file}.new`);
    renameSync(`${file}.new`, file);
    await sidecar.probe("/readyz", 200);
    expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
    expect((await askGrpc(sidecar.address)).values).toEqual(TRIPS);
  });

  it("may be written to while serving: the next request sees it, and a long write makes none wait for ever", async () => {
    const repo = repository();
    const sidecar = await start({ repo });
    expect((await askHttp(sidecar.url)).values).toEqual(TRIPS);
    const database = new DatabaseSync(join(repo.dir, "data/online.db"));
    database.exec("BEGIN EXCLUSIVE");
    database.exec(`UPDATE demo_driver_stats SET value = x'202a' WHERE feature_name = 'trips'`);
    const blocked = await askHttp(sidecar.url, undefined, { "feast-sidecar-timeout-ms": "300" });
    expect(blocked.status).toBeGreaterThanOrEqual(503);
    expect(blocked.tookMs).toBeLessThan(2000);
    database.exec("COMMIT");
    database.close();
    const written = await askUntil(
      () => askHttp(sidecar.url),
      (answer) => answer.status === 200,
    );
    expect(written.values).toEqual([42, 42, null]);
  });
});
