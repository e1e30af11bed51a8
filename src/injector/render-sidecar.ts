/** The template with a pod's parameters in it: what goes into that pod. Pure. */
import { isObject, type JsonObject, type JsonValue, listOf } from "./json-value.ts";
import { listeningPorts } from "./listening-ports.ts";
import { CACHE_VARIABLE, DOMAIN, LISTEN_VARIABLE, SOCKET_DIRECTORY, SOCKET_PATH, SOCKET_VOLUME } from "./names.ts";
import { memoryBytes } from "./quantity.ts";
import type { Parameters } from "./read-parameters.ts";
import type { Template } from "./template.ts";

export interface Injection {
  readonly container: JsonObject;
  readonly name: string;
  readonly volumes: readonly JsonObject[];
  /** Containers of the pod that get {@link SOCKET_MOUNT}. */
  readonly socketFor: readonly string[];
  /** TCP: those that the container declares, and those of its listeners. */
  readonly ports: readonly number[];
}

export type Rendered =
  | { readonly ok: true; readonly injection: Injection }
  | { readonly ok: false; readonly problem: string };

export const SOCKET_MOUNT: JsonObject = { name: SOCKET_VOLUME, mountPath: SOCKET_DIRECTORY };

/** Memory, because a socket needs no disk and a read-only root has no place for one. */
const SOCKET_EMPTY_DIR: JsonObject = { name: SOCKET_VOLUME, emptyDir: { medium: "Memory", sizeLimit: "1Mi" } };

export function renderSidecar(template: Template, parameters: Parameters): Rendered {
  const features = nameFeatures(template, parameters.featuresConfig);
  if (typeof features === "string") return { ok: false, problem: features };
  const hasSocket = parameters.socketFor.length > 0;
  const { image, port, socketFor } = parameters;
  const container: JsonObject = {
    ...template.container,
    ...(image !== undefined && { image }),
    ...withResources(template.container["resources"], parameters),
    ...withVariables(template.container["env"], parameters),
    ...(hasSocket && { volumeMounts: [...listOf(template.container["volumeMounts"]), SOCKET_MOUNT] }),
  };
  const { others } = listeningPorts(template.container);
  if (port !== undefined && others.includes(port)) {
    const problem = `annotation ${DOMAIN}port = ${port} is the sidecar's port for probes and metrics; expected another`;
    return { ok: false, problem };
  }
  return {
    ok: true,
    injection: {
      container,
      name: template.name,
      volumes: hasSocket ? [...features, SOCKET_EMPTY_DIR] : features,
      socketFor,
      ports: [...others, ...listeningPorts(container).data],
    },
  };
}

/** The template's volumes with the ConfigMap of the pod's choice, or what stands against that. */
function nameFeatures({ volumes, featuresVolume }: Template, name: string | undefined): readonly JsonObject[] | string {
  const annotation = `annotation ${DOMAIN}features-config`;
  if (featuresVolume === undefined) {
    return name === undefined
      ? volumes
      : `${annotation}: the injector's template names no featuresVolume; leave it out`;
  }
  const problems: string[] = [];
  const named = volumes.map((volume) => {
    const configMap = volume["configMap"];
    if (volume["name"] !== featuresVolume || !isObject(configMap)) return volume;
    if (name !== undefined) return { ...volume, configMap: { ...configMap, name } };
    if (configMap["name"] === undefined) {
      problems.push(`${annotation} is missing; expected the name of a ConfigMap that holds feature_store.yaml`);
    }
    return volume;
  });
  return problems[0] ?? named;
}

/** Memory is request and limit at once, so that the node never has to take it back; CPU gets no limit, which would throttle. */
function withResources(resources: JsonValue | undefined, { cpu, memory }: Parameters): JsonObject {
  if (cpu === undefined && memory === undefined) return {};
  const { requests, limits, ...rest } = isObject(resources) ? resources : {};
  const asked = { ...objectOf(requests), ...(cpu !== undefined && { cpu }), ...(memory !== undefined && { memory }) };
  const limited = { ...objectOf(limits), ...(memory !== undefined && { memory }) };
  return {
    resources: { ...rest, requests: asked, ...(Object.keys(limited).length > 0 && { limits: limited }) },
  };
}

/** The variables that parameters decide, each in the place of the template's own. */
function withVariables(env: JsonValue | undefined, { port, socketFor, memory }: Parameters): JsonObject {
  const chosen: JsonObject[] = [];
  // With a socket and no port the socket is all there is.
  const addresses = [
    ...(port === undefined ? [] : [`127.0.0.1:${port}`]),
    ...(socketFor.length > 0 ? [`unix:${SOCKET_PATH}`] : []),
  ];
  // A list in JSON is one in YAML, as which the sidecar reads it.
  if (addresses.length > 0) chosen.push({ name: LISTEN_VARIABLE, value: JSON.stringify(addresses) });
  if (memory !== undefined) chosen.push({ name: CACHE_VARIABLE, value: cacheMaxBytes(memory) });
  if (chosen.length === 0) return {};
  return { env: chosen.reduce(putVariable, listOf(env)) };
}

/** An eighth of the memory limit, as in the chart and in the policy: heap and buffers need the rest (docs/sizing.md). */
function cacheMaxBytes(memory: string): string {
  return `${Math.floor(memoryBytes(memory) / 8 / 2 ** 20)}MiB`;
}

function putVariable(variables: readonly JsonValue[], variable: JsonObject): readonly JsonValue[] {
  const isSame = (other: JsonValue): boolean => objectOf(other)["name"] === variable["name"];
  if (!variables.some(isSame)) return [...variables, variable];
  return variables.map((other) => (isSame(other) ? variable : other));
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}
