import { expect, test } from "vitest";
import { parseCredentials } from "../../../../src/store/redis/control/parse-credentials.ts";

const parse = (text: string): ReturnType<typeof parseCredentials> => parseCredentials(Buffer.from(text));

test.each([
  ["s3cret\n", "s3cret"],
  ["s3cret\r\n", "s3cret"],
  ["s3cret", "s3cret"],
  [" with spaces \n", " with spaces "],
  ["zażółć\n", "zażółć"],
])("one line is the password: %j", (text, password) => {
  expect(parse(text)).toEqual({ username: undefined, password, expiresAtMs: undefined });
});

test.each([
  ['{"username":"u","password":"p","expires_at":"2026-01-02T03:04:05Z"}', "u", Date.UTC(2026, 0, 2, 3, 4, 5)],
  [
    '{"username":"u","password":"p","expires_at":"2026-01-02T03:04:05.5+01:00"}',
    "u",
    Date.UTC(2026, 0, 2, 2, 4, 5, 500),
  ],
  ['{"username":"u","password":"p","expires_at":"2026-01-02 03:04:05"}', "u", Date.UTC(2026, 0, 2, 3, 4, 5)],
  ['{"username":"u","password":"p","expires_at":1767322800}', "u", 1_767_322_800_000],
  ['{"username":"u","password":"p","expires_at":"1767322800"}', "u", 1_767_322_800_000],
  [' \n{"password":"p", "more": 1}\n', undefined, undefined],
  ['{"username":null,"password":"p","expires_at":null}', undefined, undefined],
  ['{"username":"","password":"p"}', undefined, undefined],
])("JSON: %s", (text, username, expiresAtMs) => {
  expect(parse(text)).toEqual({ username, password: "p", expiresAtMs });
});

test.each([
  "",
  "\n",
  "   \n",
  "two\nlines\n",
  "a\ttab",
  "{",
  '{"password":"p"',
  '{"username":"u"}',
  '{"password":""}',
  '{"password":7}',
  '{"username":7,"password":"p"}',
  '{"password":"p","expires_at":"soon"}',
  '{"password":"p","expires_at":"2026-13-45T99:00:00Z"}',
  '{"password":"p","expires_at":1767322800000}',
  '{"password":"p","expires_at":-1}',
  '{"password":"p","expires_at":true}',
])("neither: %j", (text) => {
  expect(parse(text)).toBeUndefined();
});

test("bytes that are no text", () => {
  expect(parseCredentials(Buffer.of(0xff, 0xfe, 0x41))).toBeUndefined();
});
