/** Rows past their ttl that are shown once more while they are read anew. */
import type { Lookup } from "../model/lookup.ts";
import { findRow, keyId, Use, useOf } from "./entry.ts";
import { flightOf } from "./flight-table.ts";
import type { GatherParts } from "./gather-rows.ts";
import { Load } from "./load.ts";
import type { FieldList } from "./view-table.ts";

/** Time for a read that nobody waits for. */
const RELOAD_MS = 1000;

/** A load of the rows that are past their ttl and that nobody reads yet. */
export function reloadOf(
  lookups: readonly Lookup[],
  nowMs: number,
  { lru, flights, shapes }: Pick<GatherParts, "lru" | "flights" | "shapes">,
): Load | undefined {
  const load = new Load(nowMs, nowMs + RELOAD_MS, true);
  for (const [index, { shape, keys }] of lookups.entries()) {
    const { views } = shapes.of(shape);
    for (const key of keys) {
      const id = keyId(key);
      const entry = lru.get(id);
      if (entry === undefined) continue;
      const lists: FieldList[] = [];
      for (const view of views) {
        const row = findRow(entry, entry.first, view.state);
        if (row === undefined || useOf(row, nowMs) !== Use.SWR || lists.includes(row.fields)) continue;
        if (flightOf(flights.first(id), view) === undefined) lists.push(row.fields);
      }
      if (lists.length === 0) continue;
      const asked = shapes.forLoad(lists);
      // The rest is read anew when it is asked for next: changes of what a large read brings are not told.
      if (!load.hasRoomFor(asked)) return load;
      flights.add(load.add(index, asked, key, id));
    }
  }
  return load.isEmpty ? undefined : load;
}
