/** Each kind of value: what it takes, what it gives, what it refuses. */
import { describe, expect, test } from "vitest";
import { address, addresses, addressOrDisabled } from "../../../src/config/parse-address.ts";
import {
  byteSize,
  duration,
  flag,
  hostNames,
  type Kind,
  ratio,
  timeZone,
  wholeNumber,
  word,
} from "../../../src/config/parse-values.ts";
import { readYaml } from "../../../src/config/read-yaml.ts";

/** Parses YAML text by a kind; undefined = refused. */
function parse(kind: Kind<unknown>, text: string): unknown {
  const yaml = readYaml(text);
  if (!yaml.ok) throw new Error(`not YAML: ${text}`);
  const parsed = kind.parse(yaml.root);
  return parsed.ok ? parsed.value : undefined;
}

const tcp = (host: string, port: number) => ({ kind: "tcp", host, port });

describe.each<[string, Kind<unknown>, readonly (readonly [text: string, value: unknown])[]]>([
  [
    "a duration",
    duration("allowed"),
    [
      ["500us", 0.5],
      ["10ms", 10],
      ["1.5s", 1500],
      ["10m", 600_000],
      ["2h", 7_200_000],
      ["1d", 86_400_000],
      ["0s", 0],
      ["24d", 2_073_600_000],
      ["25d", undefined],
      ["5", undefined],
      ["5.0", undefined],
      ["1:30", undefined],
      ["-5s", undefined],
      ["5 s", undefined],
      ["5S", undefined],
      ["1m30s", undefined],
      [".5s", undefined],
      ["on", undefined],
      ["", undefined],
    ],
  ],
  [
    "a duration above zero",
    duration("refused"),
    [
      ["1us", 0.001],
      ["0s", undefined],
      ["0.0ms", undefined],
    ],
  ],
  [
    "a size",
    byteSize,
    [
      ["32MiB", 33_554_432],
      ["1.5KiB", 1536],
      ["1GiB", 1_073_741_824],
      ["7B", 7],
      ["1000", 1000],
      ["2147483647", 2_147_483_647],
      ["2147483648", undefined],
      ["2GiB", undefined],
      ["0", undefined],
      ["-1", undefined],
      ["32MB", undefined],
      ["32 MiB", undefined],
      ["1.3B", undefined],
      ["1.5", undefined],
      ["yes", undefined],
    ],
  ],
  [
    "a ratio",
    ratio,
    [
      ["0", 0],
      ["1", 1],
      ["0.05", 0.05],
      ["1.01", undefined],
      ["-0.1", undefined],
      [".nan", undefined],
      ["5%", undefined],
      ["5e-2", undefined],
    ],
  ],
  [
    "a whole number",
    wholeNumber(1, 100),
    [
      ["1", 1],
      ["100", 100],
      ["010", 8],
      ["0", undefined],
      ["101", undefined],
      ["1.0", undefined],
      ["'5'", undefined],
      ["1e1", undefined],
      ["99999999999999999999", undefined],
    ],
  ],
  [
    "a flag",
    flag,
    [
      ["yes", true],
      ["off", false],
      ["'true'", undefined],
      ["1", undefined],
    ],
  ],
  [
    "a word",
    word("link", "off"),
    [
      ["link", "link"],
      ["'off'", "off"],
      ["off", undefined],
      ["Link", undefined],
    ],
  ],
  [
    "host names",
    hostNames,
    [
      ["[]", []],
      ["[Sidecar.Internal, a_b]", ["sidecar.internal", "a_b"]],
      ["[a:80]", undefined],
      ["[http://a]", undefined],
      ["['']", undefined],
      ["[1]", undefined],
      ["a", undefined],
    ],
  ],
  [
    "a time zone",
    timeZone,
    [
      ["UTC", "UTC"],
      ["Europe/Berlin", "Europe/Berlin"],
      ["Mars/Olympus", undefined],
      ["5", undefined],
    ],
  ],
  [
    "an address",
    address,
    [
      ["127.0.0.1:6566", tcp("127.0.0.1", 6566)],
      ["localhost:0", tcp("localhost", 0)],
      ["'[::1]:80'", tcp("::1", 80)],
      ["unix:/run/x.sock", { kind: "unix", path: "/run/x.sock" }],
      ["a:65535", tcp("a", 65_535)],
      ["a:65536", undefined],
      ["a:", undefined],
      ["':80'", undefined],
      ["'::1:80'", undefined],
      ["'[a]:80'", undefined],
      ["'unix:'", undefined],
      [`unix:/${"x".repeat(103)}`, undefined],
      ["http://a:80", undefined],
      ["80", undefined],
      ["disabled", undefined],
    ],
  ],
  ["an address or disabled", addressOrDisabled, [["a:1", tcp("a", 1)]]],
  [
    "addresses",
    addresses,
    [
      ["[a:1, unix:/x]", [tcp("a", 1), { kind: "unix", path: "/x" }]],
      ["a:1", [tcp("a", 1)]],
      ["[]", undefined],
      ["[a]", undefined],
      ["[[a:1]]", undefined],
    ],
  ],
])("%s", (_, kind, cases) => {
  test.each(cases)("%s", (text, expected) => {
    expect(parse(kind, text)).toEqual(expected);
  });
});

test("disabled is an address that parses to none", () => {
  expect(addressOrDisabled.parse({ value: "disabled", line: 1, plainText: undefined })).toEqual({
    ok: true,
    value: undefined,
  });
});
