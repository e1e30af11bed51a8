/** The page's part on bars: each with what was measured, and what is known about those not reached. */
import type { BarFigure } from "./bars.ts";

/** Id of a bar → a sentence on why it is not reached, kept by hand; "" = nothing is known. */
export type Remarks = Readonly<Record<string, string>>;

/** @param remarks undefined = there is no remarks.json beside the page */
export function barsTable(figures: readonly BarFigure[], remarks: Remarks | undefined): string {
  const rows = figures.map(({ what, bar, measured, verdict }) => {
    const word = verdict === "reached" ? "reached" : `**${verdict}**`;
    return `| ${what} | ${bar} | ${measured} | ${word} |`;
  });
  const missed = figures.filter(({ verdict }) => verdict === "not reached");
  const lines = missed.map(
    ({ id, what }) => `- ${what} (\`${id}\`): ${remarks?.[id] || "the reason is not known yet."}`,
  );
  const head = "| figure | bar | measured | |\n|---|---|---|---|";
  const table = [head, ...rows].join("\n");
  if (missed.length === 0) return table;
  const source = remarks === undefined ? "" : " ([remarks.json](remarks.json))";
  return `${table}\n\nWhat is known about those not reached${source}:\n\n${lines.join("\n")}`;
}
