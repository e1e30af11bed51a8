import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { parseFreshness } from "../../../../src/store/redis/tracking/parse-freshness.ts";

const parse = (text: string): string | undefined => {
  const message = parseFreshness(Buffer.from(text));
  return message && `${message.view}: ${message.storeKeys?.map((key) => key.toString("hex")).join() ?? "all"}`;
};

test.each([
  ['{"view":"v"}', "v: all"],
  ['{"view":"vü_v2","entity_keys":["00Ff","a1"]}', "vü_v2: 00ff,a1"],
  [' {"entity_keys": [], "view": "v"} ', "v: "],
  ['\t\r\n {\t\r\n "view":"v","entity_keys":["00"]\t\r\n }\t\r\n ', "v: 00"],
  ['{"view":7,"view":"v"}', "v: all"],
])("%s is understood", (text, expected) => {
  expect(parse(text)).toBe(expected);
});

test.each([
  ...["", "v", "null", "7", '"v"', "[]", '[{"view":"v"}]', "{}", '{"view":"v"', '{"view":"v"}{"view":"w"}'],
  ...['{"view":""}', '{"view":7}', '{"view":null}', '{"view":["v"]}'],
  ...["no json", "{no json}", '{"view":', '{"view":1}', '{"view":"v" x}', '{"view":"v"}x', 'x{"view":"v"}', '{"view"}'],
  ...["{", "}", "}{", '{"', '{"}', '"}', "]}", '{"]}', " ", " \t{", "} ", '\ufeff{"view":"v"}', '\f{"view":"v"}'],
  // Another form, which may mean something else.
  ...['{"view":"v","keys":["00"]}', '{"view":"v","entity_keys":["00"],"at":1}'],
  ...['{"view":"v","entity_keys":"00"}', '{"view":"v","entity_keys":null}', '{"view":"v","entity_keys":{"0":"00"}}'],
  ...['{"view":"v","entity_keys":[""]}', '{"view":"v","entity_keys":["0"]}', '{"view":"v","entity_keys":["00",7]}'],
  ...['{"view":"v","entity_keys":["00","0g"]}', '{"view":"v","entity_keys":["zz"]}'],
])("%s is not", (text) => {
  expect(parse(text)).toBeUndefined();
});

test("JSON.parse, whose throws are dear, does not see most of what it would refuse, nor what cannot be meant", () => {
  const parsed = vi.spyOn(JSON, "parse");
  const garbage = [
    "no json",
    "{no json}",
    '{"view":',
    '{"view":1}',
    '{"view":"v" x}',
    "[]",
    "{}",
    "x".repeat(1024 * 1024),
  ];
  for (const text of garbage) parse(text);
  expect(parsed).not.toHaveBeenCalled();
  parse('{"view":"v"}');
  expect(parsed).toHaveBeenCalledOnce();
  parsed.mockRestore();
});

test("a megabyte is the most", () => {
  const padded = (bytes: number): Buffer => Buffer.from('{"view":"v"}'.padEnd(bytes));
  expect(parseFreshness(padded(1024 * 1024))).toEqual({ view: "v", storeKeys: undefined });
  expect(parseFreshness(padded(1024 * 1024 + 1))).toBeUndefined();
});

test("keys of any bytes arrive, and no bytes throw", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.array(fc.uint8Array({ minLength: 1 })), (view, keys) => {
      const hex = keys.map((key) => Buffer.from(key).toString("hex"));
      const message = parseFreshness(Buffer.from(JSON.stringify({ view, entity_keys: hex }, undefined, "\t")));
      expect(message?.storeKeys?.map((key) => key.toString("hex"))).toEqual(hex);
    }),
  );
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), (bytes) => {
      const view = parseFreshness(Buffer.from(bytes))?.view;
      expect(view === undefined || view.length > 0).toBe(true);
    }),
  );
});
