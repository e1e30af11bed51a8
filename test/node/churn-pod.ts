/** The pod of deploy/k8s/deployment.yaml, for a node without a scheduler: its sidecar as it is there, a test's program beside it. */
import { readFileSync } from "node:fs";
import { encodeRequest } from "../conformance/oracle/feast-client.ts";
import { goldenFile } from "../helpers/feature-repository.ts";
import { type Container, only, type PodSpec, readDeploy } from "../integration/deploy-kit.ts";
import { TRIPS_BODY, TRIPS_MESSAGE } from "./app-call.ts";
import { NODE, NODE_ADDRESS } from "./kubelet.ts";

export const TEAM = "ml";
export const SIDECAR = "feast-sidecar";
export const APP = "churn";
export const GRACE_MS = 30_000;
export const PRE_STOP_MS = 5_000;
export const DRAIN_MS = 3_000;
/** A name, so that the image's libraries are seen to resolve one. */
const REDIS_NAME = "redis.internal";

interface Template {
  readonly metadata: object;
  readonly spec: PodSpec;
}

export interface PodOptions {
  /** Instead of the manifest's 10 s, of which three failures take longer than a grace of this length. */
  readonly livenessPeriodSeconds?: number;
}

/** What `feast-feature-repo` holds: the repository that real Feast wrote, with Redis on the node. */
export function featureRepository(redisPort: number): object {
  const yaml = {
    project: "demo",
    provider: "local",
    registry: "registry.db",
    online_store: { type: "redis", connection_string: `${REDIS_NAME}:${redisPort}` },
    entity_key_serialization_version: 3,
    // The slice is long: a busy machine is not what is tested.
    sidecar: { budget: { on_late: "stale", slice: "500ms" } },
  };
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "feast-feature-repo", namespace: TEAM },
    data: { "feature_store.yaml": JSON.stringify(yaml) },
    binaryData: { "registry.db": readFileSync(goldenFile("redis", "data/registry.db")).toString("base64") },
  };
}

export function churnPod(name: string, options: PodOptions = {}): object {
  const { metadata, spec } = (only(readDeploy("k8s/deployment.yaml"), "Deployment").spec as { template: Template })
    .template;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...metadata, name, namespace: TEAM },
    spec: {
      ...spec,
      nodeName: NODE,
      hostAliases: [{ ip: NODE_ADDRESS, hostnames: [REDIS_NAME] }],
      initContainers: spec.initContainers?.map((container) => sidecar(container, options)),
      containers: spec.containers.map(app),
    },
  };
}

function sidecar(container: Container, { livenessPeriodSeconds }: PodOptions): object {
  const env = withEnv(container, { FEAST_SIDECAR__PROBES__LIVENESS__REDIS_GRACE: `${GRACE_MS / 1000}s` });
  const { livenessProbe } = container as Container & { livenessProbe: object };
  const period = livenessPeriodSeconds === undefined ? {} : { periodSeconds: livenessPeriodSeconds };
  return {
    ...container,
    image: "localhost/feast-sidecar:node-test",
    env,
    livenessProbe: { ...livenessProbe, ...period },
  };
}

function app(container: Container): object {
  const env = withEnv(container, {
    HTTP_BODY: TRIPS_BODY,
    GRPC_MESSAGE: encodeRequest(TRIPS_MESSAGE).toString("base64"),
    DRAIN_MS: String(DRAIN_MS),
  });
  return { ...container, image: "localhost/feast-app:node-test", env };
}

/** A variable that is there already gets another value; in the manifest's place. */
function withEnv({ env = [] }: Container, values: Readonly<Record<string, string>>): object[] {
  const names = new Set(env.map(({ name }) => name));
  return [
    ...env.map((each) => (values[each.name] === undefined ? each : { name: each.name, value: values[each.name] })),
    ...Object.entries(values).flatMap(([name, value]) => (names.has(name) ? [] : [{ name, value }])),
  ];
}
