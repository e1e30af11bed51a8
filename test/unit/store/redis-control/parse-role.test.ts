import { expect, test } from "vitest";
import { parseRole } from "../../../../src/store/redis/control/parse-role.ts";
import { RespError } from "../../../../src/store/redis/lane/resp-value.ts";
import { ROLE_NO_LINK, ROLE_PRIMARY, ROLE_REPLICA, ROLE_SENTINEL } from "./captured-replies.ts";

test("primary, replica, replica without its primary, sentinel", () => {
  expect(parseRole(ROLE_PRIMARY)).toMatchObject({
    role: "primary",
    offset: 850,
    linkUp: undefined,
    replicas: [{ address: { host: "127.0.0.1", port: 27002 }, isOnline: true }],
  });
  expect(parseRole(ROLE_REPLICA)).toMatchObject({
    role: "replica",
    offset: 850,
    linkUp: true,
    isSyncing: false,
    primary: { host: "127.0.0.1", port: 27001 },
  });
  expect(parseRole(ROLE_NO_LINK)).toMatchObject({ role: "replica", offset: undefined, linkUp: false });
  expect(parseRole(ROLE_SENTINEL)).toMatchObject({ role: "sentinel", offset: undefined, replicas: [] });
});

test("what ROLE does not tell is not known", () => {
  for (const reply of [ROLE_PRIMARY, ROLE_REPLICA, ROLE_SENTINEL]) {
    const { runId, replId, isLoading, keys } = parseRole(reply)!;
    expect([runId, replId, isLoading, keys]).toEqual([undefined, undefined, undefined, undefined]);
  }
});

test("a replica in its first synchronisation", () => {
  const reply = [Buffer.from("slave"), Buffer.from("redis-0"), "6379", Buffer.from("sync"), "-1"];
  expect(parseRole(reply)).toMatchObject({ linkUp: false, isSyncing: true, offset: undefined });
});

test("refusals and nonsense", () => {
  for (const reply of [new RespError("NOPERM"), null, "OK", [], [Buffer.from("king")], [["master"]]]) {
    expect(parseRole(reply)).toBeUndefined();
  }
  expect(parseRole([Buffer.from("master")])).toMatchObject({ role: "primary", offset: undefined, replicas: [] });
  expect(parseRole([Buffer.from("slave"), null, []])).toMatchObject({
    role: "replica",
    primary: undefined,
    linkUp: undefined,
  });
  const many = Array.from({ length: 5000 }, () => [Buffer.from("h"), Buffer.from("1"), Buffer.from("0")]);
  expect(parseRole([Buffer.from("master"), "1", ["x", null, ...many]])?.replicas).toHaveLength(1022);
});
