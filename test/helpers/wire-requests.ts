/** Hand-made bytes of requests: parts that no proper client would send together, or at all. */

/** A length-delimited protobuf field; `length` may lie. */
export function field(number: number, content: Buffer | string, length?: number): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([varint(number * 8 + 2), varint(length ?? bytes.length), bytes]);
}

export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** `features` of a GetOnlineFeaturesRequest. */
export function featureList(refs: readonly (string | Buffer)[]): Buffer {
  return field(2, Buffer.concat(refs.map((ref) => field(1, ref))));
}

/** One entry of `entities`; each cell is a serialized Value. */
export function entityColumn(name: string | Buffer, cells: readonly Buffer[]): Buffer {
  return field(3, Buffer.concat([field(1, name), field(2, Buffer.concat(cells.map((cell) => field(1, cell))))]));
}

/** A Value that holds a small int64. */
export function int64Value(value: number): Buffer {
  return Buffer.concat([Buffer.of(0x20), varint(value)]);
}

/** A Value that holds a string, or bytes that are none. */
export function stringValue(text: string | Buffer): Buffer {
  return field(2, text);
}

/** The five bytes before a gRPC message, and the message. */
export function grpcFrame(message: Buffer, length = message.length, flags = 0): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flags;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

const HTTP2_PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export const FrameType = { DATA: 0, HEADERS: 1, RST_STREAM: 3, SETTINGS: 4, PING: 6, CONTINUATION: 9 } as const;

/** Flags. */
const END_STREAM = 0x1;
const END_HEADERS = 0x4;

/** One HTTP/2 frame; `length` may lie. */
export function http2Frame(
  type: number,
  flags: number,
  stream: number,
  payload: Buffer,
  length = payload.length,
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(length % 2 ** 24, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream >>> 0, 5);
  return Buffer.concat([head, payload]);
}

/** HPACK: literals without indexing, no Huffman; names and values under 127 bytes. */
export function headerBlock(headers: Readonly<Record<string, string>>): Buffer {
  const text = (value: string): Buffer => Buffer.concat([Buffer.of(value.length), Buffer.from(value, "latin1")]);
  return Buffer.concat(
    Object.entries(headers).map(([name, value]) => Buffer.concat([Buffer.of(0), text(name), text(value)])),
  );
}

/** The frames of one gRPC call, as a client would write it. @param headers added to the usual ones, or in their place */
export function grpcCallFrames(
  stream: number,
  path: string,
  message: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const usual = {
    ":method": "POST",
    ":scheme": "http",
    ":path": path,
    ":authority": "localhost",
    "content-type": "application/grpc",
    te: "trailers",
  };
  return Buffer.concat([
    http2Frame(FrameType.HEADERS, END_HEADERS, stream, headerBlock({ ...usual, ...headers })),
    http2Frame(FrameType.DATA, END_STREAM, stream, grpcFrame(message)),
  ]);
}

/** What a client says first: the preface and empty settings. */
export function http2Opening(): Buffer {
  return Buffer.concat([HTTP2_PREFACE, http2Frame(FrameType.SETTINGS, 0, 0, Buffer.alloc(0))]);
}
