/** HPACK's static table (RFC 7541, appendix A) and the header names that mean something here. */

/** What a field is to us; names that are not in {@link KNOWN} are OTHER. */
export const Name = {
  OTHER: 0,
  METHOD: 1,
  SCHEME: 2,
  PATH: 3,
  AUTHORITY: 4,
  /** Begins with a colon and is none of the four: no request may have it. */
  PSEUDO: 5,
  /** Means something between two hops of HTTP/1.1 only: no request may have it (RFC 9113, section 8.2.2). */
  HOP_BY_HOP: 6,
  TE: 7,
  CONTENT_LENGTH: 8,
  CONTENT_TYPE: 9,
  GRPC_TIMEOUT: 10,
  GRPC_ENCODING: 11,
  OWN_TIMEOUT: 12,
  DEBUG: 13,
  PRIORITY: 14,
  TRACEPARENT: 15,
  TRACE_BIN: 16,
} as const;

const KNOWN: ReadonlyMap<string, number> = new Map([
  [":method", Name.METHOD],
  [":scheme", Name.SCHEME],
  [":path", Name.PATH],
  [":authority", Name.AUTHORITY],
  ["connection", Name.HOP_BY_HOP],
  ["keep-alive", Name.HOP_BY_HOP],
  ["proxy-connection", Name.HOP_BY_HOP],
  ["transfer-encoding", Name.HOP_BY_HOP],
  ["upgrade", Name.HOP_BY_HOP],
  ["te", Name.TE],
  ["content-length", Name.CONTENT_LENGTH],
  ["content-type", Name.CONTENT_TYPE],
  ["grpc-timeout", Name.GRPC_TIMEOUT],
  ["grpc-encoding", Name.GRPC_ENCODING],
  ["feast-sidecar-timeout-ms", Name.OWN_TIMEOUT],
  ["feast-sidecar-debug", Name.DEBUG],
  ["feast-sidecar-priority", Name.PRIORITY],
  ["traceparent", Name.TRACEPARENT],
  ["grpc-trace-bin", Name.TRACE_BIN],
]);

/** One header, as the tables of HPACK keep it: what there is to know about it is found out once. */
export interface HeaderField {
  readonly name: string;
  /** One of {@link Name}. */
  readonly kind: number;
  readonly value: string;
  /** Of the name alone and of both: no request may have such a field (RFC 9113, section 8.2.1). */
  readonly nameIsMalformed: boolean;
  readonly isMalformed: boolean;
  /** As HPACK counts it. */
  readonly bytes: number;
}

/** What HPACK adds to the length of a name and a value. */
export const FIELD_OVERHEAD_BYTES = 32;

export function headerField(name: string, value: string): HeaderField {
  // A token without capitals, or a pseudo-header's colon before one.
  const nameIsMalformed = !/^:?[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name);
  return {
    name,
    kind: KNOWN.get(name) ?? (name.startsWith(":") ? Name.PSEUDO : Name.OTHER),
    value,
    nameIsMalformed,
    isMalformed: nameIsMalformed || isMalformedValue(value),
    bytes: name.length + value.length + FIELD_OVERHEAD_BYTES,
  };
}

/** NUL, line ends, or white space around it. */
export function isMalformedValue(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === 0 || code === 0x0a || code === 0x0d) return true;
  }
  return isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(value.length - 1));
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Index 0 of the array is index 1 of HPACK. */
export const STATIC_TABLE: readonly HeaderField[] = [
  [":authority", ""],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  [":status", "200"],
  [":status", "204"],
  [":status", "206"],
  [":status", "304"],
  [":status", "400"],
  [":status", "404"],
  [":status", "500"],
  ["accept-charset", ""],
  ["accept-encoding", "gzip, deflate"],
  ["accept-language", ""],
  ["accept-ranges", ""],
  ["accept", ""],
  ["access-control-allow-origin", ""],
  ["age", ""],
  ["allow", ""],
  ["authorization", ""],
  ["cache-control", ""],
  ["content-disposition", ""],
  ["content-encoding", ""],
  ["content-language", ""],
  ["content-length", ""],
  ["content-location", ""],
  ["content-range", ""],
  ["content-type", ""],
  ["cookie", ""],
  ["date", ""],
  ["etag", ""],
  ["expect", ""],
  ["expires", ""],
  ["from", ""],
  ["host", ""],
  ["if-match", ""],
  ["if-modified-since", ""],
  ["if-none-match", ""],
  ["if-range", ""],
  ["if-unmodified-since", ""],
  ["last-modified", ""],
  ["link", ""],
  ["location", ""],
  ["max-forwards", ""],
  ["proxy-authenticate", ""],
  ["proxy-authorization", ""],
  ["range", ""],
  ["referer", ""],
  ["refresh", ""],
  ["retry-after", ""],
  ["server", ""],
  ["set-cookie", ""],
  ["strict-transport-security", ""],
  ["transfer-encoding", ""],
  ["user-agent", ""],
  ["vary", ""],
  ["via", ""],
  ["www-authenticate", ""],
].map(([name, value]) => headerField(name as string, value as string));
