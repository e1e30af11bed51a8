/** Short makers of registry messages for tests; project is always "p". */
import type { FeatureView, FeatureViewMeta, FeatureViewSpec } from "../../../src/gen/feast/core/FeatureView.ts";
import type { LabelView } from "../../../src/gen/feast/core/LabelView.ts";
import type { OnDemandFeatureView, OnDemandSource } from "../../../src/gen/feast/core/OnDemandFeatureView.ts";
import { Registry } from "../../../src/gen/feast/core/Registry.ts";
import type { StreamFeatureView } from "../../../src/gen/feast/core/StreamFeatureView.ts";

const common = { project: "p", entities: [], features: [], entityColumns: [], ttl: undefined };

export const emptySpecs = {
  entity: { name: "", valueType: 0, joinKey: "", project: "p" },
  service: { name: "", project: "p", features: [], precomputeOnline: false },
} as const satisfies Record<string, object>;

/** An empty registry but for the given parts. */
export function registryOf(parts: Partial<{ [K in keyof Registry]: unknown }>): Registry {
  return Object.assign(Registry.decode(Buffer.alloc(0)), parts);
}

export function featureView(spec: Partial<FeatureViewSpec>, meta?: FeatureViewMeta): FeatureView {
  return { spec: { name: "", version: "", disabled: false, ...common, ...spec }, meta };
}

export function stream(name: string): StreamFeatureView {
  return { spec: { name, version: "", disabled: false, ...common }, meta: undefined };
}

export function label(name: string): LabelView {
  return { spec: { name, ...common } };
}

export function onDemandView(name: string, sources = new Map<string, OnDemandSource>()): OnDemandFeatureView {
  const spec = { ...common, name, sources, writeToOnlineStore: false, version: "", disabled: false };
  return { spec, meta: undefined };
}
