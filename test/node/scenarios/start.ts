/** The sidecar before the app, its probes, what the kernel lets it do, and the app's answers from the first one on. */
import { readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { expect } from "vitest";
import { until } from "../../faults/until.ts";
import { wrongOnes } from "../app-call.ts";
import { SIDECAR } from "../churn-pod.ts";
import { ZONE } from "../kubelet.ts";
import { type NodeWorld, type Notes, seconds } from "../node-scenario.ts";
import type { TestPod } from "../test-pod.ts";

const ADMIN_PORT = 9_566;
const DATA_PORT = 6_566;
const ENOUGH_CALLS = 100;

export async function startsBeforeTheApp(pod: TestPod, readyMs: number, notes: Notes): Promise<void> {
  const [sidecar, app] = [await pod.sidecar(), await pod.app()];
  const startedAt = [sidecar, app].map(({ state }) => Date.parse(state.running?.startedAt ?? ""));
  expect(startedAt[0]).toBeLessThanOrEqual(startedAt[1] ?? Number.NaN);
  const log = await pod.openLog(SIDECAR);
  const lines = log.objects<{ event: string }>();
  log.close();
  const listeningMs = lines.find(({ value }) => value.event === "listening")?.atMs ?? Number.NaN;
  const loadedMs = lines.find(({ value }) => value.event === "registry_loaded")?.atMs ?? Number.NaN;
  const appMs = pod.said("start") ?? Number.NaN;
  // The kubelet's times are whole seconds; the containers' own words are not.
  expect(listeningMs).toBeLessThan(appMs);
  expect(loadedMs).toBeLessThan(appMs);
  notes.say(`ready ${seconds(readyMs)} after its creation`);
  notes.say(`the sidecar had its registry ${seconds(appMs - loadedMs)} before the app's first line`);
  notes.show(
    "The sidecar's log up to the app's start",
    lines.filter(({ atMs }) => atMs < appMs).map(({ value }) => JSON.stringify(value)),
  );
}

export async function probesAreGreen(pod: TestPod, notes: Notes): Promise<void> {
  for (const status of [await pod.sidecar(), await pod.app()])
    expect(status).toMatchObject({ ready: true, started: true, restartCount: 0 });
  const { podIP = "" } = (await pod.get()).status;
  for (const probe of ["startupz", "readyz", "livez"])
    expect([probe, (await fetch(`http://${podIP}:${ADMIN_PORT}/${probe}`)).status]).toEqual([probe, 200]);
  expect(await connectError(podIP, DATA_PORT)).toBe("ECONNREFUSED");
  notes.say(
    "both containers ready; `/startupz`, `/readyz`, `/livez` 200 at the pod's IP; the data port is refused there",
  );
}

/** The kernel's word on the process, not the manifest's. */
export async function isRestricted({ node }: NodeWorld, pod: TestPod, notes: Notes): Promise<void> {
  const proc = `/proc/${node.containerd.pidOf((await pod.sidecar()).containerID)}`;
  const status = new Map(
    readFileSync(`${proc}/status`, "utf8")
      .split("\n")
      .map((line) => line.split(":\t"))
      .map(([name = "", value = ""]) => [name, value.trim()] as const),
  );
  for (const id of ["Uid", "Gid"]) expect([id, new Set(status.get(id)?.split("\t"))]).toEqual([id, new Set(["65532"])]);
  for (const set of ["CapEff", "CapPrm", "CapBnd"]) expect([set, Number(`0x${status.get(set)}`)]).toEqual([set, 0]);
  expect([status.get("NoNewPrivs"), status.get("Seccomp")]).toEqual(["1", "2"]);
  // As root of the node, so that nothing but the file system itself refuses.
  for (const folder of ["", "/app", "/tmp", "/feature-repo"])
    expect(() => writeFileSync(`${proc}/root${folder}/written`, "")).toThrow("EROFS");
  expect(readFileSync(`${proc}/environ`, "utf8").split("\0")).toContain(`FEAST_SIDECAR__ZONE=${ZONE}`);
  const peakMb = Math.round(Number.parseInt(status.get("VmHWM") ?? "", 10) / 1024);
  notes.say(
    `uid and gid 65532, no capabilities, no new privileges, seccomp filter; a write by root of the node gives EROFS`,
  );
  notes.say(`it knows its zone from the node's label; peak memory of the start ${peakMb} MiB`);
}

export async function answersAreRight(pod: TestPod, notes: Notes): Promise<void> {
  await until("the app has asked", 30_000, () => pod.calls().length > ENOUGH_CALLS);
  const calls = pod.calls();
  expect(wrongOnes(calls)).toEqual([]);
  expect(calls.filter(({ degraded }) => degraded !== undefined)).toEqual([]);
  expect(new Set(calls.map(({ via }) => via))).toEqual(new Set(["http", "grpc"]));
  notes.say(`${calls.length} calls over HTTP and gRPC in turn, from the app's first line on: all right, none marked`);
}

function connectError(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code));
  });
}
