/** What a node says of itself, by whatever it lets us ask. */
import type { NodeReport } from "../control/node-report.ts";
import { parseInfo } from "../control/parse-info.ts";
import { parseRole } from "../control/parse-role.ts";
import { RespError, type RespValue } from "../lane/resp-value.ts";

/** `report` undefined = the node did not say: it refuses to, or it cannot just now; `words` says why. */
export type Told =
  | { readonly report: NodeReport }
  | { readonly report: undefined; readonly isRefusal: boolean; readonly words: string };

/** Sends a command and hands the reply on; never calls back when the connection is lost. */
export type AskValue = (words: readonly string[], take: (reply: RespValue) => void) => void;

/** Errors that pass by themselves: a script or a load that is under way, a login that is being renewed (server.c:processCommand). */
const NOT_NOW = /^(?:BUSY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|NOAUTH|UNBLOCKED)\b/;

/**
 * INFO whole, which is one command on every version of Redis; where that is refused, ROLE.
 * @param db the database whose keys count
 */
export function askReport(ask: AskValue, db: number, told: (answer: Told) => void): void {
  ask(["INFO"], (info) => {
    const report = parseInfo(info, db);
    // Proxies and fakes answer INFO with something that tells no role.
    if (report?.role !== undefined) {
      told({ report });
      return;
    }
    ask(["ROLE"], (role) => {
      const byRole = parseRole(role);
      if (byRole?.role !== undefined) told({ report: byRole });
      else {
        const words = wordsOf(role) || wordsOf(info) || "no role was told";
        told({ report: undefined, isRefusal: !NOT_NOW.test(words), words });
      }
    });
  });
}

function wordsOf(reply: RespValue): string {
  return reply instanceof RespError ? reply.text.slice(0, 200) : "";
}
