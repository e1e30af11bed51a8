/** What a port needs to know from the configuration (`sidecar.limits`), and the timeouts that keep slow clients from holding on. */

export interface TransportLimits {
  /** Longest request message (gRPC) or body after decompression (HTTP), in bytes. */
  readonly maxRequestBytes: number;
  /** Open connections over all listeners of the port; one more is closed at once. */
  readonly maxConnections: number;
  /** Concurrent HTTP/2 streams of one connection. */
  readonly maxStreams: number;
  /** After this an HTTP/2 connection is asked to go away (and given time to finish), milliseconds; 0 = no limit. */
  readonly maxConnectionAgeMs: number;
}

export const DEFAULT_LIMITS: TransportLimits = {
  maxRequestBytes: 4 * 1024 * 1024,
  maxConnections: 1000,
  maxStreams: 1000,
  maxConnectionAgeMs: 0,
};

export interface TransportTimeouts {
  /** From accept to enough bytes to tell the protocol; with TLS counted from the finished handshake. */
  readonly firstBytesMs: number;
  readonly tlsHandshakeMs: number;
  /** All headers of an HTTP/1.1 request. */
  readonly headersMs: number;
  /** A whole HTTP/1.1 request, body included. */
  readonly requestMs: number;
  /** An idle HTTP/1.1 connection. */
  readonly keepAliveMs: number;
  /** An HTTP/1.1 connection on which nothing moves while an answer is due, such as a client that does not read. */
  readonly stalledMs: number;
  /** HTTP/2 ping on a silent connection, and how long its answer may take. */
  readonly pingEveryMs: number;
  readonly pingAnswerMs: number;
}

export const DEFAULT_TIMEOUTS: TransportTimeouts = {
  firstBytesMs: 10_000,
  tlsHandshakeMs: 10_000,
  headersMs: 10_000,
  requestMs: 30_000,
  keepAliveMs: 75_000,
  stalledMs: 120_000,
  pingEveryMs: 60_000,
  pingAnswerMs: 20_000,
};
