/** A planted bug, loaded into the sidecar's process before it starts: a read under way does not hear that its key changed, and fills. */
import { FlightTable } from "../../../src/cache/flight-table.ts";

FlightTable.prototype.changed = () => {};
