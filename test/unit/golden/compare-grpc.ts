/**
 * Compares an answer of Feast's gRPC server with one of the sidecar. Features are compared by name: their order inside one view,
 * and that of the entity columns, which come out of a protobuf map, are left to chance by Feast.
 */
import { inspect, isDeepStrictEqual } from "node:util";
import {
  type GetOnlineFeaturesResponse_FeatureVector as FeatureVector,
  GetOnlineFeaturesResponse,
} from "../../../src/gen/feast/serving/ServingService.ts";
import type { GrpcExchange } from "./golden-responses.ts";
import type { GrpcOutcome } from "./golden-sidecar.ts";

/** What grpcio puts before the text of an exception that the servicer did not catch. */
const UNCAUGHT = "Exception calling application: ";

/** Every difference as one sentence; an empty list = they agree. Of errors the sentence counts: the codes are the sidecar's own. */
export function compareGrpc(feast: GrpcExchange, sidecar: GrpcOutcome): string[] {
  if ("response" in feast) {
    if ("error" in sidecar) return [`Feast answers, sidecar: ${sidecar.error.message}`];
    return compareResponses(Buffer.from(feast.response, "base64"), sidecar.response);
  }
  const sentence = feast.details.replace(UNCAUGHT, "");
  if ("response" in sidecar) return [`sidecar answers, Feast: ${sentence}`];
  const { code, message } = sidecar.error;
  if (code === "INTERNAL") return [`the sidecar calls it an error of its own: ${message}`];
  return message === sentence ? [] : [`sentence: Feast ${sentence}, sidecar ${message}`];
}

function compareResponses(feastBytes: Buffer, sidecarBytes: Buffer): string[] {
  const [feast, sidecar] = [readAnswer(feastBytes), readAnswer(sidecarBytes)];
  const names = [[...feast.vectors.keys()].sort(), [...sidecar.vectors.keys()].sort()];
  const differences = [difference("names", names[0], names[1]), difference("head", feast.head, sidecar.head)];
  for (const [name, vectors] of feast.vectors) {
    differences.push(difference(`vectors of ${name}`, vectors, sidecar.vectors.get(name)));
  }
  return differences.filter((each) => each !== undefined);
}

interface Answer {
  readonly vectors: ReadonlyMap<string, readonly (FeatureVector | undefined)[]>;
  /** All but the vectors and their names. */
  readonly head: unknown;
}

/** A name that stands twice in an answer has two vectors. */
function readAnswer(bytes: Buffer): Answer {
  const { metadata, results, status } = GetOnlineFeaturesResponse.decode(bytes);
  const names = metadata?.featureNames?.val ?? [];
  const vectors = new Map<string, (FeatureVector | undefined)[]>();
  for (const [index, name] of names.entries()) vectors.set(name, [...(vectors.get(name) ?? []), results[index]]);
  return { vectors, head: { status, views: metadata?.featureViewMetadata, vectors: results.length } };
}

/** Strict equality tells −0 from 0, takes NaN for NaN, and leaves out the order of a map. */
function difference(what: string, feast: unknown, sidecar: unknown): string | undefined {
  if (isDeepStrictEqual(feast, sidecar)) return undefined;
  const show = (value: unknown): string => inspect(value, { depth: null, breakLength: Number.POSITIVE_INFINITY });
  return `${what}: Feast ${show(feast)}, sidecar ${show(sidecar)}`;
}
