/** The `Host` rule of the admin port: a page in a browser must not reach it through a name that its owner points here. */
import { isIP } from "node:net";

/**
 * @param host the `Host` header, with or without a port; undefined = none was sent
 * @param names `sidecar.admin_hosts`
 * @returns true for IP literals, `localhost` and the given names
 */
export function isAllowedHost(host: string | undefined, names: readonly string[]): boolean {
  if (host === undefined) return false;
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::\d{1,5})?$/.exec(host.trim().toLowerCase());
  if (match === null) return false;
  if (match[1] !== undefined) return isIP(match[1]) === 6;
  const name = (match[2] as string).replace(/\.$/, "");
  return name === "localhost" || isIP(name) === 4 || names.some((allowed) => allowed.toLowerCase() === name);
}
