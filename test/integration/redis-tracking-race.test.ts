/** Reads and writes of one row that race: what the connection brings, and in which order. */
import { afterEach, expect, test } from "vitest";
import { commandBytes } from "../../src/store/redis/control/command-bytes.ts";
import { Credentials } from "../../src/store/redis/control/credentials.ts";
import { runCommand } from "../../src/store/redis/control/run-command.ts";
import { NodeConnection } from "../../src/store/redis/lane/node-connection.ts";
import { PendingRead, type ReadOwner } from "../../src/store/redis/lane/pending-read.ts";
import { CommandCompiler } from "../../src/store/redis/lane/row-commands.ts";
import { SpanPool } from "../../src/wire/span-pool.ts";
import { type RedisProcess, startRedis } from "../faults/redis-process.ts";
import { Stage } from "../faults/stage.ts";
import { createRandom } from "../helpers/random.ts";
import { driverKeyHex, lookupOf, rowHex } from "../unit/store/lookup-fixture.ts";
import { SHAPE, watchStore, write } from "./redis-tracking-kit.ts";

const stage = new Stage();
afterEach(() => stage.close());

const DEPS = { now: () => performance.now(), random: () => 0 };
const LOOKUPS = [lookupOf(SHAPE, driverKeyHex(1))];
const PUSH = -1;

/** Versions of the row and {@link PUSH}es, as they lay on the connection. */
async function connect(redis: RedisProcess): Promise<{ events: number[]; read: () => Promise<void> }> {
  const login = { username: undefined, password: undefined, command: [] };
  const credentials = new Credentials(login, { ...DEPS, wallNow: Date.now, run: runCommand, onFailed: () => {} });
  const address = { host: "127.0.0.1", port: redis.port };
  const target = { address, tls: undefined, credentials, clientName: undefined, db: 0, connectTimeoutMs: 500 };
  const commands = new CommandCompiler(Buffer.from("shop"));
  const [events, spans, nothing] = [[] as number[], new SpanPool(), (): void => {}];
  const connection = await new Promise<NodeConnection>((resolve) => {
    const it = new NodeConnection({ target, commands, nodeTimeoutMs: 5, isCluster: false }, DEPS, {
      ...{ onFailed: nothing, onPush: nothing, onPong: nothing, onReplied: nothing, onLost: nothing },
      onUp: () => it.ask(commandBytes(["CLIENT", "TRACKING", "ON"]), () => resolve(it)),
      invalidations: { pushed: nothing, keyChanged: () => events.push(PUSH), allChanged: nothing },
    });
    stage.own(() => it.close());
    it.start();
  });
  const read = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const owner: ReadOwner = {
        answered: (_, [block]) => {
          events.push(Number(Buffer.from(rowHex(block!, SHAPE, 0)[0]!, "hex").toString()));
          resolve();
        },
        failed: (_, error) => reject(error),
      };
      connection.send(new PendingRead(LOOKUPS, false, false, performance.now(), spans, owner));
    });
  return { events, read };
}

test("10,000 reads beside writes: no older row after a push, and no other row without one", async () => {
  const redis = await startRedis(stage);
  await write(redis, 1, "0");
  const { events, read } = await connect(redis);
  const random = createRandom(6);
  let version = 0;
  for (let round = 0; round < 1250; round += 1) {
    const due: Promise<unknown>[] = [];
    for (let i = 0; i < 8; i += 1) {
      if (random.below(3) > 0) {
        version += 1;
        due.push(write(redis, 1, String(version)));
      }
      due.push(read());
    }
    await Promise.all(due);
  }
  const rows = events.filter((event) => event !== PUSH);
  expect(rows).toHaveLength(10_000);
  let seen = -1;
  let isPushed = true;
  for (const event of events) {
    if (event === PUSH) isPushed = true;
    else {
      // A push tells of a change after what was read, and everything that changed was told.
      if (isPushed ? event <= seen : event !== seen) expect({ seen, isPushed, event }).toBe("in order");
      seen = event;
      isPushed = false;
    }
  }
  expect(rows.at(-1)).toBeLessThanOrEqual(version);
  expect(events.length - rows.length).toBeGreaterThan(1000);
});

test("a row that is kept by the rules is never older than what was told before", async () => {
  const redis = await startRedis(stage);
  const watched = await watchStore(stage, redis.port);
  await write(redis, 1, "0");
  let kept: number | undefined;
  const flights = new Set<{ isChanged: boolean }>();
  const keyOne = { from: 0 };
  /** What the store told since the last look; it is written down at once, and looked at before anything else is done. */
  const hear = (): void => {
    for (; keyOne.from < watched.told.length; keyOne.from += 1) {
      if (watched.told[keyOne.from] !== "key 1") continue;
      kept = undefined;
      for (const flight of flights) flight.isChanged = true;
    }
  };
  let [fills, hits] = [0, 0];
  const load = async (): Promise<void> => {
    const flight = { isChanged: false };
    hear();
    flights.add(flight);
    const { value, feed } = await watched.read(1);
    hear();
    flights.delete(flight);
    if (flight.isChanged || feed?.isTrusted !== true) return;
    kept = Number(value);
    fills += 1;
  };
  const loading = { isOn: true };
  const loads = [0, 1].map(async () => {
    while (loading.isOn) await load();
  });
  for (let version = 1; version <= 1500; version += 1) {
    await write(redis, 1, String(version));
    // Its reply stands behind the push of that write, on the same connection.
    await watched.read(2);
    hear();
    if (kept !== undefined) {
      hits += 1;
      expect(kept).toBe(version);
    }
  }
  loading.isOn = false;
  await Promise.all(loads);
  expect([fills > 100, hits > 100]).toEqual([true, true]);
});
