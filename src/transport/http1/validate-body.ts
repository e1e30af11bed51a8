/**
 * Parsed body → FeatureRequest by the rules of pydantic, in its words
 * (feast/feature_server.py:GetOnlineFeaturesRequest; FastAPI answers the list of faults with status 422).
 */
import type { FeatureRequest, JsonValue, RequestColumn } from "../../model/request.ts";
import { writeJson } from "./write-json.ts";

/** One entry of `detail`. */
interface Fault {
  readonly type: string;
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly input: JsonValue;
}

/** A body that is JSON but no request; `body` is the complete 422 answer. */
export class BodyFaultError extends Error {
  readonly body: string;

  constructor(body: string) {
    super("the request body is not valid");
    this.name = "BodyFaultError";
    this.body = body;
  }
}

/** Each fault quotes its input, so a short hostile body could make a long answer. */
const MAX_FAULTS = 100;

const TRUE_WORDS = new Set(["1", "true", "t", "yes", "y", "on"]);
const FALSE_WORDS = new Set(["0", "false", "f", "no", "n", "off"]);

/**
 * @param body undefined = there was none
 * @throws BodyFaultError
 */
export function validateBody(body: JsonValue | undefined): FeatureRequest {
  if (body === undefined) throw fail([fault("missing", [], "Field required", null)]);
  if (!(body instanceof Map)) {
    const message = "Input should be a valid dictionary or object to extract fields from";
    throw fail([fault("model_attributes_type", [], message, body)]);
  }
  const faults: Fault[] = [];
  const columns = readEntities(body, faults);
  const featureService = readService(body, faults);
  const features = readFeatures(body, faults);
  const fullFeatureNames = readBool(body, "full_feature_names", faults);
  const includeVersionMetadata = readBool(body, "include_feature_view_version_metadata", faults);
  if (faults.length > 0) throw fail(faults);
  return { surface: "http", featureService, features, fullFeatureNames, includeVersionMetadata, columns };
}

/** The 422 answer to text that is not JSON (fastapi/routing.py:get_request_handler). */
export function syntaxFaultBody(message: string, position: number): string {
  const error = JSON.stringify(message);
  return `{"detail":[{"type":"json_invalid","loc":["body",${position}],"msg":"JSON decode error","input":{},"ctx":{"error":${error}}}]}`;
}

function readEntities(body: Map<string, JsonValue>, faults: Fault[]): RequestColumn[] {
  const entities = body.get("entities");
  if (entities === undefined) {
    faults.push(fault("missing", ["entities"], "Field required", body));
    return [];
  }
  if (!(entities instanceof Map)) {
    faults.push(fault("dict_type", ["entities"], "Input should be a valid dictionary", entities));
    return [];
  }
  const columns: RequestColumn[] = [];
  for (const [name, cells] of entities) {
    if (Array.isArray(cells)) columns.push({ kind: "json", name, rows: cells.length, cells });
    else if (faults.length < MAX_FAULTS) {
      faults.push(fault("list_type", ["entities", name], "Input should be a valid list", cells));
    }
  }
  return columns;
}

function readService(body: Map<string, JsonValue>, faults: Fault[]): string {
  const service = body.get("feature_service") ?? null;
  if (service === null) return "";
  if (typeof service === "string") return service;
  faults.push(fault("string_type", ["feature_service"], "Input should be a valid string", service));
  return "";
}

function readFeatures(body: Map<string, JsonValue>, faults: Fault[]): string[] {
  const features = body.get("features");
  if (features === undefined) return [];
  if (!Array.isArray(features)) {
    faults.push(fault("list_type", ["features"], "Input should be a valid list", features));
    return [];
  }
  const refs: string[] = [];
  for (const [index, ref] of features.entries()) {
    if (typeof ref === "string") refs.push(ref);
    else if (faults.length < MAX_FAULTS) {
      faults.push(fault("string_type", ["features", index], "Input should be a valid string", ref));
    }
  }
  return refs;
}

/** pydantic's lax bool: words in any case, and numbers that equal 0 or 1. */
function readBool(body: Map<string, JsonValue>, name: string, faults: Fault[]): boolean {
  const value = body.get(name);
  if (value === undefined) return false;
  if (typeof value === "boolean") return value;
  const number = wholeNumber(value);
  const word = typeof value === "string" ? value.toLowerCase() : undefined;
  if (number === 1n || (word !== undefined && TRUE_WORDS.has(word))) return true;
  if (number === 0n || (word !== undefined && FALSE_WORDS.has(word))) return false;
  if (number !== undefined || word !== undefined) {
    const message = "Input should be a valid boolean, unable to interpret input";
    faults.push(fault("bool_parsing", [name], message, value));
  } else {
    faults.push(fault("bool_type", [name], "Input should be a valid boolean", value));
  }
  return false;
}

/** The value as pydantic sees an integer: undefined for other types, fractions, and integers beyond 64 bits. */
function wholeNumber(value: JsonValue): bigint | undefined {
  let whole: bigint | undefined;
  if (typeof value === "bigint") whole = value;
  else if (typeof value === "number" && Number.isInteger(value)) whole = BigInt(value);
  return whole === undefined || BigInt.asIntN(64, whole) !== whole ? undefined : whole;
}

function fault(type: string, at: readonly (string | number)[], msg: string, input: JsonValue): Fault {
  return { type, loc: ["body", ...at], msg, input };
}

function fail(faults: readonly Fault[]): BodyFaultError {
  const details = faults.map(({ type, loc, msg, input }) => {
    return `{"type":${JSON.stringify(type)},"loc":${JSON.stringify(loc)},"msg":${JSON.stringify(msg)},"input":${writeJson(input)}}`;
  });
  return new BodyFaultError(`{"detail":[${details.join(",")}]}`);
}
