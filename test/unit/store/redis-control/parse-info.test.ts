import { expect, test } from "vitest";
import { parseInfo } from "../../../../src/store/redis/control/parse-info.ts";
import { RespError } from "../../../../src/store/redis/lane/resp-value.ts";
import { INFO_NO_LINK, INFO_PRIMARY, INFO_REPLICA, INFO_SENTINEL, info } from "./captured-replies.ts";

const REPL_ID = "3506834dbe3bbf5cce49f7ab83a957b712af8200";

test("a primary and its replica", () => {
  expect(parseInfo(INFO_PRIMARY, 0)).toEqual({
    role: "primary",
    runId: "09fe7bfea74c877bdd84c6af21307b413621811d",
    replId: REPL_ID,
    offset: 950,
    linkUp: undefined,
    isLoading: false,
    isSyncing: undefined,
    keys: 1,
    primary: undefined,
    replicas: [{ address: { host: "127.0.0.1", port: 27002 }, isOnline: true }],
  });
  expect(parseInfo(INFO_REPLICA, 0)).toEqual({
    role: "replica",
    runId: "b5a8f30c3e9ce91602aec9131b855d2db78ed84c",
    replId: REPL_ID,
    offset: 950,
    linkUp: true,
    isLoading: false,
    isSyncing: false,
    keys: 1,
    primary: { host: "127.0.0.1", port: 27001 },
    replicas: [],
  });
});

test("a replica that never reached its primary: link down, offset 1, no keys", () => {
  expect(parseInfo(INFO_NO_LINK, 0)).toMatchObject({ role: "replica", linkUp: false, offset: 1, keys: 0 });
});

test("keys are those of the database that is read; without the section they are not known", () => {
  expect(parseInfo(INFO_PRIMARY, 2)?.keys).toBe(1);
  expect(parseInfo(INFO_PRIMARY, 1)?.keys).toBe(0);
  expect(parseInfo(info("# Replication\nrole:master"), 0)?.keys).toBeUndefined();
});

test("a sentinel", () => {
  expect(parseInfo(INFO_SENTINEL, 0)).toMatchObject({ role: "sentinel", offset: undefined, keys: undefined });
});

test("loading, syncing, a name instead of an address, a replica that is not online", () => {
  expect(parseInfo(info("role:master\nloading:1"), 0)?.isLoading).toBe(true);
  const syncing =
    "role:slave\nmaster_host:redis-0.shop\nmaster_port:6379\nmaster_link_status:down\nmaster_sync_in_progress:1";
  expect(parseInfo(info(syncing), 0)).toMatchObject({
    primary: { host: "redis-0.shop", port: 6379 },
    linkUp: false,
    isSyncing: true,
  });
  const waiting = "role:master\nslave0:ip=::1,port=7,state=wait_bgsave,offset=0,lag=0\nslave1:ip=?,port=0,state=online";
  expect(parseInfo(info(waiting), 0)?.replicas).toEqual([{ address: { host: "::1", port: 7 }, isOnline: false }]);
});

test("offsets are exact up to 2^53 and not known above", () => {
  expect(parseInfo(info(`role:master\nmaster_repl_offset:${2 ** 53 - 1}`), 0)?.offset).toBe(2 ** 53 - 1);
  expect(parseInfo(info(`role:master\nmaster_repl_offset:${2n ** 60n}`), 0)?.offset).toBeUndefined();
  expect(parseInfo(info("role:slave\nslave_repl_offset:-1"), 0)?.offset).toBeUndefined();
});

test("what makes no sense is not known, and bounded", () => {
  expect(parseInfo(new RespError("NOPERM"), 0)).toBeUndefined();
  expect(parseInfo(["a"], 0)).toBeUndefined();
  expect(parseInfo(null, 0)).toBeUndefined();
  expect(parseInfo(Buffer.alloc(2 * 1024 * 1024, "a"), 0)).toBeUndefined();
  const many = Array.from({ length: 5000 }, (_, i) => `slave${i}:ip=10.0.0.1,port=${i + 1},state=online`).join("\n");
  expect(parseInfo(info(many), 0)?.replicas).toHaveLength(1024);
  const odd =
    "role:king\nrun_id:a b\nmaster_replid:\nmaster_repl_offset:1e3\nloading:yes\n:::\nslave0:\nslave1:ip=a b,port=1";
  expect(parseInfo(info(odd), 0)).toEqual({
    role: undefined,
    runId: undefined,
    replId: undefined,
    offset: undefined,
    linkUp: undefined,
    isLoading: undefined,
    isSyncing: undefined,
    keys: undefined,
    primary: undefined,
    replicas: [],
  });
  expect(parseInfo(info(`run_id:${"a".repeat(1000)}`), 0)?.runId).toBeUndefined();
});
