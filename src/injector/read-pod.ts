/** A pod as far as the injector looks at it. The API server has checked its form; what does not have it is no pod. */
import { isList, isObject, type JsonObject } from "./json-value.ts";
import { MalformedReview } from "./read-review.ts";

export interface PodView {
  /** For people: the name, or what the API server will make one of. */
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  /** undefined: the key is absent or null, and has to be made before something can be put there. The same below. */
  readonly annotations: ReadonlyMap<string, string> | undefined;
  readonly initContainers: readonly ContainerView[] | undefined;
  readonly containers: readonly ContainerView[];
  /** Names. */
  readonly volumes: readonly string[] | undefined;
  readonly hostNetwork: boolean;
  readonly hasFsGroup: boolean;
}

export interface ContainerView {
  readonly name: string;
  readonly ports: readonly number[];
  /** Paths. */
  readonly volumeMounts: readonly string[] | undefined;
}

/** @throws MalformedReview naming the field */
export function readPod(object: JsonObject): PodView {
  const metadata = mapAt(object, "metadata", "object") ?? {};
  const spec = mapAt(object, "spec", "object");
  if (spec === undefined) throw new MalformedReview("object.spec is missing; expected a pod's spec");
  return {
    name: nameOf(metadata),
    labels: textsAt(metadata, "labels") ?? new Map(),
    annotations: textsAt(metadata, "annotations"),
    initContainers: mapsAt(spec, "initContainers", "spec")?.map(readContainer),
    containers: (mapsAt(spec, "containers", "spec") ?? []).map(readContainer),
    volumes: mapsAt(spec, "volumes", "spec")?.map((volume) => textAt(volume, "name", "spec.volumes")),
    hostNetwork: spec["hostNetwork"] === true,
    hasFsGroup: typeof mapAt(spec, "securityContext", "spec")?.["fsGroup"] === "number",
  };
}

/** A controller's pod has no name yet, only what it will begin with. */
function nameOf({ ["name"]: name, ["generateName"]: start }: JsonObject): string {
  if (typeof name === "string" && name !== "") return name;
  return typeof start === "string" ? `${start}…` : "";
}

function readContainer(container: JsonObject): ContainerView {
  const name = textAt(container, "name", "a container");
  return {
    name,
    ports: (mapsAt(container, "ports", `container ${name}`) ?? [])
      .map((port) => port["containerPort"])
      .filter((port) => typeof port === "number"),
    volumeMounts: mapsAt(container, "volumeMounts", `container ${name}`)?.map((mount) =>
      textAt(mount, "mountPath", `container ${name}.volumeMounts`),
    ),
  };
}

function mapAt(map: JsonObject, key: string, where: string): JsonObject | undefined {
  const value = map[key];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw new MalformedReview(`${where}.${key} has another form than a pod's; expected an object`);
  return value;
}

function mapsAt(map: JsonObject, key: string, where: string): readonly JsonObject[] | undefined {
  const value = map[key];
  if (value === undefined || value === null) return undefined;
  if (isList(value) && value.every(isObject)) return value;
  throw new MalformedReview(`${where}.${key} has another form than a pod's; expected a list of objects`);
}

function textAt(map: JsonObject, key: string, where: string): string {
  const value = map[key];
  if (typeof value !== "string") throw new MalformedReview(`${where} has no ${key}; expected text`);
  return value;
}

/** Labels and annotations. */
function textsAt(metadata: JsonObject, key: string): ReadonlyMap<string, string> | undefined {
  const map = mapAt(metadata, key, "metadata");
  if (map === undefined) return undefined;
  const entries = Object.entries(map);
  const wrong = entries.find(([, value]) => typeof value !== "string");
  if (wrong !== undefined) throw new MalformedReview(`metadata.${key}: ${wrong[0]} is no text; expected text`);
  return new Map(entries as [string, string][]);
}
