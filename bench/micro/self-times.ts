/** What V8's .cpuprofile says about where the time went. */

export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  /** `function file:line` */
  readonly where: string;
  /** Of all samples in which the program was not idle. */
  readonly share: number;
}

/** Time in each function itself, without what it called; most first. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): SelfTime[] {
  const whereOf = new Map(
    nodes.map(({ id, callFrame }) => {
      const { functionName, url, lineNumber } = callFrame;
      const file = url === "" ? "" : ` ${url.split("/").slice(-2).join("/")}:${lineNumber + 1}`;
      return [id, `${functionName === "" ? "(anonymous)" : functionName}${file}`];
    }),
  );
  const times = new Map<string, number>();
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const where = whereOf.get(id) ?? "?";
    const micros = timeDeltas[index] ?? 0;
    if (where === "(idle)") continue;
    total += micros;
    times.set(where, (times.get(where) ?? 0) + micros);
  }
  return [...times].map(([where, micros]) => ({ where, share: micros / total })).sort((a, b) => b.share - a.share);
}
