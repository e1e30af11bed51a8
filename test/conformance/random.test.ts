/** Seeded random requests to real Feast and to the sidecar: they agree, or differ as known-differences.ts lists. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askBothOverGrpc, askBothOverHttp, type Verdict } from "./ask-both.ts";
import { buildFixture, type Fixture } from "./oracle/build-fixture.ts";
import { type RunningCore, startSidecarFor } from "./oracle/start-core.ts";
import { type FeastServers, startFeast } from "./oracle/start-feast.ts";
import { RequestGenerator, seededRandom } from "./random-requests.ts";

/** Fixed here, drawn anew by `make test-long`. */
const SEED = Number(process.env["CONFORMANCE_SEED"] ?? 20_261_124);
/** Over HTTP, per repository; a part of them also goes over gRPC. */
const REQUESTS = Number(process.env["CONFORMANCE_REQUESTS"] ?? 250);
const COPY = { COMPAT__SERVICE_VERSION_BUG: "copy", COMPAT__PRECOMPUTE_NAMES: "copy" };
/** Everything may be a difference by mistake: most answers must simply agree. */
const LEAST_SHARE_OF_AGREEMENTS = 0.7;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await buildFixture();
});
afterAll(() => fixture?.stop());

describe.each(["sqlite", "redis", "versions-redis"] as const)(`%s, CONFORMANCE_SEED=${SEED}`, (repo) => {
  let feast: FeastServers;
  let sidecar: RunningCore;
  beforeAll(async () => {
    [feast, sidecar] = await Promise.all([startFeast(fixture.repo(repo)), startSidecarFor(fixture.repo(repo), COPY)]);
  });
  afterAll(async () => {
    await Promise.all([feast?.stop(), sidecar?.stop()]);
  });

  it(`${REQUESTS} requests`, { timeout: 1_800_000 }, async () => {
    const generator = new RequestGenerator(fixture.manifest.repos[repo], seededRandom(SEED));
    const counts = { http: 0, grpc: 0, ok: 0, agreed: 0, listed: {} as Record<string, number> };
    const failures: string[] = [];
    const judge = (surface: string, request: unknown, result: Verdict): void => {
      if (result.feast.status === 200) counts.ok += 1;
      if (result.differences.length === 0) counts.agreed += 1;
      else if (result.known !== undefined) counts.listed[result.known] = (counts.listed[result.known] ?? 0) + 1;
      else {
        const answers = `Feast ${result.feast.status} ${result.feast.body}\nsidecar ${result.sidecar.status} ${result.sidecar.body}`;
        const asked = typeof request === "string" ? request : JSON.stringify(request);
        failures.push(`${surface} ${asked}\n${result.differences.join("; ").slice(0, 500)}\n${answers.slice(0, 1500)}`);
      }
    };
    for (let index = 0; index < REQUESTS; index += 1) {
      const { body, grpc } = generator.next();
      judge("HTTP", body, await askBothOverHttp(feast, sidecar, body));
      counts.http += 1;
      if (grpc === undefined || index % 3 !== 0) continue;
      judge("gRPC", grpc, await askBothOverGrpc(feast, sidecar, grpc));
      counts.grpc += 1;
    }
    console.log(`${repo}: ${JSON.stringify(counts)}`);
    expect(failures.slice(0, 5).join("\n\n")).toBe("");
    expect(counts.agreed / (counts.http + counts.grpc)).toBeGreaterThan(LEAST_SHARE_OF_AGREEMENTS);
    expect(counts.ok).toBeGreaterThan(REQUESTS / 10);
  });
});
