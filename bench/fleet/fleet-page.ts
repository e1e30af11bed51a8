/** bench/results/fleet.md; nothing on it is written by hand. */
import { rowsOf } from "./plan.ts";
import { count } from "./print-figures.ts";
import type { FleetResults } from "./results.ts";
import { memoryTable, stormTable } from "./storm-tables.ts";
import { fullTable, manyTable, quietTable, slowTable } from "./trial-tables.ts";

/** @param jsonName the file beside it */
export function renderFleetPage(results: FleetResults, jsonName: string): string {
  const { machine, plan, seconds } = results;
  const rows = count(rowsOf(plan));
  return `# What a fleet of sidecars costs Redis

Made by \`node bench/fleet.ts\` from [${jsonName}](${jsonName}); not edited. ${machine.date}, commit ${machine.commit}, Node ${machine.node},
Redis ${machine.redis}, ${machine.cores} × ${machine.cpu}; rounds: ${plan.rounds}, ${Math.round(seconds)} s in all. What follows from it for operators: [docs/capacity.md](../../docs/capacity.md). How it is measured: [bench/README.md](../README.md#a-fleet-of-sidecars).

${count(plan.sidecars)} sidecars' Redis sides (the project's own store, default options but \`read_from: replica\`) in one process read one replica;
each keeps ${count(plan.keysPerSidecar)} rows and reads each once in ${plan.ttlSeconds} s. "Off" and "on" are client tracking; they take turns within a round.
${plan.sidecars} whole sidecar processes would not fit on ${machine.cores} cores. The replica has core 0;
${sharing(machine.cores)}

## A materialization

${rows} rows of one view (ten features and \`_ts\`), each a pipelined HSET to the primary. Every key that sidecars hold is among them; each
is told to each of its holders once. CPU is all that the process took, pings, samples and reads of the fleet included; that of a push is what
is left of on minus off after these are taken off. An \`omem\` of 20,504 bytes is one block, the least that Redis takes.

### As fast as the primary takes them

${stormTable(results, "full")}

### ${count(plan.rowsPerSecond)} rows a second

${stormTable(results, "paced")}

## The table of tracked keys

The replica's INFO when all working sets have been read once. With tracking off the table has to come out near 0.

${memoryTable(results)}

## Nothing is written

Idle, each sidecar pings its connections and asks each node for INFO four times a second (\`redis.max_lag\` / 4). Single reads are of rows
that were not read before; the idle cost is taken off.

${quietTable(results)}

## More connections

Bare connections that do nothing but read once and listen: no pings, no samples. Rows are written at full speed.

${manyTable(results)}

## A client that does not read

A bare connection stops reading for 2 s, in which all rows are written. What fits into the kernel's socket buffers is in no \`omem\`.

${slowTable(results)}

## More keys than the replica may remember

\`tracking-table-max-keys\` is set to half of the keys that the sidecars hold (Redis' default: 1,000,000). Above it Redis forgets keys at
random and tells their holders as if they had changed. Every key is held by one sidecar.

${fullTable(results)}
`;
}

function sharing(cores: number): string {
  if (cores < 3)
    return "the primary, the writer and the sidecars share the other one, so that the write takes longer when sidecars have more to do.";
  return cores < 4 ? "primary and writer share a core." : "primary, writer and sidecars have one each.";
}
