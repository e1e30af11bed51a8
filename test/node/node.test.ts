/** deploy/k8s/deployment.yaml with our own image on a real node, from its start to its end. `make test-node` runs it, and writes docs/node-test.md. */
import { afterAll, beforeAll, test } from "vitest";
import { startRedis } from "../faults/redis-process.ts";
import { Stage } from "../faults/stage.ts";
import { loadGoldenRedis } from "../helpers/feature-repository.ts";
import { createRestrictedNamespace } from "../kube/restricted-namespace.ts";
import { featureRepository, TEAM } from "./churn-pod.ts";
import { NODE_ADDRESS } from "./kubelet.ts";
import { NodeReport } from "./node-report.ts";
import type { NodeWorld, Notes } from "./node-scenario.ts";
import { crash } from "./scenarios/crash.ts";
import { drain } from "./scenarios/drain.ts";
import { longOutage } from "./scenarios/long-outage.ts";
import { shortOutage } from "./scenarios/short-outage.ts";
import { answersAreRight, isRestricted, probesAreGreen, startsBeforeTheApp } from "./scenarios/start.ts";
import { startTestNode } from "./test-node.ts";
import { TestPod } from "./test-pod.ts";

const stage = new Stage();
const report = new NodeReport();
let world: NodeWorld;
/** Of the first tests, which follow one pod from its start to its end. */
let pod: TestPod;
let readyMs: number;

beforeAll(async () => {
  const node = await startTestNode();
  stage.own(() => node.stop());
  const everywhere = ["--bind", "127.0.0.1", NODE_ADDRESS, "--protected-mode", "no"];
  const redis = await startRedis(stage, { isDurable: true, args: everywhere });
  await loadGoldenRedis(redis.port);
  await createRestrictedNamespace(node.kubectl, TEAM);
  await node.kubectl.apply(featureRepository(redis.port));
  world = { node, redis };
  pod = new TestPod(node, "churn");
  readyMs = await pod.start();
});
afterAll(async () => {
  if (world !== undefined) report.write();
  await stage.close();
});

function proves(name: string, run: (notes: Notes) => Promise<void>): void {
  test(name, () => report.prove(name, run));
}

proves("the sidecar starts before the app", (notes) => startsBeforeTheApp(pod, readyMs, notes));
proves("probes are green, and the pod is ready", (notes) => probesAreGreen(pod, notes));
proves("the security context is real", (notes) => isRestricted(world, pod, notes));
proves("the app has right answers over loopback", (notes) => answersAreRight(pod, notes));
proves("a short outage of Redis restarts nothing", (notes) => shortOutage(world, pod, notes));
proves("the pod ends under load without a failed call", (notes) => drain(pod, notes));
proves("an outage between one and two graces restarts the sidecar once", (notes) => longOutage(world, notes));
proves("a crash of the sidecar alone is repaired", (notes) => crash(world, notes));
