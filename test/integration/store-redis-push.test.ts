/** Pushes of a server on the connection that carries reads. */
import { afterEach, expect, test, vi } from "vitest";
import { Credentials } from "../../src/store/redis/control/credentials.ts";
import { runCommand } from "../../src/store/redis/control/run-command.ts";
import { NodeConnection } from "../../src/store/redis/lane/node-connection.ts";
import { PendingRead } from "../../src/store/redis/lane/pending-read.ts";
import type { RespValue } from "../../src/store/redis/lane/resp-value.ts";
import { CommandCompiler } from "../../src/store/redis/lane/row-commands.ts";
import { SpanPool } from "../../src/wire/span-pool.ts";
import { FakeRedis } from "../fakes/fake-redis.ts";
import { driverKeyHex, lookupOf, rowHex } from "../unit/store/lookup-fixture.ts";
import { closeAll, DEPS, fakes, hmget, SHAPE, stores } from "./store-redis-lane-kit.ts";

afterEach(closeAll);

test("pushes between replies go to the listener", async () => {
  const fake = new FakeRedis(3);
  fakes.push(fake);
  const address = { host: "127.0.0.1", port: await fake.listen() };
  const login = { username: undefined, password: undefined, command: [] };
  const credentials = new Credentials(login, { ...DEPS, wallNow: Date.now, run: runCommand, onFailed: () => {} });
  const commands = new CommandCompiler(Buffer.from("shop"));
  const target = { address, tls: undefined, credentials, clientName: undefined, db: 0, connectTimeoutMs: 500 };
  const pushes: RespValue[] = [];
  const [onUp, onFailed, nothing] = [vi.fn(), vi.fn(), (): void => {}];
  const connection = new NodeConnection({ target, commands, nodeTimeoutMs: 5, isCluster: false }, DEPS, {
    ...{ onUp, onFailed, onPong: nothing, onReplied: nothing, onLost: nothing },
    onPush: (frame) => pushes.push(frame),
  });
  stores.push(connection);
  connection.start();
  await vi.waitFor(() => expect(onUp).toHaveBeenCalled(), 2000);
  const push = Buffer.from(">2\r\n$10\r\ninvalidate\r\n*1\r\n$2\r\n\xff\x00\r\n", "latin1");
  fake.react = hmget({ kind: "raw", bytes: Buffer.concat([push, Buffer.from("*2\r\n$1\r\na\r\n_\r\n"), push]) });
  const rows: string[] = [];
  const read = (): PendingRead =>
    new PendingRead([lookupOf(SHAPE, driverKeyHex(1))], false, false, 0, new SpanPool(), {
      answered: (_, [block]) => rows.push(rowHex(block!, SHAPE, 0).join()),
      failed: (_, error) => rows.push(error.message),
    });
  expect([connection.send(read()), connection.send(read())]).toEqual([true, true]);
  await vi.waitFor(() => expect(pushes).toHaveLength(4));
  expect(rows).toEqual(["61,", "61,"]);
  expect(pushes[0]).toEqual([Buffer.from("invalidate"), [Buffer.from([0xff, 0])]]);
  expect(onFailed).not.toHaveBeenCalled();
});
