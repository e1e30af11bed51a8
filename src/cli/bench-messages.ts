/** The requests of a bench run, made before it: the question's rows in turn, so many for each call. */
import {
  GetOnlineFeaturesRequest,
  type GetOnlineFeaturesRequest as GrpcRequest,
} from "../gen/feast/serving/ServingService.ts";
import type { Value } from "../gen/feast/types/Value.ts";
import { type FeatureQuestion, requestBody } from "./feature-question.ts";
import { UsageError } from "./usage-error.ts";

const MOST_MESSAGES = 10_000;
const INT64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n };

/** Types of key values that `--key-type` takes. */
export const KEY_TYPES = ["int32", "int64", "string", "bytes"] as const;
export type KeyType = (typeof KEY_TYPES)[number];

/**
 * @param rowsPerCall undefined = all of them in each call
 * @returns at least one question; the last of a round takes rows from the beginning
 * @throws UsageError for columns of different lengths
 */
export function splitQuestion(question: FeatureQuestion, rowsPerCall: number | undefined): FeatureQuestion[] {
  const lengths = [...question.columns.values()].map(({ length }) => length);
  const rows = lengths[0] ?? 0;
  if (lengths.some((length) => length !== rows)) throw new UsageError("give each key as many values as the others");
  if (rowsPerCall === undefined || rows === 0) return [question];
  // Every row is first in its turn once, at most: so that any rows per call go round.
  const calls = Math.min(MOST_MESSAGES, Math.max(1, Math.ceil(rows / rowsPerCall)));
  return Array.from({ length: calls }, (_, call) => {
    const part = (values: readonly string[]): string[] =>
      Array.from({ length: rowsPerCall }, (__, row) => values[(call * rowsPerCall + row) % rows]!);
    return { ...question, columns: new Map([...question.columns].map(([name, values]) => [name, part(values)])) };
  });
}

/** The body over HTTP, where the server converts key values itself. */
export function httpMessage(question: FeatureQuestion): Buffer {
  return Buffer.from(requestBody(question));
}

/**
 * The message over gRPC, where values have the type that they are sent with.
 * @param types by key; a key without one is int64 where all its values are whole numbers, else a string
 * @throws UsageError for a value that is none of its type
 */
export function grpcMessage(question: FeatureQuestion, types: ReadonlyMap<string, KeyType>): Buffer {
  const entities: GrpcRequest["entities"] = new Map();
  for (const [name, values] of question.columns) {
    const type = types.get(name) ?? (values.every(isInt64) ? "int64" : "string");
    entities.set(name, { val: values.map((text) => ({ val: keyValue(name, type, text) })) });
  }
  const { service, features, fullFeatureNames } = question;
  const request: GrpcRequest = {
    kind:
      service === ""
        ? { $case: "features", features: { val: [...features] } }
        : { $case: "featureService", featureService: service },
    entities,
    fullFeatureNames,
    requestContext: new Map(),
    includeFeatureViewVersionMetadata: false,
  };
  return Buffer.from(GetOnlineFeaturesRequest.encode(request).finish());
}

function isInt64(text: string): boolean {
  return /^-?\d{1,19}$/.test(text) && BigInt(text) >= INT64.least && BigInt(text) <= INT64.most;
}

function keyValue(name: string, type: KeyType, text: string): Value["val"] {
  if (type === "string") return { $case: "stringVal", stringVal: text };
  if (type === "bytes") return { $case: "bytesVal", bytesVal: Buffer.from(text, "base64") };
  if (!isInt64(text)) throw new UsageError(`${name}: '${text}' is no ${type}`);
  if (type === "int64") return { $case: "int64Val", int64Val: BigInt(text) };
  const number = Number(text);
  if (number !== (number | 0)) throw new UsageError(`${name}: '${text}' is no int32`);
  return { $case: "int32Val", int32Val: number };
}
