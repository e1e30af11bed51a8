/** The process that is measured: `node --expose-gc fill-process.ts ORDER`, a {@link RunOrder} as JSON. Prints a {@link MemoryRun}. */
import { CacheFill, type Fill } from "./fill-cache.ts";
import { checkExternalHoldsBuffers, readMemory } from "./memory-reading.ts";
import type { MemoryPoint, MemoryRun, RunOrder } from "./memory-run.ts";
import { SyntheticStore } from "./synthetic-store.ts";
import { WORKLOADS } from "./workload.ts";

/** Of the keys. */
const POINTS = [0.1, 0.5, 1];

/** The cache is reachable from nowhere once this has ended. */
async function fillAndRead(fill: Fill): Promise<Pick<MemoryRun, "points" | "filled" | "evicted">> {
  const filling = new CacheFill(fill);
  const points: MemoryPoint[] = [];
  for (const share of POINTS) {
    await filling.until(fill.keys * share);
    const memory = await readMemory();
    const { bytes, rows, keys } = filling.cache.figures();
    points.push({ share, memory, countedBytes: bytes, rows, keys });
  }
  const { filled, evicted } = filling.cache.figures();
  filling.cache.close();
  return { points, filled, evicted };
}

const order = JSON.parse(process.argv[2] ?? "") as RunOrder;
const workload = WORKLOADS[order.workload];
if (workload === undefined) throw new Error(`there is no workload ${order.workload}`);
const store = new SyntheticStore(workload);
checkExternalHoldsBuffers();
const before = await readMemory();
const startMs = performance.now();
const figures = await fillAndRead({ workload, store, maxBytes: order.maxBytes, keys: order.keys });
const seconds = (performance.now() - startMs) / 1000;
const run: MemoryRun = { order, before, ...figures, after: await readMemory(), seconds };
process.stdout.write(JSON.stringify(run));
