/** Time as the transports see it; tests pass their own. */
export interface Clock {
  /** Monotonic milliseconds, the scale of `CallContext.deadlineMs`. */
  nowMs(): number;
  /** Epoch milliseconds, the scale of gRPC deadlines in grpc-js. */
  epochMs(): number;
}

export const systemClock: Clock = { nowMs: () => performance.now(), epochMs: () => Date.now() };
