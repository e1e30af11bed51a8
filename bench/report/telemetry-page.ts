/** bench/results/telemetry.md. */
import type { Machine } from "../run/machine.ts";
import { median } from "../run/median.ts";
import type { OnOffPair, PairedDifference } from "../run/paired-differences.ts";

export interface TelemetryVariant extends PairedDifference {
  readonly name: string;
  readonly pairs: readonly OnOffPair[];
}

export interface TelemetryResults {
  readonly machine: Machine;
  readonly sidecar: string;
  readonly variants: TelemetryVariant[];
}

/** At most; binding is the lower end of the interval. */
const BARS: Readonly<Record<string, number>> = { metrics: 0.03, "metrics, 1 % traced": 0.05 };

export function telemetryPage({ machine, sidecar, variants }: TelemetryResults): string {
  const rows = variants.map(({ name, pairs, medianRatio, lowRatio, highRatio }) => {
    const bar = BARS[name];
    const verdict =
      bar === undefined ? "–" : lowRatio <= bar ? `≤ ${percent(bar)}: reached` : `≤ ${percent(bar)}: **not reached**`;
    const without = median(pairs.map(({ off }) => off)).toFixed(1);
    return `| ${name} | ${percent(medianRatio)} | ${percent(lowRatio)} to ${percent(highRatio)} | ${without} µs | ${pairs.length} | ${verdict} |`;
  });
  return `# What metrics and traces cost

Made by \`node bench/telemetry.ts\` from [telemetry.json](telemetry.json); not edited. ${machine.date}, commit ${machine.commit}, Node ${machine.node}, Redis
${machine.redis}, ${machine.cores} × ${machine.cpu}; transport: ${sidecar}.

CPU time of the server per call, 50 features × 1 row, uncached, 4,000 calls/s in an open loop: more than without metrics and traces, as the median of paired
differences, with its 95 % interval. Each is started beside the one without, with which it takes turns in slices of a second; those of the lines
above it stand idle. The lower end of the interval is binding.

| told | more CPU | 95 % | without | pairs | bar |
|---|---:|---:|---:|---:|---|
${rows.join("\n")}
`;
}

function percent(ratio: number): string {
  return `${ratio >= 0 ? "+" : "−"}${Math.abs(ratio * 100).toFixed(1)} %`;
}
