/** Ports for servers that are killed and come back on the same port. */
import { once } from "node:events";
import { createServer } from "node:net";

/** Below what Linux gives to outgoing connections (32768 on), which could take the port while its server is down. */
const LOWEST = 12_000;
const HIGHEST = 32_000;
const taken = new Set<number>();

/** A port of 127.0.0.1 that nobody listens on, never given twice by this process. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (taken.has(port) || !(await isFree(port))) continue;
    taken.add(port);
    return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  const opened = Promise.race([once(probe, "listening").then(() => true), once(probe, "error").then(() => false)]);
  probe.listen(port, "127.0.0.1");
  const free = await opened.catch(() => false);
  await new Promise<void>((resolve) => (free ? probe.close(() => resolve()) : resolve()));
  return free;
}
