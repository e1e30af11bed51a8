/** Asks for a list of features over HTTP, as a model service with nothing but an HTTP client would. */
import type { Answer, Cell, Scalar } from "./expected.ts";

interface HttpAnswer {
  readonly metadata: { readonly feature_names: readonly string[] };
  readonly results: readonly {
    readonly values: readonly Scalar[];
    readonly statuses: readonly string[];
    readonly event_timestamps: readonly string[];
  }[];
}

/**
 * @param address `host:port` of the data port
 * @param features refs, `view:feature`
 * @throws Error with status and body when the answer is not 200
 */
export async function askHttp(
  address: string,
  features: readonly string[],
  customerIds: readonly string[],
): Promise<Answer> {
  const response = await fetch(`http://${address}/get-online-features`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ features, entities: { customer_id: customerIds } }),
    signal: AbortSignal.timeout(5000),
  });
  if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  return toAnswer((await response.json()) as HttpAnswer);
}

function toAnswer(body: HttpAnswer): Answer {
  const answer = new Map<string, readonly Cell[]>();
  body.metadata.feature_names.forEach((name, column) => {
    const vector = body.results[column];
    if (vector === undefined || name === "customer_id") return;
    answer.set(
      name,
      vector.values.map((value, row) => ({
        value,
        status: vector.statuses[row] ?? "",
        eventTimeS: Date.parse(vector.event_timestamps[row] ?? "") / 1000,
      })),
    );
  });
  return answer;
}
