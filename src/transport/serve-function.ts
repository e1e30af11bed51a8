/** The one thing the transports ask of the rest of the program. */
import type { CallContext, FeatureRequest } from "../model/request.ts";

/**
 * Answers one request: the serialized `feast.serving.GetOnlineFeaturesResponse` for the gRPC surfaces, UTF-8 JSON for `http`.
 * Throws a ServeError, at once or as a rejection; anything else that it throws is a bug and is answered as INTERNAL.
 */
export type ServeFeatures = (request: FeatureRequest, call: CallContext) => Promise<Uint8Array>;
