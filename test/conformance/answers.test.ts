/** Real Feast and the sidecar, side by side over the same data: every written case, over HTTP and over gRPC. */
import { afterAll, beforeAll, describe, it } from "vitest";
import { askBothOverGrpc, askBothOverHttp, requireVerdict } from "./ask-both.ts";
import { BODY_CASES } from "./cases/bodies.ts";
import { KEY_CASES, REF_CASES } from "./cases/refs-and-keys.ts";
import { SERVICE_CASES, VERSION_CASES, VIEW_CASES } from "./cases/views-and-services.ts";
import type { WrittenCase } from "./cases/written-case.ts";
import { buildFixture, type Fixture } from "./oracle/build-fixture.ts";
import type { RepoName } from "./oracle/manifest.ts";
import { type RunningCore, startSidecarFor } from "./oracle/start-core.ts";
import { type FeastServers, startFeast } from "./oracle/start-feast.ts";

const GROUPS: readonly (readonly [string, readonly WrittenCase[]])[] = [
  ["references", REF_CASES],
  ["keys", KEY_CASES],
  ["views", VIEW_CASES],
  ["services", SERVICE_CASES],
  ["versions and old keys", VERSION_CASES],
  ["bodies", BODY_CASES],
];

/** Feast's bugs are copied here, so that everything can be compared; what `fix` answers is in fixed-bugs.test.ts. */
const COPY = { COMPAT__SERVICE_VERSION_BUG: "copy", COMPAT__PRECOMPUTE_NAMES: "copy" };

let fixture: Fixture;
beforeAll(async () => {
  fixture = await buildFixture();
});
afterAll(() => fixture?.stop());

describe.each(["sqlite", "redis", "versions-sqlite", "versions-redis", "keyv2-redis"] as const)("%s", (repo) => {
  let feast: FeastServers;
  let sidecar: RunningCore;
  beforeAll(async () => {
    [feast, sidecar] = await Promise.all([startFeast(fixture.repo(repo)), startSidecarFor(fixture.repo(repo), COPY)]);
  });
  afterAll(async () => {
    await Promise.all([feast?.stop(), sidecar?.stop()]);
  });
  for (const [group, cases] of GROUPS) {
    const here = cases.filter((written) => (written.repos ?? DEFAULT_REPOS).includes(repo));
    if (here.length === 0) continue;
    describe(group, () => {
      it.each(here.map((written) => [written.name, written] as const))("HTTP: %s", async (_name, written) => {
        requireVerdict(await askBothOverHttp(feast, sidecar, written.body), written.difference);
      });
      it.each(here.filter(hasGrpc).map((written) => [written.name, written] as const))(
        "gRPC: %s",
        async (_name, written) => {
          const request = grpcRequest(written);
          requireVerdict(await askBothOverGrpc(feast, sidecar, request), written.grpcDifference);
        },
      );
    });
  }
});

const DEFAULT_REPOS: readonly RepoName[] = ["sqlite", "redis"];

function hasGrpc(written: WrittenCase): boolean {
  return written.grpc !== undefined;
}

function grpcRequest({ body, grpc }: WrittenCase): Record<string, unknown> {
  const fields = body as { features?: string[]; feature_service?: string; full_feature_names?: boolean };
  return {
    ...(fields.feature_service ? { feature_service: fields.feature_service } : { features: { val: fields.features } }),
    full_feature_names: fields.full_feature_names === true,
    entities: Object.fromEntries(Object.entries(grpc ?? {}).map(([name, val]) => [name, { val }])),
  };
}
