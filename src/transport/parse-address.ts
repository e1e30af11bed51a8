/** `host:port`, `[::1]:port` or `unix:PATH`, as in `sidecar.listen`, `sidecar.admin` and `--listen`. */
import { isIPv6 } from "node:net";

export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** Length of `sun_path` less its closing zero on the strictest platform we run on (macOS: 104, Linux: 108). */
const MAX_SOCKET_PATH_BYTES = 103;
const MAX_PORT = 65_535;

/**
 * @param text port 0 asks for any free port
 * @throws RangeError a sentence with the text and what was expected
 */
export function parseAddress(text: string): ListenAddress {
  if (text.startsWith("unix:")) return parseUnixPath(text);
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > MAX_PORT || (match?.[1] !== undefined && !isIPv6(host))) {
    throw new RangeError(`'${text}' is not an address: expected host:port, [IPv6]:port or unix:PATH`);
  }
  return { kind: "tcp", host, port };
}

function parseUnixPath(text: string): ListenAddress {
  const path = text.slice("unix:".length);
  if (path === "") throw new RangeError(`'${text}' is not an address: unix: needs a path after it`);
  const bytes = Buffer.byteLength(path);
  if (bytes > MAX_SOCKET_PATH_BYTES) {
    throw new RangeError(
      `'${text}' is too long: a socket path has at most ${MAX_SOCKET_PATH_BYTES} bytes, this has ${bytes}`,
    );
  }
  return { kind: "unix", path };
}

/** The inverse of {@link parseAddress}. */
export function formatAddress(address: ListenAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`;
}
