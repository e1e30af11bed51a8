/** Numbers as the fleet's pages print them. */
import { median } from "../run/median.ts";

/** Three digits that count; JSON has null for what is infinite. */
export function figure(value: number | null): string {
  if (value === null || value === Number.POSITIVE_INFINITY) return "∞";
  if (Number.isNaN(value) || value === Number.NEGATIVE_INFINITY) return "–";
  if (value === 0) return "0";
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return Number(value.toFixed(Math.min(digits, 6))).toLocaleString("en-US", { maximumFractionDigits: 6 });
}

/** As it is, with its thousands marked. */
export function count(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

export function bytes(value: number): string {
  if (!Number.isFinite(value)) return "–";
  for (const [size, unit] of [
    [2 ** 30, "GiB"],
    [2 ** 20, "MiB"],
    [2 ** 10, "KiB"],
  ] as const) {
    if (Math.abs(value) >= size) return `${figure(value / size)} ${unit}`;
  }
  return `${Math.round(value)} B`;
}

/** The median, and the least and the largest of several. */
export function spread(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return most > least ? `${figure(median(values))} (${figure(least)}–${figure(most)})` : figure(median(values));
}

/** A table of Markdown. @param head first the title of the lines' names */
export function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const rule = head.map((_, column) => (column === 0 ? "---" : "---:"));
  return [head, rule, ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
