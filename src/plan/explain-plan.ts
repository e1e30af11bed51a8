/** A bound request in words: what `explain` prints. Not on the way of a request. */
import type { BoundRequest } from "../model/bound-request.ts";
import type { ColumnBinding } from "./bind-columns.ts";
import { DUMMY_COLUMN } from "./bind-columns.ts";
import type { Plan } from "./compile-plan.ts";
import { valueTypeName } from "./infer-type.ts";

export interface ExplainedView {
  readonly name: string;
  /** Name in the store. */
  readonly storageName: string;
  readonly features: readonly string[];
  readonly ttlSeconds: number;
}

export interface ExplainedLookup {
  /** The view's join key, the request column it is read from, the type it is written with. */
  readonly key: readonly { readonly joinKey: string; readonly column: string; readonly type: string }[];
  readonly storedViews: readonly { readonly storageName: string; readonly featureNames: readonly string[] }[];
  /** Serialized entity keys in hex, unique. */
  readonly keysHex: readonly string[];
}

export interface ExplainedPlan {
  readonly views: readonly ExplainedView[];
  readonly precomputedService: string | undefined;
  readonly lookups: readonly ExplainedLookup[];
  /** Columns of the answer, in order. */
  readonly answer: readonly string[];
}

export function explainPlan(
  plan: Plan,
  binding: ColumnBinding,
  bound: BoundRequest,
  columnNames: readonly string[],
): ExplainedPlan {
  return {
    views: plan.reads.map(({ resolved, featureNames }) => ({
      name: resolved.nameToUse,
      storageName: resolved.storageName,
      features: featureNames,
      ttlSeconds: resolved.view.ttlSeconds,
    })),
    precomputedService: plan.precomputedService,
    lookups: binding.lookups.map(({ parts, shape }, index) => ({
      key: parts.map(({ joinKey, column }) => {
        const name = columnNames[column] ?? "";
        const type = plan.keyNames.typeByColumn.get(name);
        return column === DUMMY_COLUMN
          ? { joinKey, column: "(no entity)", type: "STRING" }
          : { joinKey, column: name, type: type === undefined ? "(from the value)" : valueTypeName(type) };
      }),
      storedViews: shape.views.map(({ storageName, featureNames }) => ({ storageName, featureNames })),
      keysHex: (bound.lookups[index]?.keys ?? []).map((key) => key.toString("hex")),
    })),
    answer: [...binding.answer.echoNames, ...binding.answer.outputs.map((output) => output.name)],
  };
}
