/** What the store holds, read from the very file that make_data.py put into it. */
import { readFileSync } from "node:fs";

export type Scalar = string | number | boolean | null;

/** One cell of an answer, whatever wire it came over. */
export interface Cell {
  readonly value: Scalar;
  readonly status: string;
  /** Event time, epoch seconds; 0 for a customer who is not there. */
  readonly eventTimeS: number;
}

/** Feature name → one cell for each customer asked for. */
export type Answer = ReadonlyMap<string, readonly Cell[]>;

type Read = (text: string) => Scalar;

const epochS = (text: string): number => Date.parse(text) / 1000;

const READ: Readonly<Record<string, Read>> = {
  tenure_months: Number,
  contract: String,
  senior_citizen: (text) => text === "true",
  internet_service: String,
  last_ticket_at: epochS,
  monthly_charges: Number,
  total_charges: Number,
  payment_method: String,
  paperless_billing: (text) => text === "true",
};

/**
 * The right answer for these customers and features.
 *
 * Over SQLite, a customer who was never written is NOT_FOUND, and a stored null is PRESENT with its event time, on every
 * surface (feast/infra/online_stores/sqlite.py:online_read, feast/utils.py:_convert_rows_to_protobuf).
 *
 * @param features names of columns of customers.csv; all of them when left out
 * @throws Error when a feature is not a column
 */
export function expectedAnswer(customerIds: readonly string[], features = Object.keys(READ)): Answer {
  const rows = readCustomers();
  const answer = new Map<string, readonly Cell[]>();
  for (const feature of features) {
    const read = READ[feature];
    if (read === undefined) throw new Error(`${feature} is no column of customers.csv`);
    answer.set(
      feature,
      customerIds.map((id): Cell => {
        const row = rows.get(id);
        if (row === undefined) return { value: null, status: "NOT_FOUND", eventTimeS: 0 };
        const text = row.get(feature) ?? "";
        return {
          value: text === "" ? null : read(text),
          status: "PRESENT",
          eventTimeS: epochS(row.get("updated_at") ?? ""),
        };
      }),
    );
  }
  return answer;
}

/** One sentence for every cell that is not as expected, and for every feature too many or missing. */
export function differences(got: Answer, expected: Answer): string[] {
  const found: string[] = [];
  for (const feature of new Set([...expected.keys(), ...got.keys()])) {
    const gotText = JSON.stringify(got.get(feature)) ?? "nothing";
    const expectedText = JSON.stringify(expected.get(feature)) ?? "nothing";
    if (gotText !== expectedText) found.push(`${feature}: got ${gotText}, expected ${expectedText}`);
  }
  return found;
}

/** customers.csv by customer_id; no value in it holds a comma or a quote. */
function readCustomers(): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const text = readFileSync(new URL("customers.csv", import.meta.url), "utf8");
  const [header = "", ...lines] = text.trimEnd().split("\n");
  const names = header.split(",");
  return new Map(
    lines.map((line) => {
      const values = line.split(",");
      return [values[0] ?? "", new Map(names.map((name, i) => [name, values[i] ?? ""]))];
    }),
  );
}
