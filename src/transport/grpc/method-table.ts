/** What can be called over gRPC, independent of the HTTP/2 implementation: messages in, messages out, as bytes. */
import type { CallContext } from "../../model/request.ts";
import type { ServeError } from "../../model/serve-error.ts";
import type { Surface } from "../../model/surface.ts";

/**
 * One message in, one out. Throws or rejects with ServeError; anything else is a bug and told as INTERNAL.
 * @param request lives as long as somebody holds it: it is never reused
 * @returns bytes that nobody changes afterwards: large ones are sent from where they are; or a refusal that many calls get, which is not thrown
 *   because that takes longer than the rest of it
 */
export type UnaryHandler = (request: Buffer, call: CallContext) => Uint8Array | Promise<Uint8Array> | ServeError;

/** The server's side of a stream, message by message. All of it may be called at any time; after the end nothing happens. */
export interface MessageStream {
  send(message: Uint8Array): void;
  /** Status OK after what was sent. */
  end(): void;
  fail(error: ServeError): void;
}

/** The client's side. A ServeError thrown from `onMessage` ends the stream with its status. */
export interface StreamListener {
  onMessage(message: Buffer): void;
  /** The client has said all it wants to. */
  onEnd(): void;
  /** The stream is over, whoever ended it; called exactly once. */
  onClosed(): void;
}

export interface UnaryMethod {
  readonly kind: "unary";
  /** `/package.Service/Method` */
  readonly path: string;
  readonly handle: UnaryHandler;
  /** Its calls are counted and timed under this name; undefined = not at all. */
  readonly surface: Surface | undefined;
}

export interface StreamMethod {
  readonly kind: "stream";
  readonly path: string;
  /** false: exactly one message comes from the client. */
  readonly requestStream: boolean;
  readonly open: (stream: MessageStream) => StreamListener;
}

export type GrpcMethod = UnaryMethod | StreamMethod;

/** By path. */
export type MethodTable = ReadonlyMap<string, GrpcMethod>;

/** @throws RangeError for a path that is there twice */
export function methodTable(...services: readonly (readonly GrpcMethod[])[]): MethodTable {
  const table = new Map<string, GrpcMethod>();
  for (const method of services.flat()) {
    if (table.has(method.path)) throw new RangeError(`two methods are called ${method.path}`);
    table.set(method.path, method);
  }
  return table;
}

export function unary(path: string, handle: UnaryHandler, surface?: Surface): UnaryMethod {
  return { kind: "unary", path, handle, surface };
}
