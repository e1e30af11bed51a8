/** Who sends the spans and metrics: this process, as OpenTelemetry's detectors and the standard variables describe it. */
import {
  defaultResource,
  detectResources,
  envDetector,
  hostDetector,
  osDetector,
  processDetector,
  type Resource,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from "@opentelemetry/resources";
import type { SpanOrigin } from "./span-writer.ts";

/** Those of the SDK, in its order: what the variables say counts. */
const DETECTORS = [serviceInstanceIdDetector, processDetector, hostDetector, osDetector, envDetector];

export function ownResource(version: string): Resource {
  return defaultResource()
    .merge(resourceFromAttributes({ "service.name": "feast-sidecar", "service.version": version }))
    .merge(detectResources({ detectors: DETECTORS }));
}

/** Waits for those that are read from files. */
export async function ownAttributes(resource: Resource): Promise<SpanOrigin["attributes"]> {
  await resource.waitForAsyncAttributes?.();
  const known = Object.entries(resource.attributes).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(known) as SpanOrigin["attributes"];
}
