/** Which request columns are keys, and of what type (feast/utils.py:_get_entity_maps). */
import { ServeError } from "../model/serve-error.ts";
import type { RegistrySnapshot } from "../model/snapshot.ts";
import type { ResolvedView } from "./resolve-views.ts";

export interface KeyNames {
  /** Entity name (or a projection's request column) → request column of its join key. Insertion order is Feast's. */
  readonly joinKeyByEntity: ReadonlyMap<string, string>;
  /** Every request column that is a key: those of all entities of the project, also unrelated ones. */
  readonly joinKeys: ReadonlySet<string>;
  /** Request column → declared value type; columns without an entry get a type from their first value. */
  readonly typeByColumn: ReadonlyMap<string, number>;
}

/** @throws ServeError NOT_FOUND when a view names an entity that the project lacks */
export function collectKeyNames(snapshot: RegistrySnapshot, views: readonly ResolvedView[]): KeyNames {
  const joinKeyByEntity = new Map<string, string>();
  const typeByColumn = new Map<string, number>();
  for (const entity of snapshot.entities.values()) joinKeyByEntity.set(entity.name, entity.joinKey);
  for (const { view, joinKeyMap } of views) {
    for (const entityName of view.entities) {
      const entity = snapshot.entities.get(entityName);
      if (entity === undefined) {
        throw new ServeError("NOT_FOUND", `Entity ${entityName} does not exist in project ${snapshot.project}`, {
          feastClass: "EntityNotFoundException",
        });
      }
      const mapped = joinKeyMap.get(entity.joinKey);
      joinKeyByEntity.set(mapped ?? entity.name, mapped ?? entity.joinKey);
    }
    for (const column of view.entityColumns) {
      typeByColumn.set(joinKeyMap.get(column.name) ?? column.name, column.valueType);
    }
  }
  return { joinKeyByEntity, joinKeys: new Set(joinKeyByEntity.values()), typeByColumn };
}
