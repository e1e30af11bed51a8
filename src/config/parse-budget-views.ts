/** `sidecar.budget.views`: for each named feature view what it answers when it is late, and with which values. */
import type { DefaultValue, ViewBudget } from "../model/budget-settings.ts";
import { type Kind, word } from "./parse-values.ts";
import { namedMap, namePath, viewsMap } from "./parse-views.ts";
import { isList, isMap, type YamlNode } from "./yaml-value.ts";

/** Of a view, or of all. */
export const LATE_POLICIES = word("error", "stale", "default", "partial");

const A_VALUE = "text, a number, a boolean, or a list of these";

/** Feature → value. Whether it is one of the feature's type shows only when the registry is read. */
const featureDefaults = namedMap(
  "a map from features to values",
  "the name of a feature",
  "the name of a feature",
  (entry, inside): DefaultValue | undefined => {
    const found = plainValue(entry.value);
    if (found === undefined) {
      inside.push({ path: namePath(entry), node: entry.value, line: entry.line, expected: A_VALUE });
    }
    return found;
  },
);

export const budgetViews: Kind<ReadonlyMap<string, ViewBudget>> = viewsMap(
  { on_late: LATE_POLICIES, defaults: featureDefaults },
  (written) => ({ onLate: written.on_late, defaults: written.defaults ?? new Map() }),
);

/** undefined = null, a map, or a list with one of them in it. */
function plainValue({ value }: YamlNode): DefaultValue | undefined {
  if (value === null || isMap(value)) return undefined;
  if (isList(value)) {
    const items = value.items.map(plainValue);
    return items.includes(undefined) ? undefined : (items as DefaultValue[]);
  }
  if (typeof value !== "object") return value;
  return value.kind === "timestamp" ? value.text : value.bytes.toString("base64");
}
