/** Servers that topologies ask, without sockets, on the fake clock of vitest. */
import { vi } from "vitest";
import type { RedisAddress } from "../../../../src/model/redis-settings.ts";
import { ServeError } from "../../../../src/model/serve-error.ts";
import type { NodeReport } from "../../../../src/store/redis/control/node-report.ts";
import { RespError, type RespValue } from "../../../../src/store/redis/lane/resp-value.ts";
import type { OpenLink } from "../../../../src/store/redis/topology/node-link.ts";
import type { TopologyEvents, WantedSet } from "../../../../src/store/redis/topology/topology.ts";

export const DEPS = { now: () => Date.now(), random: () => 0.5 };

export const at = (port: number, host = "10.0.0.1"): RedisAddress => ({ host, port });

export const report = (fields: Partial<NodeReport>): NodeReport => ({
  role: undefined,
  runId: undefined,
  replId: undefined,
  offset: undefined,
  linkUp: undefined,
  isLoading: undefined,
  isSyncing: undefined,
  keys: undefined,
  primary: undefined,
  replicas: [],
  ...fields,
});

/** What was told: for each picture its sets as `id slots: host:port role, …`. */
export class Heard implements TopologyEvents {
  readonly pictures: string[][] = [];
  readonly problems: string[] = [];
  readonly onSets = (sets: readonly WantedSet[]): void => {
    this.pictures.push(
      sets.map(({ id, nodes, slots }) => {
        const words = nodes.map(({ address, role, zone }) =>
          [`${address.host}:${address.port}`, role, zone].filter(Boolean).join(" "),
        );
        return `${[id, ...slots].join(" ")}: ${words.join(", ")}`;
      }),
    );
  };
  readonly onProblem = (reason: string): void => {
    this.problems.push(reason);
  };

  get last(): string[] | undefined {
    return this.pictures.at(-1);
  }
}

interface Server {
  isUp: boolean;
  /** Undefined = says nothing. */
  reply: (words: readonly string[]) => RespValue | undefined;
  readonly asked: string[];
  /** Of the links that are connected. */
  readonly push: ((frame: RespValue) => void)[];
}

export class FakeServers {
  readonly servers = new Map<number, Server>();
  /** Ports, in the order in which links were opened. */
  readonly opened: number[] = [];
  readonly closed: number[] = [];

  add(port: number, reply: Server["reply"], isUp = true): Server {
    const server = { isUp, reply, asked: [], push: [] };
    this.servers.set(port, server);
    return server;
  }

  /** A link is up a millisecond after its start, or has failed and tries again. */
  readonly open: OpenLink = ({ port }, events) => {
    this.opened.push(port);
    let isUp = false;
    let isClosed = false;
    const server = (): Server | undefined => this.servers.get(port);
    const attempt = (): void => {
      if (isClosed) return;
      isUp = server()?.isUp === true;
      if (isUp) server()!.push.push(events.onPush);
      if (isUp) events.onUp();
      else events.onFailed(`fake ${port}: refused`);
      if (!isUp) setTimeout(attempt, 1000);
    };
    return {
      who: `fake ${port}`,
      get isUp() {
        return isUp && server()?.isUp === true;
      },
      start: () => void setTimeout(attempt, 1),
      ask: async (words, timeoutMs) => {
        const text = words.map(String);
        server()?.asked.push(text.join(" "));
        const reply = this.servers.get(port)?.isUp ? server()?.reply(text) : undefined;
        if (reply !== undefined && !isClosed) return reply;
        await new Promise((resolve) => setTimeout(resolve, timeoutMs));
        throw new ServeError("UNAVAILABLE", `fake ${port} did not answer`);
      },
      close: async () => {
        isClosed = true;
        this.closed.push(port);
      },
    };
  };
}

export const bulk = (...texts: readonly (string | number)[]): Buffer[] =>
  texts.map((text) => Buffer.from(String(text)));

export const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

export const noPermission = new RespError("NOPERM no permissions");
