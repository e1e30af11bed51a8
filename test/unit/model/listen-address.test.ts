import { describe, expect, it } from "vitest";
import { formatAddress, isLocal, type ListenAddress, parseListenAddress } from "../../../src/model/listen-address.ts";

function parse(text: string): ListenAddress {
  const parsed = parseListenAddress(text);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.value;
}

describe("parseListenAddress", () => {
  it.each(["127.0.0.1:6566", "[::1]:0", "localhost:80", "feast.example:65535", "unix:/run/feast.sock", "unix:rel/x:1"])(
    "%s",
    (text) => {
      expect(formatAddress(parse(text))).toBe(text);
    },
  );

  it.each([
    ["", "not an address"],
    ["6566", "not an address"],
    [":6566", "not an address"],
    ["host:", "not an address"],
    ["host:65536", "a port is at most 65535"],
    ["host:1x", "not an address"],
    ["my host:80", "not an address"],
    ["http://host:80", "not an address"],
    ["::1:80", "not an address"],
    ["[host]:80", "the brackets do not hold an IPv6 address"],
    ["[::1]", "not an address"],
    ["unix:", "unix: needs a path after it"],
    [`unix:/${"x".repeat(103)}`, "the path of a socket has at most 103 bytes"],
    [`unix:/${"é".repeat(52)}`, "the path of a socket has at most 103 bytes"],
  ])("refuses %j", (text, why) => {
    expect(parseListenAddress(text)).toEqual({ ok: false, why });
  });

  it("takes the longest socket path that every platform does", () => {
    expect(parseListenAddress(`unix:/${"x".repeat(102)}`).ok).toBe(true);
  });
});

describe("isLocal", () => {
  it.each([
    ["127.0.0.1:1", true],
    ["127.9.9.9:1", true],
    ["localhost:1", true],
    ["LOCALHOST:1", true],
    ["[::1]:1", true],
    ["[::ffff:127.0.0.1]:1", true],
    ["unix:/x", true],
    ["0.0.0.0:1", false],
    ["[::]:1", false],
    ["127.0.0.1.example.com:1", false],
    ["myhost:1", false],
  ])("%s: %s", (text, expected) => {
    expect(isLocal(parse(text))).toBe(expected);
    expect(formatAddress(parse(text))).toBe(text);
  });
});
