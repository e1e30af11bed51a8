/** Messages of the freshness channel: `{"view":"v"}` or `{"view":"v","entity_keys":["<hex of the store key>", …]}`. */

/** JSON.parse of so much takes about 5 ms of the loop. */
const LONGEST_MESSAGE_BYTES = 1024 * 1024;

export interface FreshnessMessage {
  /** As written to the store. */
  readonly view: string;
  /** undefined = all rows of the view. */
  readonly storeKeys: readonly Buffer[] | undefined;
}

/** @returns undefined for anything else, further keys included: what they would mean is not known */
export function parseFreshness(message: Buffer): FreshnessMessage | undefined {
  if (message.length > LONGEST_MESSAGE_BYTES) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(message.toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
  const { view, entity_keys: keys, ...others }: { view?: unknown; entity_keys?: unknown } = parsed;
  if (typeof view !== "string" || view === "" || Object.keys(others).length > 0) return undefined;
  if (keys === undefined) return { view, storeKeys: undefined };
  if (!Array.isArray(keys)) return undefined;
  const storeKeys: Buffer[] = [];
  for (const key of keys) {
    if (typeof key !== "string" || key === "" || key.length % 2 !== 0) return undefined;
    // Buffer.from stops at the first character that is no digit.
    const bytes = Buffer.from(key, "hex");
    if (2 * bytes.length !== key.length) return undefined;
    storeKeys.push(bytes);
  }
  return { view, storeKeys };
}
