/** Findings as lines for a person: level, check, subject, what was found, and below it what to do. */
import type { Finding, Level } from "./finding.ts";

const LEVELS: readonly Level[] = ["fail", "warn", "skip", "ok"];

export function renderFindings(findings: readonly Finding[]): string {
  const lines = findings.flatMap(({ level, check, subject, found, advice }) => {
    const what = subject === "" ? found : `${subject}: ${found}`;
    const line = `${level.padEnd(5)}${check.padEnd(14)}${plain(what)}`;
    return advice === "" ? [line] : [line, `${" ".repeat(19)}-> ${plain(advice)}`];
  });
  const counts = LEVELS.map((level) => `${findings.filter((each) => each.level === level).length} ${level}`);
  return [...lines, counts.join(", ")].join("\n");
}

/** Servers' words are among them: nothing that a terminal would take for a command. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}
