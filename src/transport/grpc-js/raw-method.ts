/** Method definitions with identity serialisers, so that handlers see bytes; protobuf stays out of grpc-js. */
import type { MethodDefinition } from "@grpc/grpc-js";

export type RawMethod = MethodDefinition<Buffer, Buffer>;

const identity = (bytes: Buffer): Buffer => bytes;

/**
 * @param path `/package.Service/Method`
 * @param streams both false unless given
 */
export function rawMethod(
  path: string,
  streams: { requestStream?: boolean; responseStream?: boolean } = {},
): RawMethod {
  return {
    path,
    requestStream: streams.requestStream ?? false,
    responseStream: streams.responseStream ?? false,
    requestSerialize: identity,
    requestDeserialize: identity,
    responseSerialize: identity,
    responseDeserialize: identity,
  };
}
