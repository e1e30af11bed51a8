/** RFC 7541: the examples of its appendix C, and what no encoder may send. */
import { describe, expect, it } from "vitest";
import { ConnectionError } from "../../../../src/transport/http2/frames.ts";
import { headerField, Name, STATIC_TABLE } from "../../../../src/transport/http2/header-field.ts";
import { HpackDecoder } from "../../../../src/transport/http2/hpack-decoder.ts";
import { decodeHuffman } from "../../../../src/transport/http2/huffman.ts";

type Seen = [kind: number, value: string, bytes: number];

function decodeAll(decoder: HpackDecoder, hex: string): Seen[] {
  const block = Buffer.from(hex, "hex");
  const seen: Seen[] = [];
  decoder.decode(block, 0, block.length, { onField: (kind, value, _bad, bytes) => seen.push([kind, value, bytes]) });
  return seen;
}

/** Names do not leave the decoder, but their length does. */
function fields(...pairs: readonly (readonly [name: string, value: string])[]): Seen[] {
  return pairs.map(([name, value]) => [headerField(name, value).kind, value, name.length + value.length + 32]);
}

const example = [[":authority", "www.example.com"]] as const;
const get = [
  [":method", "GET"],
  [":scheme", "http"],
  [":path", "/"],
] as const;
const REQUESTS = [
  fields(...get, ...example),
  fields(...get, ...example, ["cache-control", "no-cache"]),
  fields([":method", "GET"], [":scheme", "https"], [":path", "/index.html"], ...example, [
    "custom-key",
    "custom-value",
  ]),
];
const date = (second: number) => ["date", `Mon, 21 Oct 2013 20:13:${second} GMT`] as const;
const location = ["location", "https://www.example.com"] as const;
const RESPONSES = [
  fields([":status", "302"], ["cache-control", "private"], date(21), location),
  fields([":status", "307"], ["cache-control", "private"], date(21), location),
  fields(
    [":status", "200"],
    ["cache-control", "private"],
    date(22),
    location,
    ["content-encoding", "gzip"],
    ["set-cookie", "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1"],
  ),
];
/** Makes the table 256 bytes, as the examples with evictions have it. */
const TABLE_OF_256 = "3fe101";

describe("RFC 7541, appendix C", () => {
  it.each([
    ["C.2.1", "400a637573746f6d2d6b65790d637573746f6d2d686561646572", fields(["custom-key", "custom-header"])],
    ["C.2.2", "040c2f73616d706c652f70617468", fields([":path", "/sample/path"])],
    ["C.2.3", "100870617373776f726406736563726574", fields(["password", "secret"])],
    ["C.2.4", "82", fields([":method", "GET"])],
  ])("%s", (_name, hex, expected) => {
    expect(decodeAll(new HpackDecoder(), hex)).toEqual(expected);
  });

  it.each([
    [
      "C.3, requests",
      REQUESTS,
      [
        "828684410f7777772e6578616d706c652e636f6d",
        "828684be58086e6f2d6361636865",
        "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
      ],
    ],
    [
      "C.4, requests with Huffman",
      REQUESTS,
      [
        "828684418cf1e3c2e5f23a6ba0ab90f4ff",
        "828684be5886a8eb10649cbf",
        "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
      ],
    ],
    [
      "C.5, responses with evictions",
      RESPONSES,
      [
        `${TABLE_OF_256}4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d`,
        "4803333037c1c0bf",
        "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
      ],
    ],
    [
      "C.6, responses with Huffman and evictions",
      RESPONSES,
      [
        `${TABLE_OF_256}488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3`,
        "4883640effc1c0bf",
        "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
      ],
    ],
  ])("%s", (_name, expected, blocks) => {
    const decoder = new HpackDecoder();
    expect(blocks.map((hex) => decodeAll(decoder, hex))).toEqual(expected);
  });
});

describe("the dynamic table", () => {
  const literal = (name: string, value: string): Buffer =>
    Buffer.concat([Buffer.of(0x40, name.length), Buffer.from(name), Buffer.of(value.length), Buffer.from(value)]);
  const decode = (decoder: HpackDecoder, block: Buffer): Seen[] => decodeAll(decoder, block.toString("hex"));

  it("holds 4096 bytes, the newest first, and forgets the oldest", () => {
    const decoder = new HpackDecoder();
    // 33 bytes each: 122 fit beside the 42 of the last one.
    for (let n = 1; n <= 200; n++) decode(decoder, literal("x", ""));
    decode(decoder, literal("te", "trailers"));
    expect(decode(decoder, Buffer.of(0x80 | 62))).toEqual([[Name.TE, "trailers", 42]]);
    expect(decodeAll(decoder, "ff39")).toEqual([[Name.OTHER, "", 33]]);
    expect(() => decodeAll(decoder, "ff3a")).toThrow("no table entry 185");
  });

  it("is emptied by an entry that does not fit, and by a size of 0", () => {
    const decoder = new HpackDecoder();
    decode(decoder, literal("a", "b"));
    expect(decode(decoder, Buffer.of(0x80 | 62))).toHaveLength(1);
    expect(decodeAll(decoder, "20")).toEqual([]);
    expect(() => decode(decoder, Buffer.of(0x80 | 62))).toThrow("no table entry 62");
    // It stays so until it is told to grow again.
    decode(decoder, literal("a", "b"));
    expect(() => decode(decoder, Buffer.of(0x80 | 62))).toThrow("no table entry 62");
    decode(decoder, Buffer.concat([Buffer.from("3fe11f", "hex"), literal("a", "b")]));
    expect(decode(decoder, Buffer.of(0x80 | 62))).toHaveLength(1);
  });
});

describe("what is broken", () => {
  it.each([
    ["index 0", "80", "no table entry 0"],
    ["an index beyond the tables", "be", "no table entry 62"],
    ["a size update after a field", "8220", "after a field"],
    ["a table larger than ours", "3fe21f", "a table of 4097 bytes"],
    ["an integer without end", "ffffffffffffffffff01", "too large"],
    ["an integer that is cut", "ff", "ends early"],
    ["a name that is cut", "4005", "ends early"],
    ["a value that is missing", "400161", "ends early"],
    ["a literal that is missing", "00", "ends early"],
    ["Huffman padding of 8 bits", "008161ff", "padding"],
    ["Huffman padding of zeros", "00018110", "ends early"],
    ["EOS in a string", "0084ffffffff00", "EOS"],
  ])("%s", (_name, hex, reason) => {
    const act = (): unknown => decodeAll(new HpackDecoder(), hex);
    expect(act).toThrow(ConnectionError);
    expect(act).toThrow(reason);
  });

  it("marks fields that no request may have", () => {
    const bad = ["Content-Type", "a b", "", "a\0", "x:y", "é"];
    expect(bad.map((name) => headerField(name, "").isMalformed)).toEqual(bad.map(() => true));
    const values = ["a\r\n", "\0", " a", "a\t", "\n"];
    expect(values.map((value) => headerField("a", value).isMalformed)).toEqual(values.map(() => true));
    expect(headerField("x-1_a.b~", "a b, c\x7fé").isMalformed).toBe(false);
    expect(STATIC_TABLE.filter(({ isMalformed }) => isMalformed)).toEqual([]);
    expect(STATIC_TABLE).toHaveLength(61);
  });
});

describe("decodeHuffman", () => {
  it("reads every byte", () => {
    // The codes of RFC 7541, appendix B, for 0, 0x1f, the space, 'z', 0x7f, 0x80 and 0xff, padded with ones.
    const CODES: readonly (readonly [byte: number, bits: string])[] = [
      [0x00, "1111111111000"],
      [0x1f, "1111111111111111111111111011"],
      [0x20, "010100"],
      [0x7a, "1111011"],
      [0x7f, "1111111111111111111111111100"],
      [0x80, "11111111111111100110"],
      [0xff, "11111111111111111111101110"],
    ];
    const target = Buffer.alloc(64);
    for (const [byte, bits] of CODES) {
      for (const count of [1, 2, 3]) {
        const padded = bits.repeat(count).padEnd(Math.ceil((bits.length * count) / 8) * 8, "1");
        const source = Buffer.from((padded.match(/.{8}/g) ?? []).map((octet) => Number.parseInt(octet, 2)));
        expect([...target.subarray(0, decodeHuffman(source, 0, source.length, target))]).toEqual(
          new Array(count).fill(byte),
        );
      }
    }
  });
});
