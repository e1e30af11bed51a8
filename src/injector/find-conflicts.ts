/** What in a pod stands against an injection that is right in itself. Pure; every conflict is told at once. */
import { DOMAIN, SOCKET_DIRECTORY, SOCKET_PLACE } from "./names.ts";
import type { PodView } from "./read-pod.ts";
import type { Injection } from "./render-sidecar.ts";

/** Sentences; none = the sidecar fits in. */
export function findConflicts(pod: PodView, injection: Injection): readonly string[] {
  return [
    ...networkConflicts(pod),
    ...volumeConflicts(pod, injection),
    ...portConflicts(pod, injection),
    ...socketConflicts(pod, injection),
  ];
}

function networkConflicts(pod: PodView): readonly string[] {
  if (!pod.hostNetwork) return [];
  return [
    "spec.hostNetwork is true: the sidecar would listen on the node's ports, for every pod there; expected false",
  ];
}

function volumeConflicts(pod: PodView, { volumes }: Injection): readonly string[] {
  return volumes
    .filter(({ name }) => typeof name === "string" && pod.volumes?.includes(name))
    .map(({ name }) => `spec.volumes has a ${name} already, which the sidecar brings; expected another name`);
}

/** Containers of a pod share its ports. */
function portConflicts(pod: PodView, injection: Injection): readonly string[] {
  return [...pod.containers, ...(pod.initContainers ?? [])].flatMap(({ name, ports }) =>
    ports
      .filter((port) => injection.ports.includes(port))
      .map((port) => `container ${name} has port ${port}, on which the sidecar listens; expected another`),
  );
}

function socketConflicts(pod: PodView, { socketFor }: Injection): readonly string[] {
  if (socketFor.length === 0) return [];
  const found: string[] = [];
  const annotation = `annotation ${DOMAIN}uds`;
  if (!pod.hasFsGroup) {
    found.push(`${annotation} needs spec.securityContext.fsGroup, the group in which both sides may open the socket`);
  }
  for (const name of socketFor) {
    const container = pod.containers.find((each) => each.name === name);
    if (container === undefined) {
      const names = pod.containers.map((each) => each.name).join(", ");
      found.push(`${annotation}: this pod has no container ${name}; expected one of ${names}`);
    } else if (container.volumeMounts?.some((path) => SOCKET_PLACE.test(path))) {
      found.push(
        `${annotation}: container ${name} has something mounted at ${SOCKET_DIRECTORY}; expected nothing there`,
      );
    }
  }
  return found;
}
