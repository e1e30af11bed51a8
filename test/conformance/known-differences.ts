/**
 * Where the sidecar answers otherwise than Feast 0.67, and why. A difference that is not listed fails the suite; so does a case that
 * names a difference and then agrees.
 */
import type { HttpAnswer } from "./compare-answers.ts";

export interface KnownDifference {
  readonly reason: string;
  /** Whether this pair of answers is this difference and no other. */
  matches(feast: HttpAnswer, sidecar: HttpAnswer): boolean;
}

const says = (answer: HttpAnswer, text: string): boolean => answer.body.includes(text);

export const KNOWN_DIFFERENCES = {
  "computed-on-demand-view": {
    reason: "On-demand views computed at request time need Python; the sidecar names the view and answers 501.",
    matches: (_feast, sidecar) => sidecar.status !== 200 && says(sidecar, "is computed at request time"),
  },
  "projection-of-changed-view": {
    reason:
      "Feast refuses a service's projection when a field's description, tags or vector settings changed, too; the sidecar compares what decides the answer, name and type.",
    matches: (feast, sidecar) => feast.status === 500 && says(feast, "cannot be applied") && sidecar.status === 200,
  },
  "python-type-texts": {
    reason:
      "Sentences of Python's and protobuf's internals (sets of class names in hash order, 'must assign iterable'): same status, own words.",
    matches: (feast, sidecar) =>
      feast.status === 500 &&
      sidecar.status === 500 &&
      /^"(Type `|must assign iterable|expected bytes|Expected dict for MAP|Value type not supported|Can only|bad argument|'.*codec can't)/.test(
        feast.body,
      ),
  },
  "mixed-key-types": {
    reason:
      "Over gRPC Feast sorts the rows of one column by value and fails when their types differ; the sidecar answers.",
    matches: (feast, sidecar) =>
      feast.status !== 200 && says(feast, "not supported between instances") && sidecar.status === 200,
  },
  "undeclared-grpc-column": {
    reason:
      "Feast's gRPC server fails on any column that is no declared key of a requested view, before it looks at anything else; the sidecar treats it as HTTP does, and answers or refuses accordingly.",
    matches: (feast) => says(feast, "Value with native type value cannot be converted into Feast value type"),
  },
  "grpc-key-type": {
    reason:
      "Feast's gRPC server fails on UNIX_TIMESTAMP and BYTES keys, which it stores and serves over HTTP or in process; the sidecar answers.",
    matches: (feast, sidecar) =>
      feast.status !== 200 && sidecar.status === 200 && /cannot be converted|int\(\) argument must be/.test(feast.body),
  },
} as const satisfies Record<string, KnownDifference>;

export type DifferenceName = keyof typeof KNOWN_DIFFERENCES;

/** The listed difference that explains a pair of answers. */
export function explain(feast: HttpAnswer, sidecar: HttpAnswer): DifferenceName | undefined {
  const entries = Object.entries(KNOWN_DIFFERENCES) as [DifferenceName, KnownDifference][];
  return entries.find(([, known]) => known.matches(feast, sidecar))?.[0];
}
