/**
 * Compares an answer of real Feast with one of the sidecar. Numbers are compared as printed (`30.0` is not `30`), integers to the last
 * digit. What Feast leaves to chance is not compared: the order of features inside one view and of keys inside an object.
 */

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

interface Column {
  readonly values: unknown;
  readonly statuses: unknown;
  readonly event_timestamps: unknown;
}

interface ParsedAnswer {
  readonly results: readonly Column[];
  readonly metadata: { readonly feature_names: readonly string[]; readonly feature_view_metadata?: unknown };
}

/** Every difference as one sentence; an empty list = they agree. */
export function compareHttp(feast: HttpAnswer, sidecar: HttpAnswer): string[] {
  if (feast.status !== sidecar.status) {
    return [`status: Feast ${feast.status}, sidecar ${sidecar.status}: ${feast.body} / ${sidecar.body}`];
  }
  if (feast.status !== 200) return compareErrorBodies(feast.body, sidecar.body);
  return compareColumns(parseExact(feast.body), parseExact(sidecar.body));
}

/** JSON with every number as `#` and its own text, so that nothing is rounded or reformatted on the way. */
function parseExact(body: string): ParsedAnswer {
  return JSON.parse(body, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === "number" ? `#${context?.source}` : value,
  ) as ParsedAnswer;
}

function compareErrorBodies(feast: string, sidecar: string): string[] {
  // 422 bodies are FastAPI's: clients read the status, so the form is compared and the texts of pydantic are not.
  if (feast.startsWith('{"detail":[')) {
    return sidecar.startsWith('{"detail":[') ? [] : [`422 body: ${feast} / ${sidecar}`];
  }
  const normal = (body: string) => sortWordsOfCollision(JSON.stringify(JSON.parse(body)));
  return normal(feast) === normal(sidecar) ? [] : [`error body: Feast ${feast}, sidecar ${sidecar}`];
}

/** The names in Feast's collision sentence come from a hash set. */
function sortWordsOfCollision(body: string): string {
  return body.replace(
    /Duplicate features named (.*?) found/,
    (_all, names: string) => `Duplicate features named ${names.split(", ").sort().join(", ")} found`,
  );
}

function compareColumns(feast: ParsedAnswer, sidecar: ParsedAnswer): string[] {
  const differences: string[] = [];
  const feastNames = [...feast.metadata.feature_names].sort();
  const sidecarNames = [...sidecar.metadata.feature_names].sort();
  if (feastNames.join() !== sidecarNames.join()) {
    return [`names: Feast ${feast.metadata.feature_names}, sidecar ${sidecar.metadata.feature_names}`];
  }
  const views = [feast, sidecar].map((answer) => canonical(answer.metadata.feature_view_metadata ?? null));
  if (views[0] !== views[1]) differences.push(`feature_view_metadata: Feast ${views[0]}, sidecar ${views[1]}`);
  for (const name of new Set(feastNames)) {
    const columns = [columnsOf(feast, name), columnsOf(sidecar, name)] as const;
    columns[0].forEach((column, index) => {
      const other = columns[1][index];
      for (const part of ["values", "statuses", "event_timestamps"] as const) {
        const [left, right] = [canonical(column[part]), canonical(other?.[part])];
        if (left !== right) differences.push(`${name}.${part}: Feast ${left}, sidecar ${right}`);
      }
    });
  }
  return differences;
}

function columnsOf(answer: ParsedAnswer, name: string): Column[] {
  return answer.metadata.feature_names.flatMap((other, index) =>
    other === name ? [answer.results[index] as Column] : [],
  );
}

/** JSON text with sorted object keys. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "undefined";
}
