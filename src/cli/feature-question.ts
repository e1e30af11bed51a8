/** The question of `get`, `explain` and `bench`: `--features v:f,… | --service NAME  key=value …`. */
import type { FeatureRequest, RequestColumn } from "../model/request.ts";
import { UsageError } from "./usage-error.ts";

/** For node's `parseArgs`. */
export const QUESTION_OPTIONS = {
  features: { type: "string" },
  service: { type: "string" },
  full: { type: "boolean" },
} as const;

export interface FeatureQuestion {
  readonly service: string;
  readonly features: readonly string[];
  readonly fullFeatureNames: boolean;
  /** Column → one value per row, as text: the server converts it to the key's declared type. */
  readonly columns: ReadonlyMap<string, readonly string[]>;
}

/**
 * @param positionals `key=value` arguments; `key=1001,1002` are two rows, a value that begins with `[` is a JSON array (for
 *   values with commas in them)
 * @throws UsageError naming the argument that does not fit
 */
export function parseQuestion(
  options: { features?: string | undefined; service?: string | undefined; full?: boolean | undefined },
  positionals: readonly string[],
): FeatureQuestion {
  const features = (options.features ?? "").split(",").filter((ref) => ref !== "");
  const service = options.service ?? "";
  if (features.length === 0 && service === "") {
    throw new UsageError("say what to get: --features view:feature,… or --service NAME");
  }
  if (features.length > 0 && service !== "") throw new UsageError("--features and --service exclude each other");
  const columns = new Map<string, readonly string[]>();
  for (const argument of positionals) {
    const equals = argument.indexOf("=");
    if (equals <= 0) throw new UsageError(`'${argument}' is not key=value (for example driver_id=1001)`);
    const column = argument.slice(0, equals);
    if (columns.has(column)) throw new UsageError(`'${column}' is given twice; for two rows write ${column}=a,b`);
    columns.set(column, parseRows(argument, argument.slice(equals + 1)));
  }
  return { service, features, fullFeatureNames: options.full === true, columns };
}

function parseRows(argument: string, text: string): readonly string[] {
  if (!text.startsWith("[")) return text.split(",");
  let rows: unknown;
  try {
    // Long integers keep their digits.
    rows = JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
      typeof value === "number" ? (context?.source ?? String(value)) : value,
    );
  } catch (cause) {
    throw new UsageError(`'${argument}': what follows '=' begins with '[' but is not a JSON array`, { cause });
  }
  if (Array.isArray(rows) && rows.every((row) => typeof row === "string")) return rows;
  throw new UsageError(`'${argument}': expected a JSON array of strings and numbers`);
}

/** The body of POST /get-online-features. */
export function requestBody(question: FeatureQuestion): string {
  return JSON.stringify({
    entities: Object.fromEntries(question.columns),
    full_feature_names: question.fullFeatureNames,
    ...(question.service === "" ? { features: question.features } : { feature_service: question.service }),
  });
}

/** The same question for the rooms themselves. */
export function questionRequest(question: FeatureQuestion): FeatureRequest {
  return {
    surface: "http",
    featureService: question.service,
    features: question.features,
    fullFeatureNames: question.fullFeatureNames,
    includeVersionMetadata: false,
    columns: [...question.columns].map(
      ([name, cells]): RequestColumn => ({ kind: "json", name, rows: cells.length, cells }),
    ),
  };
}
