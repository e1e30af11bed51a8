/** A primary and its replicas, each link with a proxy where a scenario wants one. */
import type { RedisAccess } from "./connect-redis.ts";
import { freePort } from "./free-port.ts";
import { type RedisProcess, type RedisProcessOptions, startRedis, untilInSync } from "./redis-process.ts";
import type { SidecarSetup } from "./sidecar-setup.ts";
import type { Stage } from "./stage.ts";
import { openProxy, type TcpProxy } from "./tcp-proxy.ts";
import { PrimaryRoute } from "./write-route.ts";
import { createWriter, type Writer } from "./writer.ts";

export interface PlainOptions {
  readonly replicas: number;
  /** Nodes (0 = the primary) that the sidecar reaches through a proxy. */
  readonly readProxies?: readonly number[];
  /** Replicas (from 1) that reach the primary through a proxy. */
  readonly linkProxies?: readonly number[];
  readonly isDurable?: boolean;
  /** For each node, and how the test itself connects. */
  readonly process?: RedisProcessOptions;
  readonly access?: RedisAccess;
  /** Added to `host:port` in the connection string, as `,name=value`. */
  readonly connectionOptions?: string;
}

export interface PlainRedis {
  /** The primary first. */
  readonly nodes: readonly RedisProcess[];
  readonly route: PrimaryRoute;
  readonly writer: Writer;
  /** Between the sidecar and that node. */
  readProxy(node: number): TcpProxy;
  /** Between that replica and the primary. */
  linkProxy(node: number): TcpProxy;
  /** The sidecar's configuration for it. */
  readonly sidecar: SidecarSetup;
}

/** Starts them, writes the data, and waits until every replica has it. */
export async function openPlainRedis(stage: Stage, options: PlainOptions): Promise<PlainRedis> {
  const readProxies = new Map<number, TcpProxy>();
  const linkProxies = new Map<number, TcpProxy>();
  const nodes: RedisProcess[] = [];
  const addressMap: Record<string, string> = {};
  const addresses: string[] = [];
  for (let node = 0; node <= options.replicas; node += 1) {
    const port = await freePort();
    const args = [...(options.process?.args ?? [])];
    let address = port;
    if (options.readProxies?.includes(node)) {
      const proxy = await openProxy(stage, port);
      readProxies.set(node, proxy);
      address = proxy.port;
    }
    const primary = nodes[0];
    if (primary !== undefined) {
      let primaryPort = primary.port;
      if (options.linkProxies?.includes(node)) {
        const proxy = await openProxy(stage, primaryPort);
        linkProxies.set(node, proxy);
        primaryPort = proxy.port;
        // ROLE of this replica names the proxy.
        addressMap[`127.0.0.1:${proxy.port}`] = addresses[0] as string;
      }
      args.push("--replicaof", `127.0.0.1 ${primaryPort}`);
      args.push("--replica-announce-ip", "127.0.0.1", "--replica-announce-port", String(address));
    }
    addresses.push(`127.0.0.1:${address}`);
    nodes.push(await startRedis(stage, { ...options.process, isDurable: options.isDurable ?? false, args }, port));
  }
  const primary = nodes[0] as RedisProcess;
  const route = new PrimaryRoute(stage, primary.port, options.access);
  const writer = createWriter(stage, route);
  await writer.writeAll();
  await untilInSync(primary, nodes.slice(1));
  const replicas = addresses.slice(1);
  return {
    nodes,
    route,
    writer,
    readProxy: (node) => proxyOf(readProxies, node),
    linkProxy: (node) => proxyOf(linkProxies, node),
    sidecar: {
      redisType: "redis",
      connectionString: `${addresses[0]}${options.connectionOptions ?? ""}`,
      redis: {
        ...(replicas.length > 0 && { replicas }),
        ...(Object.keys(addressMap).length > 0 && { address_map: addressMap }),
      },
    },
  };
}

function proxyOf(proxies: ReadonlyMap<number, TcpProxy>, node: number): TcpProxy {
  const proxy = proxies.get(node);
  if (proxy === undefined) throw new Error(`node ${node} has no such proxy`);
  return proxy;
}
