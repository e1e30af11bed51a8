/**
 * The second half of compiling: which request columns become which keys. Depends on the column names only, so it is done once
 * per (plan, column names) and its lookup shapes are shared by all such requests.
 */
import type { AnswerShape } from "../model/bound-request.ts";
import type { LookupShape } from "../model/lookup.ts";
import { ServeError } from "../model/serve-error.ts";
import { DUMMY_JOIN_KEY } from "../model/snapshot.ts";
import type { Plan } from "./compile-plan.ts";
import type { PlannedRead } from "./group-features.ts";
import {
  lookupShape,
  precomputedLookup,
  precomputedOutputs,
  precomputedShape,
  storedOutputs,
  viewVersions,
} from "./lay-out-answer.ts";
import { pythonListRepr, pythonRepr, sortedByCodePoint } from "./python-text.ts";

/** Stands for the column of empty strings that entityless views are keyed by. */
export const DUMMY_COLUMN = -1;

/** One part of a store key. */
export interface KeyPart {
  /** The view's own join key, as written in the store. */
  readonly joinKey: string;
  /** Index of the request column, or {@link DUMMY_COLUMN}. */
  readonly column: number;
}

/** One read against the store: the key it uses and the views that share that key. */
export interface KeyedLookup {
  /** Sorted by join key, as the store key is. */
  readonly parts: readonly KeyPart[];
  readonly shape: LookupShape;
  /** Feast's answer when none of the request's columns is a key of these views; `parts` is then empty. */
  readonly missingKeys: ServeError | undefined;
}

export interface ColumnBinding {
  /** Request columns that are echoed, aligned with `answer.echoNames`. */
  readonly echoColumns: readonly number[];
  readonly lookups: readonly KeyedLookup[];
  readonly answer: AnswerShape;
  /** Feast's answer to a request whose columns are all empty; undefined where it answers empty columns. */
  readonly emptyRows: ServeError | undefined;
}

/** A plan is asked with few different sets of columns; more than this is a client making them up. */
const MAX_BINDINGS = 64;

/**
 * The binding of these columns, compiled at most once. Its errors are not thrown here: whether and when they count depends on the rows.
 * @param onPartialKey told when a view gets only some of its key columns: Feast then looks up a key that nobody wrote
 */
export function bindColumns(
  plan: Plan,
  columnNames: readonly string[],
  onPartialKey: (view: string, missing: readonly string[]) => void,
): ColumnBinding {
  const signature = columnNames.length === 1 ? (columnNames[0] as string) : JSON.stringify(columnNames);
  const known = plan.bindings.get(signature);
  if (known !== undefined) return known;
  const binding = compileBinding(plan, columnNames, onPartialKey);
  if (plan.bindings.size >= MAX_BINDINGS) plan.bindings.clear();
  plan.bindings.set(signature, binding);
  return binding;
}

function compileBinding(
  plan: Plan,
  columnNames: readonly string[],
  onPartialKey: (view: string, missing: readonly string[]) => void,
): ColumnBinding {
  const keyColumns = classify(plan, columnNames);
  // Feast takes the stand-in key out of every answer again (feast/online_response.py:OnlineResponse).
  const echoed = [...keyColumns].filter(([name]) => name !== DUMMY_JOIN_KEY);
  const echoNames = echoed.map(([name]) => name);
  const echoColumns = echoed.map(([, column]) => column);
  if (plan.entityless) keyColumns.set(DUMMY_JOIN_KEY, DUMMY_COLUMN);

  const reads = plan.precomputedService === undefined ? plan.reads : plan.reads.slice(0, 1);
  const keyed = reads.map((read) => ({ read, columns: keyColumnsOf(plan, read, keyColumns) }));
  for (const { read, columns } of keyed) {
    const missing = [...viewJoinKeys(plan, read)].filter((joinKey) => !columns.has(joinKey));
    if (columns.size > 0 && missing.length > 0) onPartialKey(read.resolved.view.name, missing);
  }
  const first = keyed[0];
  // A project without any entity of its own has no key that could be missing: no rows in, no rows out.
  const hasKeys = plan.keyNames.joinKeys.size > (plan.keyNames.joinKeys.has(DUMMY_JOIN_KEY) ? 1 : 0);
  const emptyRows = first === undefined || !hasKeys ? undefined : missingKeys(plan, first.columns, keyColumns, true);
  const groups = groupByKey(keyed);
  const lookups = groups.map(({ parts, reads: sameKey }) => ({
    parts,
    missingKeys: parts.length === 0 ? missingKeys(plan, new Map(), keyColumns, false) : undefined,
    shape: plan.precomputedService === undefined ? lookupShape(sameKey) : precomputedLookup(plan.precomputedService),
  }));
  const answer: AnswerShape = {
    echoNames,
    outputs: plan.precomputedService === undefined ? storedOutputs(plan, groups) : precomputedOutputs(plan),
    viewVersions: plan.versionMetadata ? viewVersions(plan.reads) : [],
    precomputed: precomputedShape(plan),
  };
  return { echoColumns, lookups, answer, emptyRows };
}

/**
 * Join key → index of its request column, in answer order. A column may also be named by its entity (deprecated); when both
 * are sent the later values win and the first position stays (feast/utils.py:_prepare_entities_to_read_from_online_store).
 */
function classify(plan: Plan, columnNames: readonly string[]): Map<string, number> {
  const { joinKeys, joinKeyByEntity } = plan.keyNames;
  const columns = new Map<string, number>();
  columnNames.forEach((name, index) => {
    const joinKey = joinKeys.has(name) ? name : joinKeyByEntity.get(name);
    if (joinKey !== undefined) columns.set(joinKey, index);
  });
  return columns;
}

function viewJoinKeys(plan: Plan, { resolved }: PlannedRead): Set<string> {
  const names = resolved.view.entities.map((entity) => plan.keyNames.joinKeyByEntity.get(entity));
  return new Set(names.filter((name) => name !== undefined));
}

/** feast/utils.py:_get_table_entity_values: the view's own join keys → request column. */
function keyColumnsOf(plan: Plan, read: PlannedRead, keyColumns: ReadonlyMap<string, number>): Map<string, number> {
  const joinKeys = viewJoinKeys(plan, read);
  const ownName = new Map([...read.resolved.joinKeyMap].map(([own, requested]) => [requested, own]));
  const columns = new Map<string, number>();
  for (const [requested, column] of keyColumns) {
    const own = ownName.get(requested) ?? requested;
    if (joinKeys.has(own)) columns.set(own, column);
  }
  return columns;
}

/**
 * feast/utils.py:_get_unique_entities, for a view that ends up without any key value. The lists range over all keys of the project, not
 * this view's alone.
 */
function missingKeys(
  plan: Plan,
  present: ReadonlyMap<string, number>,
  provided: ReadonlyMap<string, number>,
  noRows: boolean,
): ServeError {
  const expected = sortedByCodePoint(plan.keyNames.joinKeys).filter((key) => key !== DUMMY_JOIN_KEY);
  const missing = expected.filter((key) => !present.has(key));
  const empty = noRows ? expected : missing;
  const sentence = `Missing join key values for keys: ${pythonListRepr(missing)}. No values provided for keys: ${pythonListRepr(empty)}. Provided join_key_values: ${pythonListRepr([...provided.keys()])}`;
  return new ServeError("INVALID_ARGUMENT", pythonRepr(sentence));
}

interface KeyGroup {
  readonly parts: readonly KeyPart[];
  readonly reads: PlannedRead[];
}

function groupByKey(
  keyed: readonly { readonly read: PlannedRead; readonly columns: ReadonlyMap<string, number> }[],
): KeyGroup[] {
  const groups = new Map<string, KeyGroup>();
  for (const { read, columns } of keyed) {
    const parts = sortedByCodePoint(columns.keys()).map((joinKey) => ({
      joinKey,
      column: columns.get(joinKey) ?? DUMMY_COLUMN,
    }));
    const id = JSON.stringify(parts);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, { parts, reads: [read] });
    else group.reads.push(read);
  }
  return [...groups.values()];
}
