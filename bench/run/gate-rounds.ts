/** The rounds of the gate: one that says nothing is run again. */
import { type GateRound, voidReasons } from "./gate-verdict.ts";

const RETRIES = 2;

/**
 * @param count valid rounds wanted
 * @param runRound one round; `run` counts them from 1, void ones too
 * @param say told why a round is void
 * @returns every round that was run, void ones too, for their answers count; a round still void after two retries is given up
 */
export async function collectRounds(
  count: number,
  runRound: (run: number) => Promise<GateRound>,
  say: (words: string) => void,
): Promise<GateRound[]> {
  const rounds: GateRound[] = [];
  for (let wanted = 1; wanted <= count; wanted += 1) {
    for (let retry = 0; retry <= RETRIES; retry += 1) {
      const round = await runRound(rounds.length + 1);
      rounds.push(round);
      const reasons = voidReasons(round);
      if (reasons.length === 0) break;
      const next = retry < RETRIES ? "it is run again" : "given up";
      say(`round ${rounds.length} is VOID (${reasons.join("; ")}): ${next}`);
    }
  }
  return rounds;
}
