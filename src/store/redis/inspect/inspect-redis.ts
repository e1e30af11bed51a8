/** Everything that the nodes of a Redis are asked for `doctor`; reads only. */
import type { RedisAddress, RedisSettings, RedisTlsSettings } from "../../../model/redis-settings.ts";
import type { StoreDeps } from "../../store-deps.ts";
import { addressText } from "../control/address-map.ts";
import { redisKey } from "../redis-commands.ts";
import { RedisLogin } from "../redis-login.ts";
import { askClusterSettings, type ClusterSettings } from "./cluster-settings.ts";
import { type FoundKey, findKey } from "./find-key.ts";
import { askNode, type NodeAnswers } from "./node-answers.ts";
import { NodeQuestions } from "./node-questions.ts";
import { type PeerCertificate, peerCertificate } from "./peer-certificate.ts";

export interface InspectedNode {
  /** `host:port`. */
  readonly node: string;
  /** "" = it was reached, else why not. */
  readonly unreachable: string;
  /** undefined = it was not reached. */
  readonly answers: NodeAnswers | undefined;
  readonly key: FoundKey | undefined;
  /** Clusters only. */
  readonly cluster: ClusterSettings | undefined;
  /** undefined = cleartext; a text = there was no TLS connection, and why. */
  readonly certificate: PeerCertificate | string | undefined;
}

export interface InspectDeps extends StoreDeps {
  /** Epoch milliseconds. */
  readonly epochMs: () => number;
}

/** An entity that nobody has: the user may have rights for keys of the project only. */
const NOBODY = Buffer.from("feast-sidecar-doctor:");
const CREDENTIALS_MS = 5500;

/**
 * Asks all nodes at once, each on a connection of its own. Never throws for what a node does.
 * @param addresses as one connects to them from here
 */
export async function inspectRedis(
  settings: RedisSettings,
  project: string,
  addresses: readonly RedisAddress[],
  deps: InspectDeps,
): Promise<readonly InspectedNode[]> {
  const login = new RedisLogin(settings, deps, () => {});
  login.start();
  try {
    if (settings.credentialCommand.length > 0) await credentialsThere(login);
    return await Promise.all(addresses.map((address) => inspectNode(address, settings, project, login, deps)));
  } finally {
    login.close();
  }
}

/** The command has 5 s; without what it prints there is nothing to log in with. */
function credentialsThere({ forNodes: { credentials } }: RedisLogin): Promise<void> {
  if (credentials.current() !== undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, CREDENTIALS_MS);
    credentials.onChange(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** The certificates that the sentinels show; none without TLS toward them. */
export function sentinelCertificates({
  kind,
  endpoints,
  sentinel: { tls },
  connectTimeoutMs,
}: RedisSettings): Promise<readonly Pick<InspectedNode, "node" | "certificate">[]> {
  if (kind !== "sentinel" || tls === undefined) return Promise.resolve([]);
  return Promise.all(
    endpoints.map(async (address) => ({
      node: `sentinel ${addressText(address)}`,
      certificate: await certificateOf(address, tls, connectTimeoutMs),
    })),
  );
}

function certificateOf(
  address: RedisAddress,
  tls: RedisTlsSettings,
  timeoutMs: number,
): Promise<PeerCertificate | string> {
  return peerCertificate(address, tls, timeoutMs).catch((error: Error) => error.message);
}

async function inspectNode(
  address: RedisAddress,
  settings: RedisSettings,
  project: string,
  login: RedisLogin,
  deps: InspectDeps,
): Promise<InspectedNode> {
  const { tls, connectTimeoutMs, kind, db, freshnessChannel } = settings;
  const certificate = tls && (await certificateOf(address, tls, connectTimeoutMs));
  const questions = new NodeQuestions(address, settings, login, deps);
  try {
    const unreachable = await questions.connected();
    const nothing = { answers: undefined, key: undefined, cluster: undefined };
    if (unreachable !== "") return { node: addressText(address), unreachable, ...nothing, certificate };
    const isCluster = kind === "cluster";
    const key = await findKey(questions, project, isCluster ? 0 : db);
    const cluster = isCluster ? await askClusterSettings(questions) : undefined;
    const probe = redisKey(NOBODY, Buffer.from(project));
    const answers = await askNode(questions, { key: probe, isCluster, freshnessChannel, ...deps });
    return { node: addressText(address), unreachable: "", answers, key, cluster, certificate };
  } finally {
    await questions.close();
  }
}
