/** On which TCP ports a sidecar's container listens, as far as the container tells. Pure. */
import { isObject, type JsonObject, listOf } from "./json-value.ts";
import { ADMIN_VARIABLE, LISTEN_VARIABLE } from "./names.ts";

/** Where the sidecar listens when no variable says otherwise: `sidecar.listen` and `sidecar.admin` in docs/configuration.md. */
const DEFAULT_LISTEN = "127.0.0.1:6566";
const DEFAULT_ADMIN = "0.0.0.0:9566";

export interface ListeningPorts {
  /** For features; empty with a socket alone. */
  readonly data: readonly number[];
  /** The admin port, and every other one that the container declares. */
  readonly others: readonly number[];
}

export function listeningPorts(container: JsonObject): ListeningPorts {
  const data = portsIn(variable(container, LISTEN_VARIABLE, DEFAULT_LISTEN));
  const admin = portsIn(variable(container, ADMIN_VARIABLE, DEFAULT_ADMIN));
  // A container may declare its data port; that is no second listener.
  const declared = declaredPorts(container).filter((port) => !data.includes(port));
  return { data, others: [...new Set([...admin, ...declared])] };
}

/** @returns "" for one whose value is known in the pod only */
function variable(container: JsonObject, name: string, otherwise: string): string {
  const found = listOf(container["env"]).find((each) => isObject(each) && each["name"] === name);
  if (!isObject(found)) return otherwise;
  return typeof found["value"] === "string" ? found["value"] : "";
}

/** Of addresses in a list of YAML or JSON, or one alone: digits behind a colon, at the end of an address. */
function portsIn(addresses: string): readonly number[] {
  return [...addresses.matchAll(/:(\d{1,5})(?=["'\],\s]|$)/g)].map(([, port]) => Number(port));
}

function declaredPorts(container: JsonObject): readonly number[] {
  return listOf(container["ports"])
    .map((port) => (isObject(port) ? port["containerPort"] : undefined))
    .filter((port) => typeof port === "number");
}
