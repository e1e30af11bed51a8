/** Ports for servers that cannot report the one they chose themselves. */
import { createServer } from "node:net";

/**
 * A loopback TCP port that was free a moment ago. Another process may take it before the caller does,
 * so a server that fails to bind should be started again with a new one.
 */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
