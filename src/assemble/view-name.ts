/** The view of a column, by the name under which its rows lie in the store. */
import type { BoundRequest, OutputFeature } from "../model/bound-request.ts";

export function viewNameOf(
  lookups: BoundRequest["lookups"],
  { lookup, view }: Pick<OutputFeature, "lookup" | "view">,
): string {
  return lookups[lookup]!.shape.views[view]!.storageName;
}
