/** The options below `sidecar.budget` and `sidecar.admission`: rows of the table in schema.ts. */
import { option } from "./option-row.ts";
import { budgetViews, LATE_POLICIES } from "./parse-budget-views.ts";
import { duration, wholeNumber } from "./parse-values.ts";

const count = wholeNumber(1, 2 ** 31 - 1);

export const BUDGET_OPTIONS = {
  "budget.slice": option(
    duration("refused"),
    "10ms",
    "Time from the first byte of a request to its answer. It binds requests of up to `envelope_cells`, grows in proportion above, and does not bind those with `feast-sidecar-priority: batch`. A caller that gives less has its own deadline kept. With SQLite it binds only when it is written here.",
  ),
  "budget.reserve": option(
    duration("allowed"),
    "500us",
    "Kept back of the time that a caller gives, for the way of the answer.",
  ),
  "budget.envelope_cells": option(count, "5000", "Rows × features of the largest request that the slice is meant for."),
  "budget.on_late": option(
    LATE_POLICIES,
    "error",
    "What a view answers whose rows cannot be had in time, or not at all: `error` = the call fails; `stale` = what the cache has within `cache.stale_for`; `default` = the values declared in `budget.views`; `partial` = no value, status INVALID. `stale` falls back to declared values; where a cell finds nothing the call fails. Such answers are marked (`feast-sidecar-degraded`).",
  ),
  "budget.views": option(
    budgetViews,
    "{}",
    "Feature view → `on_late`, in place of the value above, and `defaults`: feature → value, of the feature's type (bytes in base64, times as seconds since 1970 or as a date).",
  ),
  "admission.min_in_flight": option(
    count,
    "64",
    "So many calls at a time are never refused. Above, calls are refused with RESOURCE_EXHAUSTED while latency says that there are too many, `shadow` and `batch` before `live`.",
  ),
} as const;
