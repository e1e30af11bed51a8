/** Reads `MOVED slot host:port` and `ASK slot host:port` (cluster.c:clusterRedirectClient). */
import type { RedisAddress } from "../../../model/redis-settings.ts";

export interface Redirect {
  readonly address: RedisAddress;
  /** The key is only on its way there: the command has to come with ASKING. */
  readonly isAsking: boolean;
}

/** @returns undefined when it is none of these, or names no host (one that does not know its own address) */
export function parseRedirect(text: string): Redirect | undefined {
  const [, word, host, port] = /^(MOVED|ASK) \d{1,5} (\S{1,253}):(\d{1,5})$/.exec(text.trim()) ?? [];
  const number = Number(port);
  if (host === undefined || host === "?" || number < 1 || number > 65_535) return undefined;
  return { address: { host: host.replaceAll(/[[\]]/g, ""), port: number }, isAsking: word === "ASK" };
}
