/** Says in a line what rounds of base and branch show. */
import { median } from "../run/median.ts";

/** Under this nobody could tell. */
const MIN_SHARE = 0.02;

/** @param rounds ns/op; undefined = that side cannot run the case */
export function compareRounds(
  rounds: readonly { readonly base: number | undefined; readonly branch: number | undefined }[],
): string {
  const bases = rounds.flatMap(({ base }) => (base === undefined ? [] : [base]));
  const branches = rounds.flatMap(({ branch }) => (branch === undefined ? [] : [branch]));
  if (bases.length < rounds.length) return "the base cannot run it";
  if (branches.length < rounds.length) return "the working tree cannot run it";
  const from = median(bases);
  const to = median(branches);
  const change = to / from - 1;
  const apart = Math.max(...branches) < Math.min(...bases) || Math.min(...branches) > Math.max(...bases);
  const verdict = apart && Math.abs(change) >= MIN_SHARE ? (change < 0 ? "faster" : "SLOWER") : "no difference";
  const percent = `${change > 0 ? "+" : ""}${(change * 100).toFixed(1)} %`;
  return `${from.toFixed(1)} → ${to.toFixed(1)} ns/op  ${percent}  ${verdict}`;
}
