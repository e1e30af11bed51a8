import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRedirect } from "../../../../src/store/redis/cluster/parse-redirect.ts";

test.each([
  ["MOVED 3999 127.0.0.1:6381", "127.0.0.1", 6381, false],
  ["ASK 0 10.1.2.3:1", "10.1.2.3", 1, true],
  ["MOVED 16383 redis-1.example.org:65535", "redis-1.example.org", 65_535, false],
  ["ASK 7 2001:db8::1:6379", "2001:db8::1", 6379, true],
  ["MOVED 7 [::1]:6379", "::1", 6379, false],
  ["MOVED 7 10.0.0.1:6379\r\n", "10.0.0.1", 6379, false],
])("%j", (text, host, port, isAsking) => {
  expect(parseRedirect(text)).toEqual({ address: { host, port }, isAsking });
});

test.each([
  "",
  "MOVED",
  "MOVED 1",
  "MOVED 1 ",
  "MOVED 1 host",
  "MOVED 1 :6379",
  "MOVED 1 host:",
  "MOVED 1 host:0",
  "MOVED 1 host:65536",
  "MOVED 1 host:-1",
  "MOVED 1 host:6379 more",
  "MOVED x host:6379",
  "MOVED -1 host:6379",
  "MOVED 1 ho st:6379",
  "MOVED 1 host:1e3",
  "moved 1 host:6379",
  "ASKING 1 host:6379",
  "TRYAGAIN Multiple keys request during rehashing of slot",
  `MOVED 1 ${"h".repeat(254)}:6379`,
  `MOVED 1 ${":".repeat(60_000)}`,
  `${" ".repeat(60_000)}MOVED`,
])("is none: %.60j", (text) => {
  expect(parseRedirect(text)).toBeUndefined();
});

test("whatever comes, it is an address one could connect to or none", () => {
  const word = fc.constantFrom(
    "MOVED",
    "ASK",
    " ",
    ":",
    "1",
    "16384",
    "host",
    "[",
    "]",
    "::1",
    "\n",
    "\u0000",
    "65536",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(word, { maxLength: 12 }).map((words) => words.join("")),
      ),
      (text) => {
        const redirect = parseRedirect(text);
        if (redirect === undefined) return;
        expect(redirect.address.host).toMatch(/^[^\s[\]]+$/);
        expect(redirect.address.port).toBeGreaterThan(0);
        expect(redirect.address.port).toBeLessThan(65_536);
      },
    ),
    { numRuns: 3000 },
  );
});
