/**
 * What an answer says about itself when it is not as good as it should be: which views, in which way, why. One line of ASCII under
 * {@link DEGRADED_KEY}, a gRPC trailer or an HTTP header: `driver_stats=stale;reason=lag;rows=3;age_ms=812, …`
 */

/** Trailer and header that tell the caller. */
export const DEGRADED_KEY = "feast-sidecar-degraded";

/** What the rows hold: values that may be older than the store's, values declared in the configuration, or none. */
export type DegradationPolicy = "stale" | "default" | "partial";

/** Why: the time was up, no node of the store was reachable, the node that answered is behind, or there was too much to do. */
export type DegradationReason = "deadline" | "outage" | "lag" | "overload";

/** One mark on an answer. Those of the same view and policy are told as one. */
export interface Degradation {
  /** The view's name, as the request calls it. */
  readonly view: string;
  readonly policy: DegradationPolicy;
  readonly reason: DegradationReason;
  /** Rows of the answer that are concerned. */
  readonly rows: number;
  /** Cells of them. */
  readonly cells: number;
  /** How old what was served may be, in milliseconds; undefined = not known, or it has no age. */
  readonly ageMs: number | undefined;
}

/** Header lists of clients are limited, often to 8 KiB in all. */
const MAX_TEXT_BYTES = 2048;
/** Last item of a text from which others were left out. */
const TRUNCATED = "truncated";
const SEPARATOR = ", ";

/**
 * The text for {@link DEGRADED_KEY}: an item for each view and policy, in the order of their first marks. Marks of the same view
 * and policy become one item: rows are added up, the age is that of the oldest, the reason that of the first.
 * @returns printable ASCII, at most 2 KiB; where not all items fit, those that do and `truncated`; "" for no marks
 */
export function formatDegradations(marks: readonly Degradation[]): string {
  let text = "";
  /** The longest beginning that leaves room for the word that says that it is one. */
  let cut = "";
  for (const mark of merge(marks)) {
    const item = formatItem(mark);
    text = text === "" ? item : text + SEPARATOR + item;
    if (text.length > MAX_TEXT_BYTES) return cut === "" ? TRUNCATED : cut + SEPARATOR + TRUNCATED;
    if (text.length + SEPARATOR.length + TRUNCATED.length <= MAX_TEXT_BYTES) cut = text;
  }
  return text;
}

function merge(marks: readonly Degradation[]): Iterable<Degradation> {
  if (marks.length < 2) return marks;
  const merged = new Map<string, Degradation>();
  for (const mark of marks) {
    const key = `${mark.policy} ${mark.view}`;
    const first = merged.get(key);
    merged.set(key, first === undefined ? mark : join(first, mark));
  }
  return merged.values();
}

function join(first: Degradation, next: Degradation): Degradation {
  const ageMs = first.ageMs === undefined ? next.ageMs : Math.max(first.ageMs, next.ageMs ?? 0);
  return { ...first, rows: first.rows + next.rows, ageMs };
}

function formatItem({ view, policy, reason, rows, ageMs }: Degradation): string {
  const age = ageMs === undefined ? "" : `;age_ms=${wholeNumber(ageMs)}`;
  return `${encodeName(view)}=${policy};reason=${reason};rows=${wholeNumber(rows)}${age}`;
}

/** Without sign, point or exponent. */
function wholeNumber(value: number): number {
  return Math.min(Math.max(0, Math.round(value)), Number.MAX_SAFE_INTEGER) || 0;
}

/** Percent-encodes each byte of UTF-8 but the unreserved characters of RFC 3986, section 2.3. */
function encodeName(name: string): string {
  if (/^[\w.~-]*$/.test(name)) return name;
  let encoded = "";
  for (const byte of Buffer.from(name)) {
    const char = String.fromCharCode(byte);
    encoded += /[\w.~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
