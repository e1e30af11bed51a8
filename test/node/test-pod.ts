/** One pod on the node: what the kubelet says about it, and what its two containers print. */
import { join } from "node:path";
import { type AppCall, type AppEvent, isCall } from "./app-call.ts";
import { APP, churnPod, type PodOptions, SIDECAR, TEAM } from "./churn-pod.ts";
import { ContainerLog } from "./container-log.ts";
import type { TestNode } from "./test-node.ts";

const WAIT_SECONDS = 60;

export interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly started?: boolean;
  readonly restartCount: number;
  /** `containerd://…`; another one after a restart. */
  readonly containerID: string;
  readonly state: { readonly running?: { readonly startedAt: string } };
  readonly lastState: { readonly terminated?: { readonly exitCode: number; readonly reason: string } };
}

interface PodObject {
  readonly metadata: { readonly uid: string; readonly labels: Readonly<Record<string, string>> };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface PodEvent {
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly fieldPath?: string };
  /** To the second. */
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly count?: number;
}

export class TestPod {
  readonly name: string;
  readonly #node: TestNode;
  #app: ContainerLog | undefined;

  constructor(node: TestNode, name: string) {
    this.#node = node;
    this.name = name;
  }

  /** @returns milliseconds from the creation until the kubelet calls it ready @throws Error with its events when it does not */
  async start(options: PodOptions = {}): Promise<number> {
    const createdMs = Date.now();
    await this.#node.kubectl.create(churnPod(this.name, options));
    await this.waitFor("condition=Ready").catch(async (error: Error) => {
      const events = (await this.events()).map(({ reason, message }) => `${reason}: ${message}`);
      throw new Error([error.message, ...events].join("\n"), { cause: error });
    });
    const tookMs = Date.now() - createdMs;
    this.#app = await this.openLog(APP);
    return tookMs;
  }

  async get(): Promise<PodObject> {
    return JSON.parse(await this.#kubectl("get", "pod", this.name, "-o", "json")) as PodObject;
  }

  /** Until what kubectl calls a condition. @throws Error with its words when that takes longer than a minute */
  async waitFor(condition: string): Promise<void> {
    await this.#kubectl("wait", `--for=${condition}`, `pod/${this.name}`, `--timeout=${WAIT_SECONDS}s`);
  }

  /** Until the sidecar has been restarted this often. */
  async waitForRestarts(count: number): Promise<void> {
    await this.waitFor(`jsonpath={.status.initContainerStatuses[0].restartCount}=${count}`);
  }

  async sidecar(): Promise<ContainerStatus> {
    return statusOf((await this.get()).status.initContainerStatuses, SIDECAR);
  }

  async app(): Promise<ContainerStatus> {
    return statusOf((await this.get()).status.containerStatuses, APP);
  }

  /** Restarts of both containers so far. */
  async restarts(): Promise<{ readonly sidecar: number; readonly app: number }> {
    return { sidecar: (await this.sidecar()).restartCount, app: (await this.app()).restartCount };
  }

  /** The log of the container's newest process. */
  async openLog(container: string): Promise<ContainerLog> {
    const { uid } = (await this.get()).metadata;
    return new ContainerLog(join(this.#node.podLogs, `${TEAM}_${this.name}_${uid}`, container));
  }

  /** All calls of the app so far, or those that began in a stretch of time (Date.now()). */
  calls(fromMs = 0, toMs = Number.POSITIVE_INFINITY): AppCall[] {
    return this.#lines().flatMap((each) => (isCall(each) && each.atMs >= fromMs && each.atMs < toMs ? [each] : []));
  }

  /** When the app said so (Date.now()); undefined = not yet. */
  said(event: AppEvent["event"]): number | undefined {
    return this.#lines().find((each): each is AppEvent => !isCall(each) && each.event === event)?.atMs;
  }

  async events(): Promise<readonly PodEvent[]> {
    const field = `involvedObject.name=${this.name}`;
    const text = await this.#kubectl("get", "events", "--field-selector", field, "-o", "json");
    return (JSON.parse(text) as { items: PodEvent[] }).items;
  }

  /** Asks for its end with the manifest's own grace period. @returns the time of the request (Date.now()) */
  async delete(): Promise<number> {
    const atMs = Date.now();
    await this.#kubectl("delete", "pod", this.name, "--wait=false");
    return atMs;
  }

  /** At once, without a word to the containers; not an error when it is gone. */
  async remove(): Promise<void> {
    await this.#kubectl("delete", "pod", this.name, "--ignore-not-found", "--force", "--grace-period=0");
    await this.waitFor("delete");
    this.#app?.close();
  }

  #lines(): (AppCall | AppEvent)[] {
    return this.#app?.objects<AppCall | AppEvent>().map(({ value }) => value) ?? [];
  }

  #kubectl(...args: readonly string[]): Promise<string> {
    return this.#node.kubectl.run([...args, "--namespace", TEAM]);
  }
}

function statusOf(all: readonly ContainerStatus[] | undefined, name: string): ContainerStatus {
  const found = all?.find((each) => each.name === name);
  if (found === undefined) throw new Error(`the kubelet says nothing of ${name} yet`);
  return found;
}
