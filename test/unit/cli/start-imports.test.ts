/** What every start of every verb loads, before it has read its command line: not what few verbs, or few configurations, need. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const CLI = new URL("../../../src/cli/", import.meta.url);
/** Values that are imported or passed on when a module loads: neither types nor `import()`. */
const STATIC = /^\s*(?:import|export)\b(?!\s+type\b)(?:[^;"'`]*?\bfrom)?\s*["']([^"']+)["']/gm;

/** Packages and Node's own modules that a file loads, and those that it loads loads. */
function loadedBy(file: URL, seen = new Set<string>()): Set<string> {
  for (const [, specifier = ""] of readFileSync(file, "utf8").matchAll(STATIC)) {
    const name = specifier.startsWith(".") ? new URL(specifier, file).href : specifier;
    if (seen.has(name)) continue;
    seen.add(name);
    if (specifier.startsWith(".")) loadedBy(new URL(name), seen);
  }
  return seen;
}

describe("a start of any verb", () => {
  const loaded = loadedBy(new URL("run.ts", CLI));

  it("was really looked at", () => {
    expect(loaded).toContain(new URL("bench.ts", CLI).href);
    expect(loaded).toContain("yaml");
  });

  it("loads no grpc-js, for which only `bench` over gRPC and `sidecar.transport: grpc-js` have a use", () => {
    expect([...loaded].filter((name) => name.startsWith("@grpc/"))).toEqual([]);
  });

  it("loads no exporters of traces and metrics", () => {
    expect([...loaded].filter((name) => name.startsWith("@opentelemetry/"))).toEqual([]);
  });
});
