import { expect, test } from "vitest";
import { AddressMap, addressText } from "../../../../src/store/redis/control/address-map.ts";

test("an announced address is exchanged, any other stays", () => {
  const near = { host: "127.0.0.1", port: 16_379 };
  const map = new AddressMap(
    new Map([
      ["10.0.0.1:6379", near],
      ["Redis-0.Shop:6379", { host: "nat", port: 1 }],
      ["[fd00::1]:6379", { host: "nat", port: 2 }],
      ["fd00::2:6379", { host: "nat", port: 3 }],
    ]),
  );
  expect(map.used({ host: "10.0.0.1", port: 6379 })).toEqual(near);
  expect(map.used({ host: "redis-0.shop", port: 6379 })).toEqual({ host: "nat", port: 1 });
  expect(map.used({ host: "fd00::1", port: 6379 })).toEqual({ host: "nat", port: 2 });
  expect(map.used({ host: "FD00::2", port: 6379 })).toEqual({ host: "nat", port: 3 });
  const other = { host: "10.0.0.1", port: 6380 };
  expect(map.used(other)).toBe(other);
});

test("as text", () => {
  expect(addressText({ host: "redis", port: 6379 })).toBe("redis:6379");
  expect(addressText({ host: "::1", port: 6379 })).toBe("[::1]:6379");
});
