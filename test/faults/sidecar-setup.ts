/** The sidecar under test, from outside: a repository with the bench's registry, its configuration, the process. */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PROJECT } from "../../bench/data/shape.ts";
import { startSidecar, type TestSidecar } from "../helpers/start-sidecar.ts";
import type { Stage } from "./stage.ts";

const REGISTRY = fileURLToPath(new URL("../../bench/data/repo/registry.db", import.meta.url));

export interface SidecarSetup {
  /** `redis`, `redis_sentinel`, `redis_cluster` */
  readonly redisType: string;
  /** Feast's `connection_string`. */
  readonly connectionString: string;
  readonly sentinelMaster?: string;
  /** The map `sidecar.redis`; keys that are undefined are left out. */
  readonly redis?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** The map `sidecar.cache`; default: no cache. */
  readonly cache?: Readonly<Record<string, unknown>>;
  /** The map `sidecar.budget`. */
  readonly budget?: Readonly<Record<string, unknown>>;
  /** Path of the registry; default: the bench's. */
  readonly registry?: string;
}

/** Starts it and waits until it is ready. @throws Error with its own words when it does not come up */
export async function openSidecar(stage: Stage, setup: SidecarSetup): Promise<TestSidecar> {
  const repo = mkdtempSync(join(tmpdir(), "feast-fault-repo-"));
  stage.own(() => rmSync(repo, { recursive: true, force: true }));
  copyFileSync(setup.registry ?? REGISTRY, join(repo, "registry.db"));
  // JSON is YAML.
  const configuration = {
    project: PROJECT,
    provider: "local",
    registry: "registry.db",
    online_store: {
      type: "redis",
      redis_type: setup.redisType,
      connection_string: setup.connectionString,
      sentinel_master: setup.sentinelMaster,
    },
    entity_key_serialization_version: 3,
    sidecar: { cache: setup.cache ?? { mode: "disabled" }, redis: setup.redis, budget: setup.budget },
  };
  writeFileSync(join(repo, "feature_store.yaml"), JSON.stringify(configuration, undefined, 1));
  const sidecar = await startSidecar({ repo, env: setup.env ?? {} });
  stage.own(() => sidecar.stop());
  return sidecar;
}
