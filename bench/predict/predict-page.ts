/** bench/results/predict.md from the results of bench/predict.ts. Pure. */
import { type HistogramJson, LatencyHistogram } from "../../src/load/latency-histogram.ts";
import { MAX_CLIENT_SHARE } from "../load/load-plan.ts";
import type { PredictResults, PredictRun, Way } from "./results.ts";

/** P99 of the whole prediction and of the lookup inside, of the sidecar with its cache and without. */
const PREDICT_BAR_MS = 50;
const FEATURES_BAR_MS = 10;
/** Samples that must lie above a percentile for it to say something. */
const LEAST_ABOVE = 100;
const SHARES = [0.5, 0.99, 0.999];

const NAMES: Readonly<Record<Way, string>> = {
  sidecar: "sidecar",
  uncached: "sidecar, cache disabled",
  sdk: "Feast's SDK in process",
};

export function predictPage(results: PredictResults): string {
  const { machine, ratePerSecond, customers, seconds, rounds, onLate, loadAverage, runs } = results;
  return `# Predictions over HTTP: features from the sidecar, or from Feast in process

Made by \`node bench/predict.ts\`; not edited. ${machine.date}, commit ${machine.commit}, Node ${machine.node}, Redis ${machine.redis},
${machine.cores} × ${machine.cpu}. The service of deploy/bentoml (BentoML 1.4, one worker) at ${ratePerSecond} calls/s in an open loop, ${customers} customers and 8 features
each; ${rounds} rounds of ${seconds} s in which the ways take turns, added up. Sidecar over a Unix socket, deadline of a lookup 10 ms, \`CHURN_ON_LATE=score\`,
\`sidecar.budget.on_late: ${onLate}\`. BentoML and sidecar share ${machine.cores > 2 ? "one core" : "one core, the load client and Redis the other"}.
Load average before: ${loadAverage[0].toFixed(1)} (of others: above ${machine.cores} the figures are theirs as much as ours), after: ${loadAverage[1].toFixed(1)}.

Milliseconds; \`predict\` from the intended send time to the end of the HTTP answer, failed calls count as infinite; the lookup as the
service times it. \`~\`: fewer than ${LEAST_ABOVE} calls lie above. *Marked*: answered, and \`degraded\` says what was not read in time. Every unmarked
answer's scores are compared with those computed from the files.

## Redis there

${table(runs.filter(({ outage }) => !outage))}

${bars(runs)}

## Redis gone

${table(runs.filter(({ outage }) => outage))}

That one trace leads from the HTTP request to the Redis read is not measured here but tested: test/integration/traces/one-trace.test.ts.
`;
}

function table(runs: readonly PredictRun[]): string {
  const head = [
    "features from",
    "calls",
    "predict P50",
    "P99",
    "P99.9",
    "lookup P50",
    "P99",
    "P99.9",
    "marked",
    "failed",
    "wrong",
  ];
  const lines = runs.map((run) => [
    NAMES[run.way] + (run.clientShare > MAX_CLIENT_SHARE ? " (void: the client was too busy)" : ""),
    run.calls,
    ...percentiles(run.predict),
    ...percentiles(run.features),
    told(run.marked),
    told(run.problems),
    run.wrong,
  ]);
  return [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function percentiles(json: HistogramJson): string[] {
  const histogram = LatencyHistogram.of(json);
  return SHARES.map((share) => {
    const value = histogram.percentileMs(share);
    if (Number.isNaN(value)) return "–";
    const few = histogram.total * (1 - share) < LEAST_ABOVE ? "~" : "";
    return few + (Number.isFinite(value) ? value.toFixed(2) : "∞");
  });
}

/** Counts by what was said, most frequent first; a problem's text may be a whole answer. */
function told(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).sort(([, a], [, b]) => b - a);
  if (entries.length === 0) return "0";
  return entries.map(([what, count]) => `${count} (${what.slice(0, 40).replaceAll("|", " ").trim()})`).join(", ");
}

function bars(runs: readonly PredictRun[]): string {
  const lines = runs
    .filter(({ way, outage }) => way !== "sdk" && !outage)
    .map((run) => {
      const [predictMs, featuresMs] = [p99(run.predict), p99(run.features)];
      const reached = predictMs < PREDICT_BAR_MS && featuresMs < FEATURES_BAR_MS;
      return `${NAMES[run.way]} ${reached ? "reached" : "**not reached**"} (${predictMs.toFixed(2)} and ${featuresMs.toFixed(2)} ms)`;
    });
  return `Bars: P99 of predict below ${PREDICT_BAR_MS} ms with the lookup below ${FEATURES_BAR_MS} ms at P99: ${lines.join("; ")}.`;
}

function p99(json: HistogramJson): number {
  return LatencyHistogram.of(json).percentileMs(0.99);
}
