/**
 * The room's verb: a request and a registry snapshot in, a bound request out (what to read, and how the answer is laid out).
 * No I/O, no clock. The order of the steps is Feast's, because the first step that fails decides the error.
 */
import type { BoundRequest } from "../model/bound-request.ts";
import type { Lookup } from "../model/lookup.ts";
import type { FeatureRequest, RequestColumn, ValueColumn } from "../model/request.ts";
import {
  MAX_COLUMNS,
  type RequestLimits,
  tooManyColumns,
  tooManyReferences,
  tooManyRows,
} from "../model/request-limits.ts";
import { ServeError } from "../model/serve-error.ts";
import type { RegistrySnapshot } from "../model/snapshot.ts";
import type { SurfaceRules } from "../model/surface.ts";
import type { TimeSlices } from "../timing/time-slices.ts";
import { bindColumns, type ColumnBinding, type KeyedLookup } from "./bind-columns.ts";
import { KeyBinding, type KeyOptions } from "./bind-rows.ts";
import { coerceJsonColumn } from "./coerce-json.ts";
import { coerceValueColumn } from "./coerce-values.ts";
import type { Plan, PlanOptions } from "./compile-plan.ts";
import { type ExplainedPlan, explainPlan } from "./explain-plan.ts";
import { type DescribedPlan, PlanCache } from "./plan-cache.ts";
import { pythonRepr } from "./python-text.ts";
import { KeyValueReader } from "./read-key-value.ts";

export interface PlannerOptions extends PlanOptions, KeyOptions, RequestLimits {
  /** Rows × features of one request at most. */
  readonly maxCells: number;
  /** Told once per shape of request when a view gets only some of its key columns, so that none of its rows can be found. */
  readonly onPartialKey: (view: string, missing: readonly string[]) => void;
}

/** Rows between two looks at the clock: about 0.1 ms. */
const SLICE_ROWS = 128;

interface StartedRequest {
  readonly plan: Plan;
  readonly binding: ColumnBinding;
  readonly columns: readonly ValueColumn[];
  readonly rows: number;
  /** Per lookup, in order. */
  readonly keys: KeyBinding[];
}

export class Planner {
  readonly #options: PlannerOptions;
  readonly #plans: PlanCache;

  constructor(options: PlannerOptions) {
    this.#options = options;
    this.#plans = new PlanCache(options);
  }

  /** @throws ServeError with Feast's sentence, see the files of this room for each rule's source */
  bind(snapshot: RegistrySnapshot, request: FeatureRequest, rules: SurfaceRules): BoundRequest {
    return this.#finish(this.#start(snapshot, request, rules));
  }

  /** The same for a request of many rows, in slices. @throws ServeError as {@link bind}, and what the slices' checkpoint throws */
  async bindInSlices(
    snapshot: RegistrySnapshot,
    request: FeatureRequest,
    rules: SurfaceRules,
    slices: TimeSlices,
  ): Promise<BoundRequest> {
    const started = this.#start(snapshot, request, rules);
    for (const lookup of started.binding.lookups) {
      const keys = this.#keysOf(started, lookup);
      while (!keys.isDone) {
        if (slices.isOver) await slices.next();
        keys.advance(SLICE_ROWS);
      }
    }
    return boundRequest(started);
  }

  /** As {@link bind}, with the plan in words. @throws ServeError as {@link bind} */
  explain(
    snapshot: RegistrySnapshot,
    request: FeatureRequest,
    rules: SurfaceRules,
  ): { readonly plan: ExplainedPlan; readonly bound: BoundRequest } {
    const started = this.#start(snapshot, request, rules);
    const bound = this.#finish(started);
    const columnNames = request.columns.map((column) => column.name);
    return { plan: explainPlan(started.plan, started.binding, bound, columnNames), bound };
  }

  /** The plans that were compiled for a snapshot: one for each shape of request that came. */
  describePlans(snapshot: RegistrySnapshot): readonly DescribedPlan[] {
    return this.#plans.describe(snapshot);
  }

  /** All but the keys. */
  #start(snapshot: RegistrySnapshot, request: FeatureRequest, rules: SurfaceRules): StartedRequest {
    const { columns: requested } = request;
    this.#refuseTooLarge(request);
    const plan = this.#plans.planFor(snapshot, request, rules);
    const { typeByColumn } = plan.keyNames;
    const columns: ValueColumn[] = [];
    for (const column of requested) columns.push(toValues(column, typeByColumn.get(column.name), rules));
    const rows = commonLength(requested);
    const columnNames = requested.map((column) => column.name);
    const binding = bindColumns(plan, columnNames, this.#options.onPartialKey);
    if (rows === 0 && binding.emptyRows !== undefined) throw binding.emptyRows;
    this.#refuseTooManyCells(rows, binding.answer.outputs.length);
    return { plan, binding, columns, rows, keys: [] };
  }

  #finish(started: StartedRequest): BoundRequest {
    // View by view as Feast reads them, so that the first view in trouble names the error.
    for (const lookup of started.binding.lookups) this.#keysOf(started, lookup).advance(started.rows);
    return boundRequest(started);
  }

  #keysOf({ columns, rows, keys }: StartedRequest, lookup: KeyedLookup): KeyBinding {
    if (lookup.missingKeys !== undefined) throw lookup.missingKeys;
    const binding = new KeyBinding(lookup, columns, rows, this.#options);
    keys.push(binding);
    return binding;
  }

  /** Over gRPC the decoder has stopped at these already; JSON is read whole. */
  #refuseTooLarge({ columns, features }: FeatureRequest): void {
    if (features.length > this.#options.maxReferences) throw tooManyReferences(this.#options);
    if (columns.length > MAX_COLUMNS) throw tooManyColumns();
    for (const { name, rows } of columns) if (rows > this.#options.maxRows) throw tooManyRows(name, this.#options);
  }

  #refuseTooManyCells(rows: number, features: number): void {
    if (rows * features <= this.#options.maxCells) return;
    throw new ServeError(
      "INVALID_ARGUMENT",
      `${rows} rows × ${features} features are ${rows * features} cells, more than sidecar.limits.max_cells = ${this.#options.maxCells}`,
      { reason: "limit" },
    );
  }
}

function boundRequest({ plan, binding, columns, rows, keys }: StartedRequest): BoundRequest {
  if (plan.unreadableVectors !== undefined) throw plan.unreadableVectors;
  const lookups: Lookup[] = [];
  const rowToKey: Int32Array[] = [];
  for (let index = 0; index < keys.length; index += 1) {
    const keyed = keys[index]!;
    lookups.push({ shape: binding.lookups[index]!.shape, keys: keyed.keys });
    rowToKey.push(keyed.rowToKey);
  }
  const echoes: ValueColumn[] = [];
  for (const column of binding.echoColumns) echoes.push(columns[column]!);
  return { shape: binding.answer, rows, echoes, lookups, rowToKey };
}

/** Every column is converted, also one that turns out to be ignored: a bad one fails the request (feast/utils.py). */
function toValues(column: RequestColumn, declaredType: number | undefined, rules: SurfaceRules): ValueColumn {
  if (column.kind === "json") return coerceJsonColumn(column.cells, declaredType);
  if (rules.coerceKeys && declaredType !== undefined) {
    return coerceValueColumn(column.column, column.name, declaredType);
  }
  refuseMalformed(column.column, column.name);
  return column.column;
}

/** Values travel on undecoded; what is echoed must be known to be well-formed. */
function refuseMalformed({ bytes, spans }: ValueColumn, name: string): void {
  const reader = new KeyValueReader();
  for (let at = 0; at < spans.length; at += 2) {
    reader.read(bytes, spans[at] as number, spans[at + 1] as number, name);
  }
}

/** feast/utils.py:_validate_entity_values, its KeyError for no columns at all included. */
function commonLength(columns: readonly RequestColumn[]): number {
  const first = columns[0];
  if (first === undefined) throw new ServeError("INVALID_ARGUMENT", pythonRepr("pop from an empty set"));
  for (const { rows } of columns) {
    if (rows !== first.rows) throw new ServeError("INVALID_ARGUMENT", "All entity rows must have the same columns.");
  }
  return first.rows;
}
