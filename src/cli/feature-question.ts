/** The question that `get` and `explain` share: `--features v:f,… | --service NAME  key=value …`. */
import type { JsonValue } from "../model/request.ts";
import { UsageError } from "./usage-error.ts";

export interface FeatureQuestion {
  readonly service: string;
  readonly features: readonly string[];
  readonly fullFeatureNames: boolean;
  /** Column → one value per row, as text: the server converts to the key's declared type. */
  readonly columns: ReadonlyMap<string, readonly JsonValue[]>;
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
  const columns = new Map<string, readonly JsonValue[]>();
  for (const argument of positionals) {
    const equals = argument.indexOf("=");
    if (equals <= 0) throw new UsageError(`'${argument}' is not key=value (for example driver_id=1001)`);
    columns.set(argument.slice(0, equals), parseRows(argument, argument.slice(equals + 1)));
  }
  return { service, features, fullFeatureNames: options.full === true, columns };
}

function parseRows(argument: string, text: string): readonly JsonValue[] {
  if (!text.startsWith("[")) return text.split(",");
  let rows: unknown;
  try {
    rows = JSON.parse(text);
  } catch (cause) {
    throw new UsageError(`'${argument}': what follows '=' begins with '[' but is not a JSON array`, { cause });
  }
  if (!Array.isArray(rows) || !rows.every((row) => typeof row === "string" || typeof row === "number")) {
    throw new UsageError(`'${argument}': expected a JSON array of strings and numbers`);
  }
  return rows.map((row: string | number) => String(row));
}

/** The body of POST /get-online-features. */
export function requestBody(question: FeatureQuestion): string {
  return JSON.stringify({
    entities: Object.fromEntries(question.columns),
    full_feature_names: question.fullFeatureNames,
    ...(question.service === "" ? { features: question.features } : { feature_service: question.service }),
  });
}
