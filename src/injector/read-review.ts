/** AdmissionReview v1, as the API server sends it. Pure; what is no review is a {@link MalformedReview}, whatever it is. */
import { isObject, type JsonObject, type JsonValue } from "./json-value.ts";

/** The body is no AdmissionReview that can be answered: HTTP 400 and this sentence. */
export class MalformedReview extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MalformedReview";
  }
}

export const API_VERSION = "admission.k8s.io/v1";
export const KIND = "AdmissionReview";

export interface Review {
  /** Goes back as it came. */
  readonly uid: string;
  readonly namespace: string;
  readonly dryRun: boolean;
  /** The pod that is being created; undefined for every other kind, operation and subresource. */
  readonly newPod: JsonObject | undefined;
}

/** @throws MalformedReview */
export function readReview(body: Buffer): Review {
  const review = parseObject(body);
  if (review["apiVersion"] !== API_VERSION || review["kind"] !== KIND) {
    throw new MalformedReview(`the body is no ${KIND} of ${API_VERSION}; apiVersion and kind have to say so`);
  }
  const request = review["request"];
  if (!isObject(request)) throw new MalformedReview("request is missing; expected an object");
  const uid = request["uid"];
  if (typeof uid !== "string" || uid === "") throw new MalformedReview("request.uid is missing; expected text");
  const namespace = request["namespace"];
  return {
    uid,
    namespace: typeof namespace === "string" ? namespace : "",
    dryRun: request["dryRun"] === true,
    newPod: isPodCreation(request) ? objectOf(request) : undefined,
  };
}

function parseObject(body: Buffer): JsonObject {
  let parsed: JsonValue;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as JsonValue;
  } catch (cause) {
    throw new MalformedReview("the body is not JSON in UTF-8", { cause });
  }
  if (!isObject(parsed)) throw new MalformedReview(`the body is no JSON object; expected an ${KIND}`);
  return parsed;
}

function isPodCreation(request: JsonObject): boolean {
  const kind = request["kind"];
  return (
    request["operation"] === "CREATE" &&
    (request["subResource"] ?? "") === "" &&
    isObject(kind) &&
    kind["group"] === "" &&
    kind["version"] === "v1" &&
    kind["kind"] === "Pod"
  );
}

function objectOf(request: JsonObject): JsonObject {
  const object = request["object"];
  if (!isObject(object)) throw new MalformedReview("request.object is missing; expected the pod that is created");
  return object;
}
