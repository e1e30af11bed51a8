/** The one thing the transports ask of the rest of the program. */
import type { CallContext, FeatureRequest } from "../model/request.ts";

export interface ServeFeatures {
  /**
   * Answers one request: the serialized `feast.serving.GetOnlineFeaturesResponse` for the gRPC surfaces, UTF-8 JSON for `http`.
   * Throws a ServeError, at once or as a rejection; anything else that it throws is a bug and is answered as INTERNAL.
   */
  (request: FeatureRequest, call: CallContext): Promise<Uint8Array>;
  /**
   * To be asked before a request is even decoded; absent = everybody is let in.
   * @throws ServeError RESOURCE_EXHAUSTED when there is too much to do
   */
  admit?(call: CallContext): void;
}
