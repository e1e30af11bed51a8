/** Whether keys as Feast wrote them are keys as the sidecar asks for them: other bytes mean that no row is ever found. */
import type { RegistrySnapshot } from "../model/snapshot.ts";
import { ValueType } from "../model/value-type.ts";
import { sortedByCodePoint } from "../plan/python-text.ts";
import { type Finding, ok, trouble } from "./finding.ts";
import { type ReadEntityKey, readEntityKey } from "./read-entity-key.ts";

export interface KeyFacts {
  /** A key of the project, without it. `none` = there is none (`looked` says among what), `refused` = nobody may look. */
  readonly key:
    | { readonly kind: "found"; readonly entityKey: Buffer }
    | { readonly kind: "none"; readonly looked: string }
    | { readonly kind: "refused"; readonly words: string };
  readonly project: string;
  /** `entity_key_serialization_version` */
  readonly version: number;
  /** undefined = the registry was not read. */
  readonly snapshot: RegistrySnapshot | undefined;
}

const OPTION = "entity_key_serialization_version";

export function checkKeyFormat({ key, project, version, snapshot }: KeyFacts): Finding[] {
  if (key.kind === "refused") {
    const advice = "to have a key looked at, allow SCAN to the user for a moment, or run doctor as another user";
    return [trouble("key_format", "skip", "", `keys cannot be listed (${key.words})`, advice)];
  }
  if (key.kind === "none") {
    const advice = "materialize; or compare project, db and path with the writer's";
    return [trouble("key_format", "warn", "", `no key of project ${project} in ${key.looked}`, advice)];
  }
  const lists = joinKeyListsOf(snapshot);
  const read = readEntityKey(key.entityKey, lists.values());
  if (read === undefined) {
    const what = `a key of project ${project} is in no format of Feast, or has join keys that the registry does not have`;
    return [
      trouble(
        "key_format",
        "fail",
        "",
        what,
        "is the database shared with something else, or the registry another one?",
      ),
    ];
  }
  return judge(read, version, snapshot, lists);
}

function judge(
  read: ReadEntityKey,
  version: number,
  snapshot: RegistrySnapshot | undefined,
  lists: ReadonlyMap<string, readonly string[]>,
): Finding[] {
  const { joinKeys, types } = read;
  const shown = joinKeys.map((name, index) => `${name} ${typeName(types[index])}`).join(", ");
  const written = versionsOf(read);
  if (!written.includes(Math.min(version, 3))) {
    const what = `a key (${shown}) was written with ${OPTION} ${written.join(" or ")}, configured is ${version}: no row is found`;
    return [trouble("key_format", "fail", "", what, `set ${OPTION} as the writer has it, or materialize anew`)];
  }
  const found = [ok("key_format", "", `a key (${shown}) is of ${OPTION} ${version}`)];
  if (snapshot === undefined) return found;
  if (!lists.has(listName(joinKeys))) {
    const what = `no view of the registry has the join keys ${joinKeys.join(", ")} of a key that was written`;
    found.push(trouble("key_format", "warn", "", what, "a view that is gone, or another registry than the writer's?"));
  }
  for (const [index, joinKey] of joinKeys.entries()) {
    const declared = declaredTypes(snapshot, joinKey);
    const type = types[index]!;
    if (declared.size === 0 || declared.has(type)) continue;
    const names = [...declared].map(typeName).join(" or ");
    const what = `join key ${joinKey} was written as ${typeName(type)}, the registry says ${names}: no such row is found`;
    found.push(trouble("key_format", "fail", joinKey, what, "correct the entity's value_type and materialize anew"));
  }
  return found;
}

/** 3 stands for all later ones. Versions 0, 1 and 2 differ in INT64 values only. */
function versionsOf({ format, types, hasNarrowInt64 }: ReadEntityKey): number[] {
  if (format === "counted") return [3];
  if (!types.includes(ValueType.INT64)) return [0, 1, 2];
  return hasNarrowInt64 ? [0, 1] : [2];
}

/** Join keys of every view, ascending as in a key; by their own text, so that each list is there once. */
function joinKeyListsOf(snapshot: RegistrySnapshot | undefined): Map<string, readonly string[]> {
  const lists = new Map<string, readonly string[]>();
  for (const { entityColumns } of snapshot?.views.values() ?? []) {
    const names = sortedByCodePoint(entityColumns.map(({ name }) => name));
    lists.set(listName(names), names);
  }
  return lists;
}

function listName(joinKeys: readonly string[]): string {
  return JSON.stringify(joinKeys);
}

function declaredTypes({ views }: RegistrySnapshot, joinKey: string): Set<number> {
  const columns = [...views.values()].flatMap(({ entityColumns }) => entityColumns);
  return new Set(columns.filter(({ name }) => name === joinKey).map(({ valueType }) => valueType));
}

function typeName(type: number | undefined): string {
  return Object.entries(ValueType).find(([, number]) => number === type)?.[0] ?? `type ${type}`;
}
