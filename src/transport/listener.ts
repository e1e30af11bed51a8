/** Binds one TCP port or Unix socket. What may fail is in {@link ListenError}; nothing is served from here. */
import { chmodSync, lstatSync, type Stats, unlinkSync } from "node:fs";
import { type AddressInfo, connect, type Server } from "node:net";
import { formatAddress, type ListenAddress } from "../model/listen-address.ts";

/** Why an address could not be bound; `inUse` is what the command line turns into exit code 69. */
export class ListenError extends Error {
  readonly inUse: boolean;
  readonly address: ListenAddress;

  constructor(address: ListenAddress, inUse: boolean, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ListenError";
    this.address = address;
    this.inUse = inUse;
  }
}

/** Owner and group may connect. */
const SOCKET_MODE = 0o660;
const BACKLOG = 1024;

/**
 * Binds `server`. A Unix socket file that nobody listens on any more is replaced; a live one, or a file that is no socket, is an error.
 * @returns the address as bound: the real port where 0 was asked for
 * @throws ListenError
 */
export async function bindListener(server: Server, address: ListenAddress): Promise<ListenAddress> {
  if (address.kind === "unix") await removeDeadSocket(address);
  await new Promise<void>((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => reject(toListenError(address, error));
    server.once("error", onError);
    const onListening = (): void => {
      server.removeListener("error", onError);
      resolve();
    };
    if (address.kind === "unix") server.listen({ path: address.path, backlog: BACKLOG }, onListening);
    else server.listen({ host: address.host, port: address.port, backlog: BACKLOG }, onListening);
  });
  if (address.kind === "unix") {
    chmodSync(address.path, SOCKET_MODE);
    return address;
  }
  const bound = server.address() as AddressInfo;
  return { kind: "tcp", host: bound.address, port: bound.port };
}

function toListenError(address: ListenAddress, error: NodeJS.ErrnoException): ListenError {
  const where = formatAddress(address);
  if (error.code === "EADDRINUSE") return new ListenError(address, true, `${where} is already in use`, error);
  if (error.code === "ENOENT" || (error.code === "EACCES" && address.kind === "unix")) {
    const what =
      error.code === "ENOENT" ? "its directory does not exist" : "its directory does not exist or may not be written";
    return new ListenError(address, false, `${where} cannot be bound: ${what}`, error);
  }
  if (error.code === "EACCES") {
    return new ListenError(address, false, `${where} cannot be bound: permission denied`, error);
  }
  if (error.code === "EADDRNOTAVAIL" || error.code === "ENOTFOUND") {
    return new ListenError(address, false, `${where} cannot be bound: this host has no such address`, error);
  }
  return new ListenError(address, false, `${where} cannot be bound: ${error.message}`, error);
}

async function removeDeadSocket(address: ListenAddress & { kind: "unix" }): Promise<void> {
  let stats: Stats;
  try {
    stats = lstatSync(address.path);
  } catch {
    return;
  }
  if (!stats.isSocket()) {
    throw new ListenError(
      address,
      false,
      `${formatAddress(address)} cannot be bound: a file that is no socket is there`,
    );
  }
  if (await someoneListens(address.path)) {
    throw new ListenError(address, true, `${formatAddress(address)} is already in use`);
  }
  try {
    unlinkSync(address.path);
  } catch (error) {
    throw new ListenError(address, false, `${formatAddress(address)}: the dead socket there cannot be removed`, error);
  }
}

function someoneListens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.once("error", (error: NodeJS.ErrnoException) => {
      // Anything but a refusal (no permission, a full backlog) may well be a living server.
      resolve(error.code !== "ECONNREFUSED" && error.code !== "ENOENT");
    });
  });
}
