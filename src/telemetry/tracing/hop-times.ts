/** When each hop of a call was, from how long it took. */
import { Hop, type Ledger } from "../../model/ledger.ts";

/** Hops with a span of their own, in the order in which they come; `loop` is nobody's time. */
const SHOWN_HOPS = [Hop.ADMISSION, Hop.PLAN, Hop.CACHE, Hop.WAIT, Hop.REDIS, Hop.ASSEMBLE, Hop.WRITE];

export interface HopTime {
  readonly hop: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** Those that took place: they follow one another, `loop` before the first and after the read. */
export function hopTimes({ startMs, us, loopBackUs }: Ledger): HopTime[] {
  const times: HopTime[] = [];
  let atUs = us[Hop.LOOP]! - loopBackUs;
  for (const hop of SHOWN_HOPS) {
    const tookUs = us[hop]!;
    if (tookUs > 0) times.push({ hop, startMs: startMs + atUs / 1000, endMs: startMs + (atUs + tookUs) / 1000 });
    atUs += tookUs;
    if (hop === Hop.REDIS) atUs += loopBackUs;
  }
  return times;
}
