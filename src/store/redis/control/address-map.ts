/** From the addresses that Redis announces to those that reach it from here (NAT, port forwarding). */
import type { RedisAddress } from "../../../model/redis-settings.ts";

/** `host:port`, or `[host]:port` when the host is an IPv6 address. */
export function addressText({ host, port }: RedisAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

export class AddressMap {
  readonly #used = new Map<string, RedisAddress>();

  /** @param map announced `host:port` → address to use; names in any case, IPv6 with or without brackets */
  constructor(map: ReadonlyMap<string, RedisAddress>) {
    for (const [announced, address] of map) this.#used.set(announced.toLowerCase().replaceAll(/[[\]]/g, ""), address);
  }

  /** @returns the address to connect to, the announced one when the map does not name it */
  used(announced: RedisAddress): RedisAddress {
    return this.#used.get(`${announced.host.toLowerCase()}:${announced.port}`) ?? announced;
  }
}
