/** Prints the JSON answer of POST /get-online-features as a table that a person reads: one block per row of the request. */

export interface JsonAnswer {
  readonly metadata: { readonly feature_names: readonly string[] };
  readonly results: readonly {
    readonly values: readonly unknown[];
    readonly statuses: readonly string[];
    readonly event_timestamps: readonly string[];
  }[];
}

const EPOCH = "1970-01-01T00:00:00Z";

/** @param valueTexts column → row → the value's own JSON text, so that long integers and floats print as sent */
export function renderAnswer(answer: JsonAnswer, valueTexts: readonly (readonly string[])[]): string {
  const names = answer.metadata.feature_names;
  const rows = answer.results[0]?.values.length ?? 0;
  const header = ["feature", "value", "status", "event time"];
  const blocks: string[][][] = [];
  for (let row = 0; row < rows; row += 1) {
    blocks.push(
      names.map((name, column) => {
        const result = answer.results[column];
        const time = result?.event_timestamps[row] ?? "";
        return [name, valueTexts[column]?.[row] ?? "", result?.statuses[row] ?? "", time === EPOCH ? "" : time];
      }),
    );
  }
  const widths = header.map((title, column) =>
    Math.max(title.length, ...blocks.flat().map((cells) => cells[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [line(header), ...blocks.flatMap((block) => [rule, ...block.map(line)])].join("\n");
}
