/**
 * What V8's `--trace-gc-nvp` says was allocated: each collection's line names the bytes allocated since the one before. The first
 * collection of the text began before it, which evens out with what follows the last.
 */
export function allocatedBytes(trace: string): number {
  const found = [...trace.matchAll(/^\[.* GC: \{.*"allocated":(\d+)/gm)];
  return found.reduce((sum, [, bytes]) => sum + Number(bytes), 0);
}
