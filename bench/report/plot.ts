/** Bars as SVG, by hand: names left, values right, readable on light and dark pages. */

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Printed at its end. */
  readonly text: string;
  /** The one that the page is about. */
  readonly strong: boolean;
}

export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const WIDTH = 760;
const LABEL_WIDTH = 230;
const TEXT_WIDTH = 110;
const BAR_HEIGHT = 16;
const GAP = 5;
const TITLE_HEIGHT = 30;

/** Bars are as long as the logarithm of their values: servers lie decades apart. Each group has its own scale. */
export function barChart(title: string, groups: readonly BarGroup[]): string {
  let y = TITLE_HEIGHT;
  const parts: string[] = [text(8, 20, title, 'font-weight="bold" font-size="14"')];
  for (const group of groups) {
    y += 22;
    parts.push(text(8, y - 6, group.title, 'font-weight="bold"'));
    const largest = Math.max(...group.bars.map(({ value }) => value));
    for (const bar of group.bars) {
      const length = barLength(bar.value, largest);
      const fill = bar.strong ? "#1a7f4b" : "#8a8f98";
      parts.push(
        text(LABEL_WIDTH - 8, y + 12, bar.label, 'text-anchor="end"'),
        `<rect x="${LABEL_WIDTH}" y="${y}" width="${length}" height="${BAR_HEIGHT}" fill="${fill}"/>`,
        text(LABEL_WIDTH + length + 6, y + 12, bar.text, ""),
      );
      y += BAR_HEIGHT + GAP;
    }
  }
  const style = `<style>text{font:12px sans-serif;fill:#1f2328}@media(prefers-color-scheme:dark){text{fill:#e6edf3}}</style>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + 8}" role="img"><title>${escaped(title)}</title>${style}${parts.join("")}</svg>\n`;
}

function barLength(value: number, largest: number): number {
  const room = WIDTH - LABEL_WIDTH - TEXT_WIDTH;
  // One decade under the value 1 (µs or ms) still shows.
  const share = Math.log10(1 + 9 * value) / Math.log10(1 + 9 * largest);
  return Math.max(1, Math.round(room * share));
}

function text(x: number, y: number, words: string, attributes: string): string {
  return `<text x="${x}" y="${y}" ${attributes}>${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
