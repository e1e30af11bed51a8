import { expect, test } from "vitest";
import { commandBytes } from "../../../../src/store/redis/control/command-bytes.ts";

test("texts count in bytes, bytes stay as they are", () => {
  const bytes = commandBytes(["AUTH", "zażółć", Buffer.of(0, 255), ""]);
  expect(bytes.toString("latin1")).toBe(
    `*4\r\n$4\r\nAUTH\r\n$10\r\n${Buffer.from("zażółć").toString("latin1")}\r\n$2\r\n\u0000\u00ff\r\n$0\r\n\r\n`,
  );
});
