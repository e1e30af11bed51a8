/**
 * Asks the feature services a few hundred times before the process calls itself ready, for keys that nobody has: plans are compiled,
 * the store's lane is used, V8 has seen the code. Without it the first hundred calls after ready pay for that.
 */
import type { CallContext, FeatureRequest, RequestColumn } from "./model/request.ts";
import type { Serve } from "./model/serve.ts";
import type { FeatureService, RegistrySnapshot } from "./model/snapshot.ts";
import { DUMMY_JOIN_KEY } from "./model/snapshot.ts";
import type { Surface } from "./model/surface.ts";
import { ValueType } from "./model/value-type.ts";

/** A pod should not wait for this: whatever is warm by then is warm. */
const BUDGET_MS = 120;
const MAX_CALLS = 400;
/** Repositories with hundreds of services: the first ones warm the code as well as all would. */
const MAX_SERVICES = 20;
const SURFACES: readonly Surface[] = ["serving_service", "http", "grpc_feature_server"];

/**
 * Never rejects: a service that cannot be served says so to its callers.
 * @param serves the ways that a request can go; each is gone in turn, by all services
 */
export async function warmUp(serves: readonly Serve[], snapshot: RegistrySnapshot, nowMs: () => number): Promise<void> {
  const requests = [...snapshot.services.values()]
    .slice(0, MAX_SERVICES)
    .flatMap((service) => SURFACES.map((surface) => requestOf(service, snapshot, surface)));
  if (requests.length === 0) return;
  const endMs = nowMs() + BUDGET_MS;
  for (let index = 0; index < MAX_CALLS && nowMs() < endMs; index += 1) {
    const call: CallContext = { startMs: nowMs(), deadlineMs: endMs, cancelled: false };
    try {
      const serve = serves[Math.floor(index / requests.length) % serves.length] as Serve;
      await serve(requests[index % requests.length] as FeatureRequest, call);
    } catch {
      // Compiled all the same.
    }
  }
}

function requestOf(service: FeatureService, snapshot: RegistrySnapshot, surface: Surface): FeatureRequest {
  const types = new Map<string, number>();
  for (const { viewName, joinKeyMap } of service.projections) {
    for (const { name, valueType } of snapshot.views.get(viewName)?.entityColumns ?? []) {
      if (name !== DUMMY_JOIN_KEY) types.set(joinKeyMap.get(name) ?? name, valueType);
    }
  }
  return {
    surface,
    featureService: service.name,
    features: [],
    fullFeatureNames: false,
    includeVersionMetadata: false,
    columns: [...types].map(([name, type]) => columnOf(name, type, surface)),
  };
}

/** One row whose key no writer uses: the smallest integer, or a text nobody would choose. */
function columnOf(name: string, type: number, surface: Surface): RequestColumn {
  const isText = type === ValueType.STRING || type === ValueType.BYTES;
  if (surface === "http") return { kind: "json", name, rows: 1, cells: [isText ? NOBODY : -(2n ** 31n)] };
  const bytes = isText ? Buffer.from([(type << 3) | 2, NOBODY.length, ...Buffer.from(NOBODY)]) : smallestInt(type);
  return { kind: "values", name, rows: 1, column: { bytes, spans: Int32Array.of(0, bytes.length) } };
}

const NOBODY = "\u0001feast-sidecar warm-up";

/** −2^31 as protobuf writes negative integers: ten bytes. */
function smallestInt(type: number): Buffer {
  return Buffer.from([type << 3, 0x80, 0x80, 0x80, 0x80, 0xf8, 0xff, 0xff, 0xff, 0xff, 0x01]);
}
