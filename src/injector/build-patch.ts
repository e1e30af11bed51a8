/** JSON Patch (RFC 6902) that puts the sidecar into a pod. It only adds; what the pod has stays as it is. Pure. */
import type { JsonValue } from "./json-value.ts";
import { STATUS_ANNOTATION } from "./names.ts";
import type { PodView } from "./read-pod.ts";
import { type Injection, SOCKET_MOUNT } from "./render-sidecar.ts";

export interface PatchOperation {
  readonly op: "add";
  readonly path: string;
  readonly value: JsonValue;
}

/** @param status text of the status annotation */
export function buildPatch(pod: PodView, injection: Injection, status: string): readonly PatchOperation[] {
  const { container, volumes, socketFor } = injection;
  return [
    // First: whatever initializes after it may ask for features.
    pod.initContainers === undefined
      ? add("/spec/initContainers", [container])
      : add("/spec/initContainers/0", container),
    ...append("/spec/volumes", pod.volumes, volumes),
    ...pod.containers.flatMap(({ name, volumeMounts }, index) =>
      socketFor.includes(name) ? append(`/spec/containers/${index}/volumeMounts`, volumeMounts, [SOCKET_MOUNT]) : [],
    ),
    pod.annotations === undefined
      ? add("/metadata/annotations", { [STATUS_ANNOTATION]: status })
      : add(`/metadata/annotations/${escapeKey(STATUS_ANNOTATION)}`, status),
  ];
}

function append(path: string, there: readonly unknown[] | undefined, values: readonly JsonValue[]): PatchOperation[] {
  if (values.length === 0) return [];
  return there === undefined ? [add(path, values)] : values.map((value) => add(`${path}/-`, value));
}

/** `add` on a member that is there replaces it, a null as well (RFC 6902, 4.1). */
function add(path: string, value: JsonValue): PatchOperation {
  return { op: "add", path, value };
}

/** A key as a step of a JSON Pointer (RFC 6901, 3). */
function escapeKey(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
