/** What the transports ask of the rest of the program: a request in, the bytes of its answer out. */
import type { CallContext, FeatureRequest } from "./request.ts";
import type { ServeError } from "./serve-error.ts";

export interface Serve {
  /**
   * Answers one request: the serialized `feast.serving.GetOnlineFeaturesResponse` for the gRPC surfaces, UTF-8 JSON for `http`.
   * @throws ServeError, at once or as the promise's rejection; anything else that it throws is a bug and is answered as INTERNAL
   */
  (request: FeatureRequest, call: CallContext): Promise<Uint8Array>;
  /**
   * For a call that has just come, before its request is decoded; absent = everybody is let in.
   * @returns RESOURCE_EXHAUSTED when there is too much to do, and nothing that could be answered without the store. Not thrown: that alone was
   *   a tenth of what a refusal takes
   */
  admit?(call: CallContext): ServeError | undefined;
}
