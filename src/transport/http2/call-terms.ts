/** What the headers of a request ask for. One per connection, used again for each request. */
import { parseTimeoutMs } from "../call-context.ts";
import { tooManyHeaders, unknownMethod } from "../grpc/call-refusals.ts";
import { type GrpcMethod, type MethodTable, unary } from "../grpc/method-table.ts";
import { parseGrpcTimeout } from "../grpc-timeout.ts";
import type { RequestHead } from "./request-head.ts";

/** Stands for whatever was asked for where nothing of that name can be called. */
const NOWHERE: GrpcMethod = unary("", () => Buffer.alloc(0));

export class CallTerms {
  method: GrpcMethod = NOWHERE;
  /** false: it asks for something else than gRPC and gets 415. */
  isGrpc = false;
  timeoutMs = 0;
  /** Answered with this at once. */
  refusal: unknown;
  /** Answered with this when its message has come, as the handler of a method would. */
  fault: unknown;

  /** @param maxListBytes for the refusal of a list that is larger */
  read(head: RequestHead, methods: MethodTable, maxListBytes: number): void {
    const method = head.method === "POST" ? methods.get(head.path) : undefined;
    const isGrpc = head.contentType.startsWith("application/grpc");
    this.method = method ?? NOWHERE;
    this.isGrpc = isGrpc || head.isTooLarge;
    this.timeoutMs = Number.POSITIVE_INFINITY;
    this.refusal = undefined;
    this.fault = undefined;
    if (head.isTooLarge) this.refusal = tooManyHeaders(maxListBytes);
    else if (method === undefined) this.refusal = unknownMethod(head.path);
    else if (isGrpc && head.grpcTimeout !== "") this.#readTimeout(head.grpcTimeout);
    if (head.metadata.timeout !== "") this.#readOwnTimeout(head.metadata.timeout);
  }

  /** It will never reach a handler. */
  get isRefused(): boolean {
    return this.refusal !== undefined || !this.isGrpc;
  }

  #readTimeout(value: string): void {
    try {
      this.timeoutMs = parseGrpcTimeout(value);
    } catch (error) {
      this.refusal = error;
    }
  }

  #readOwnTimeout(value: string): void {
    try {
      this.timeoutMs = Math.min(this.timeoutMs, parseTimeoutMs(value));
    } catch (error) {
      this.fault = error;
    }
  }
}
