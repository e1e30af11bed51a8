/** Kubernetes quantities, as far as a container's requests need them: bounded, so that a forgotten unit is found. */

const MAX_CPU_MILLIS = 64_000;
const UNIT_BYTES: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};
/** Less, and Node does not come up. */
const MIN_MEMORY_BYTES = 64 * 2 ** 20;
const MAX_MEMORY_BYTES = 64 * 2 ** 30;

/** Completes "expected …". */
export const CPU_FORM = "a CPU quantity such as 250m, 0.5 or 2, from 1m to 64";
export const MEMORY_FORM = "a memory quantity with a unit, such as 256Mi or 1Gi, from 64Mi to 64Gi";

/** Whether `text` is a request of CPU that a node could grant. */
export function isCpu(text: string): boolean {
  const match = /^(?:(\d{1,8})m|(\d{1,5}(?:\.\d{1,3})?))$/.exec(text);
  const millis = match?.[1] === undefined ? Number(match?.[2]) * 1000 : Number(match[1]);
  return millis >= 1 && millis <= MAX_CPU_MILLIS;
}

/** Whether `text` is memory that the sidecar can run in. */
export function isMemory(text: string): boolean {
  const bytes = memoryBytes(text);
  return bytes >= MIN_MEMORY_BYTES && bytes <= MAX_MEMORY_BYTES;
}

/** Bytes of a memory quantity, a part of one cut off; NaN for what is none. */
export function memoryBytes(text: string): number {
  const match = /^(\d{1,12})(?:\.(\d{1,3}))?(k|M|G|Ki|Mi|Gi)?$/.exec(text);
  const unitBytes = UNIT_BYTES[match?.[3] ?? ""];
  if (match === null || unitBytes === undefined) return Number.NaN;
  // In whole thousandths: 67108.864k are 64Mi, which a multiplication by 1e3 may miss.
  const thousandths = BigInt(`${match[1]}${(match[2] ?? "").padEnd(3, "0")}`);
  return Number((thousandths * BigInt(unitBytes)) / 1000n);
}
