/** A planted bug, loaded into the sidecar's process before it starts: rows stay good when the connection that fed them is gone. */
import { CachedRow } from "../../../src/cache/entry.ts";

CachedRow.prototype.isSuspect = () => false;
