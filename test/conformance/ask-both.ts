/** Sends one request to real Feast and to the sidecar, and says how their answers differ. */
import { compareHttp, type HttpAnswer } from "./compare-answers.ts";
import { type DifferenceName, explain, KNOWN_DIFFERENCES } from "./known-differences.ts";
import { type GrpcAnswer, type GrpcResponse, grpcGetOnlineFeatures, postJson } from "./oracle/feast-client.ts";

export interface Servers {
  readonly httpUrl: string;
  readonly grpcAddress: string;
}

export interface Verdict {
  /** Sentences; empty = they agree. */
  readonly differences: readonly string[];
  /** The listed difference that explains them. */
  readonly known: DifferenceName | undefined;
  readonly feast: HttpAnswer;
  readonly sidecar: HttpAnswer;
}

/** @param body an object, or text that is sent as it is */
export async function askBothOverHttp(feast: Servers, sidecar: Servers, body: unknown): Promise<Verdict> {
  const [theirs, ours] = await Promise.all([
    ask("Feast", feast.httpUrl, body),
    ask("the sidecar", sidecar.httpUrl, body),
  ]);
  return verdict(theirs as HttpAnswer, ours as HttpAnswer);
}

/**
 * Feast's uvicorn now and then resets a connection that it keeps alive, as a client sends the next request on it; such a request
 * was not answered and is sent again. The sidecar gets no second chance.
 */
async function ask(who: "Feast" | "the sidecar", httpUrl: string, body: unknown, attempts = 3): Promise<HttpAnswer> {
  try {
    const { status, rawBody } = await postJson(`${httpUrl}/get-online-features`, body);
    return { status, body: rawBody };
  } catch (cause) {
    if (who === "Feast" && attempts > 1) return ask(who, httpUrl, body, attempts - 1);
    throw new Error(`${who} gave no answer to ${typeof body === "string" ? body : JSON.stringify(body)}`, { cause });
  }
}

/** Over `GrpcFeatureServer`; a gRPC answer is put into the form of an HTTP one, so that one comparison serves both. */
export async function askBothOverGrpc(
  feast: Servers,
  sidecar: Servers,
  request: Record<string, unknown>,
): Promise<Verdict> {
  const [theirs, ours] = await Promise.all(
    [feast, sidecar].map(({ grpcAddress }) => grpcGetOnlineFeatures(grpcAddress, "GrpcFeatureServer", request)),
  );
  // Feast's codes are UNKNOWN for nearly everything; the sentence is what must agree, and ours must never be UNKNOWN.
  if (ours?.code === 2) throw new Error(`the sidecar answered UNKNOWN: ${ours.details}`);
  return verdict(asHttp(theirs as GrpcAnswer), asHttp(ours as GrpcAnswer));
}

function verdict(feast: HttpAnswer, sidecar: HttpAnswer): Verdict {
  const differences = compareHttp(feast, sidecar);
  const known = differences.length === 0 ? undefined : explain(feast, sidecar);
  return { differences, known, feast, sidecar };
}

/** @throws Error unless they agree, or differ exactly as listed under `expected` */
export function requireVerdict(result: Verdict, expected: DifferenceName | undefined): void {
  const { differences, feast, sidecar } = result;
  const both = `\n  Feast:   ${feast.status} ${feast.body}\n  sidecar: ${sidecar.status} ${sidecar.body}`;
  if (expected === undefined) {
    if (differences.length > 0)
      throw new Error(`differs: ${differences.join("; ").slice(0, 2000)}${both.slice(0, 4000)}`);
    return;
  }
  if (differences.length === 0) throw new Error(`agrees, although '${expected}' is listed${both}`);
  if (!KNOWN_DIFFERENCES[expected].matches(feast, sidecar)) {
    throw new Error(`differs otherwise than '${expected}' says${both}`);
  }
}

function asHttp({ code, details, response }: GrpcAnswer): HttpAnswer {
  if (response === undefined || code !== 0) {
    return {
      status: 500,
      body: JSON.stringify(sortProvidedKeys(details.replace(/^Exception calling application: /, ""))),
    };
  }
  return { status: 200, body: JSON.stringify(columnsOf(response)) };
}

/** Over gRPC the columns come from a protobuf map, so Feast names them in no particular order. */
function sortProvidedKeys(details: string): string {
  return details.replace(
    /(Provided join_key_values: )\[(.*?)\]/,
    (_all, start: string, names: string) => `${start}[${names.split(", ").sort().join(", ")}]`,
  );
}

function columnsOf(response: GrpcResponse): unknown {
  return {
    results: response.results.map((result) => ({
      values: result.values.map(onlyMember),
      statuses: result.statuses,
      event_timestamps: result.event_timestamps,
    })),
    metadata: {
      feature_names: response.metadata?.feature_names?.val ?? [],
      feature_view_metadata: response.metadata?.feature_view_metadata,
    },
  };
}

/** Without the decoder's own bookkeeping: the set member of the oneof, bytes as hex. */
function onlyMember(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString("hex");
  if (Array.isArray(value)) return value.map(onlyMember);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, onlyMember(item)]));
}
