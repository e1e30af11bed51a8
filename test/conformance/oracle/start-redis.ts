/** A real redis-server for tests: loopback, a free port, a directory of its own, nothing written to disk. */
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild, waitUntilReady } from "./child-process.ts";
import { freePort } from "./free-port.ts";

const START_TIMEOUT_MS = 10_000;
const COMMAND_TIMEOUT_MS = 10_000;
const BIND_ATTEMPTS = 3;

export interface RunningRedis {
  readonly port: number;
  /** The server's working directory, where `SAVE` puts `dump.rdb`. */
  readonly dir: string;
  /** Sends one command of plain words and returns the first line of the answer (`+OK`, `:5`, …). */
  command(...words: string[]): Promise<string>;
  stop(): Promise<void>;
}

export interface RedisOptions {
  /** A dump to start from; copied, never changed. */
  readonly rdbFile?: string;
}

/**
 * Starts `redis-server` from PATH.
 * @throws Error when the program is missing or does not answer in 10 s, with its last output
 */
export async function startRedis(options: RedisOptions = {}): Promise<RunningRedis> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options);
    } catch (error) {
      if (attempt === BIND_ATTEMPTS || !String(error).includes("Address already in use")) throw error;
    }
  }
}

async function startOnce(options: RedisOptions): Promise<RunningRedis> {
  const dir = await mkdtemp(join(tmpdir(), "oracle-redis-"));
  if (options.rdbFile !== undefined) await copyFile(options.rdbFile, join(dir, "dump.rdb"));
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", dir];
  const child = startChild(["redis-server", ...args]);
  const command = (...words: string[]) => sendCommand(port, words);
  const stop = async () => {
    await child.stop();
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const answers = async () => (await command("PING").catch(() => "")) === "+PONG";
    await waitUntilReady("redis-server", child, answers, START_TIMEOUT_MS);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, dir, command, stop };
}

/** One command over a connection of its own, in Redis' inline form: words without spaces. */
function sendCommand(port: number, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.setTimeout(COMMAND_TIMEOUT_MS, () => socket.destroy(new Error(`no answer to ${words[0]}`)));
    socket.once("error", reject);
    socket.once("close", () => reject(new Error(`connection closed before the answer to ${words[0]}`)));
    socket.on("data", (chunk) => {
      answer += chunk.toString("latin1");
      const end = answer.indexOf("\r\n");
      if (end < 0) return;
      resolve(answer.slice(0, end));
      socket.destroy();
    });
    socket.write(`${words.join(" ")}\r\n`);
  });
}
