/** Ways to damage bytes and JSON text, for fuzzing from a seed. */
import type { Random } from "./random.ts";

type Damage = (bytes: Buffer, other: Buffer, random: Random) => Buffer;

const flipBits: Damage = (bytes, _other, random) => {
  const damaged = Buffer.from(bytes);
  for (let flips = 1 + random.below(6); flips > 0 && damaged.length > 0; flips--) {
    const at = random.below(damaged.length);
    damaged[at] = (damaged[at] ?? 0) ^ (1 << random.below(8));
  }
  return damaged;
};

const truncate: Damage = (bytes, _other, random) => bytes.subarray(0, random.below(bytes.length + 1));

const splice: Damage = (bytes, other, random) =>
  Buffer.concat([bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1))]);

const insertNoise: Damage = (bytes, _other, random) => {
  const at = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, at), random.bytes(1 + random.below(12)), bytes.subarray(at)]);
};

const repeatPart: Damage = (bytes, _other, random) => {
  const start = random.below(bytes.length + 1);
  const part = bytes.subarray(start, start + 1 + random.below(20));
  return Buffer.concat([bytes.subarray(0, start), ...Array.from({ length: 2 + random.below(30) }, () => part), bytes]);
};

/** What was a length, a tag or a small number becomes a huge varint. */
const blowUp: Damage = (bytes, _other, random) => {
  const at = random.below(bytes.length + 1);
  const huge = Buffer.concat([Buffer.alloc(random.below(10), 0xff), Buffer.of(random.below(128))]);
  return Buffer.concat([bytes.subarray(0, at), huge, bytes.subarray(at + 1)]);
};

const DAMAGES: readonly Damage[] = [flipBits, truncate, splice, insertNoise, repeatPart, blowUp];

/** One or two kinds of damage to `bytes`; `other` lends its tail. */
export function mutateBytes(bytes: Buffer, other: Buffer, random: Random): Buffer {
  const once = random.pick(DAMAGES)(bytes, other, random);
  return random.next() < 0.3 ? random.pick(DAMAGES)(once, other, random) : once;
}

/** What a JSON value may be replaced with. */
const ODD_JSON: readonly string[] = [
  "null",
  "true",
  "NaN",
  "-Infinity",
  "1e999",
  "-0.0",
  "9223372036854775808",
  "1".repeat(400),
  "1.5",
  "[]",
  "{}",
  "[[[]]]",
  '{"a":1}',
  '""',
  '"\\ud800"',
  '"\\u0000"',
  '"driver_stats:trips"',
  '"driver_stats@v99:trips"',
  '"@:@:"',
  '"ż🐢"',
  '"__proto__"',
  "01",
  "'x'",
  "",
];

/** Replaces one value or name of a JSON text, which mostly stays JSON. */
export function mutateJson(text: string, random: Random): string {
  const tokens = [...text.matchAll(/"[^"]*"|-?\d+(\.\d+)?|true|false|null|\[[^[\]]*\]/g)];
  const token = random.pick(tokens);
  return text.slice(0, token.index) + random.pick(ODD_JSON) + text.slice(token.index + token[0].length);
}
