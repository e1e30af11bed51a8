/** The parts of HTTP/2 (RFC 9113) that a load client and an echo need. */

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export const FrameType = {
  DATA: 0,
  HEADERS: 1,
  RST_STREAM: 3,
  SETTINGS: 4,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
} as const;

export const FrameFlag = { END_STREAM: 1, ACK: 1, END_HEADERS: 4 } as const;

export const SETTING = { ENABLE_PUSH: 2, MAX_CONCURRENT_STREAMS: 3, INITIAL_WINDOW_SIZE: 4 } as const;

export function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** @param pairs identifier, value, identifier, value, … */
export function settings(pairs: readonly number[]): Buffer {
  const payload = Buffer.alloc((pairs.length / 2) * 6);
  for (let at = 0; at < pairs.length; at += 2) {
    payload.writeUInt16BE(pairs[at] as number, at * 3);
    payload.writeUInt32BE(pairs[at + 1] as number, at * 3 + 2);
  }
  return frame(FrameType.SETTINGS, 0, 0, payload);
}

/** A gRPC message in its frame of five bytes. */
export function grpcMessage(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

export type HeaderPair = readonly [name: string, value: string];

/**
 * The header blocks of a call, for a peer whose table holds 4 KiB (the default).
 * @param more headers of one's own
 * @returns `first` adds the headers to the peer's table, `later` names them by their indices
 */
export function requestBlock(
  path: string,
  authority: string,
  more: readonly HeaderPair[] = [],
): { readonly first: Buffer; readonly later: Buffer } {
  const added: readonly (readonly [index: number, name: string, value: string])[] = [
    [4, "", path],
    [1, "", authority],
    [31, "", "application/grpc"],
    [58, "", "feast-sidecar-bench"],
    [0, "te", "trailers"],
    ...more.map(([name, value]) => [0, name, value] as const),
  ];
  const POST = 0x83;
  const SCHEME_HTTP = 0x86;
  const first: Buffer[] = [Buffer.from([POST, SCHEME_HTTP])];
  for (const [index, name, value] of added) {
    first.push(Buffer.from([0x40 + index]), ...(index === 0 ? [hpackText(name)] : []), hpackText(value));
  }
  // The entry that was added last has index 62.
  const later = [POST, SCHEME_HTTP, ...added.map((_, position) => 0x80 + 62 + added.length - 1 - position)];
  return { first: Buffer.concat(first), later: Buffer.from(later) };
}

/** Not Huffman coded; at most 126 bytes. */
export function hpackText(text: string): Buffer {
  if (text.length > 126) throw new RangeError(`'${text}' is longer than 126 bytes`);
  return Buffer.concat([Buffer.from([text.length]), Buffer.from(text, "latin1")]);
}
