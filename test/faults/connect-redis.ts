/** The tests' own connections to Redis: they come back by themselves, and never hold a command for a server that is away. */
import type { ConnectionOptions } from "node:tls";
import { Redis } from "ioredis";

const COMMAND_TIMEOUT_MS = 3_000;
const RETRY_MS = 20;

/** How the test gets in; asked again for each new connection. */
export interface RedisAccess {
  readonly username?: string;
  readonly password?: string;
  readonly tls?: ConnectionOptions;
}

export function connectRedis(port: number, access: RedisAccess = {}): Redis {
  const connection = new Redis({
    host: "127.0.0.1",
    port,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => RETRY_MS,
    enableReadyCheck: false,
    disableClientInfo: true,
    ...access,
  });
  // What went wrong is seen by whoever asks.
  connection.on("error", () => {});
  return connection;
}
