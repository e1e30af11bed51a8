/** What a template has to say, and what it must not. Pure; all problems are found, not only the first. */
import { CONTAINER_FIELDS } from "./container-fields.ts";
import { isList, isObject, type JsonObject, type JsonValue } from "./json-value.ts";
import { LABEL_NAME, LISTEN_VARIABLE, SOCKET_DIRECTORY, SOCKET_PLACE, SOCKET_VOLUME } from "./names.ts";

export interface TemplateProblem {
  /** Way to the value at fault; [] is the file. */
  readonly keys: readonly (string | number)[];
  /** What is wrong and what was expected. */
  readonly message: string;
}

export interface TemplateParts {
  /** As in a pod's `initContainers`. */
  readonly container: JsonObject;
  /** The container's name: who has one of that name has the sidecar. */
  readonly name: string;
  /** As in a pod's `volumes`. */
  readonly volumes: readonly JsonObject[];
  /** Which of them is the ConfigMap with `feature_store.yaml`; undefined: the template settles that otherwise. */
  readonly featuresVolume: string | undefined;
}

export type CheckedTemplate =
  | { readonly ok: true; readonly parts: TemplateParts }
  | { readonly ok: false; readonly problems: readonly TemplateProblem[] };

const KEYS = ["initContainer", "volumes", "featuresVolume"];

/** @param root the file as JSON */
export function checkTemplate(root: JsonValue): CheckedTemplate {
  const checker = new Checker();
  const parts = checker.template(root);
  return parts === undefined || checker.problems.length > 0
    ? { ok: false, problems: checker.problems }
    : { ok: true, parts };
}

type Keys = readonly (string | number)[];

class Checker {
  readonly problems: TemplateProblem[] = [];

  template(root: JsonValue): TemplateParts | undefined {
    if (!isObject(root)) {
      this.#wrong([], `expected a map with ${KEYS.join(", ")}`);
      return undefined;
    }
    this.#onlyKnown(root, [], KEYS, "expected one of");
    const container = root["initContainer"];
    if (!isObject(container)) {
      this.#wrong(["initContainer"], "expected a container, as in a pod's initContainers");
      return undefined;
    }
    const volumes = this.#maps(root["volumes"], ["volumes"], "a list of volumes, as in a pod");
    this.#volumes(volumes);
    this.#container(
      container,
      volumes.map((volume) => volume["name"]),
    );
    const featuresVolume = root["featuresVolume"];
    if (featuresVolume !== undefined) this.#featuresVolume(featuresVolume, volumes);
    return {
      container,
      name: String(container["name"]),
      volumes,
      featuresVolume: typeof featuresVolume === "string" ? featuresVolume : undefined,
    };
  }

  #volumes(volumes: readonly JsonObject[]): void {
    const seen = new Set<JsonValue>();
    for (const [index, volume] of volumes.entries()) {
      const keys = ["volumes", index];
      const name = this.#name(volume, keys);
      if (name === SOCKET_VOLUME)
        this.#wrong([...keys, "name"], "is the volume that the annotation uds adds; expected another");
      if (seen.has(name)) this.#wrong([...keys, "name"], `${name} stands here again; expected a name of its own`);
      seen.add(name);
      if (Object.keys(volume).length !== 2) this.#wrong(keys, "expected a name and one source, such as configMap");
    }
  }

  #container(container: JsonObject, volumeNames: readonly (JsonValue | undefined)[]): void {
    const keys = ["initContainer"];
    this.#onlyKnown(container, keys, CONTAINER_FIELDS, "no field of a container; Kubernetes has");
    this.#name(container, keys);
    if (typeof container["image"] !== "string" || container["image"] === "") {
      this.#wrong([...keys, "image"], "expected the sidecar's image");
    }
    if (container["restartPolicy"] !== "Always") {
      this.#wrong([...keys, "restartPolicy"], "expected Always: without it the pod waits for the sidecar to end");
    }
    for (const field of ["args", "command"]) this.#words(container[field], [...keys, field]);
    this.#environment(this.#maps(container["env"], [...keys, "env"], "a list of variables"), [...keys, "env"]);
    if (container["resources"] !== undefined && !isObject(container["resources"])) {
      this.#wrong([...keys, "resources"], "expected a map with requests and limits");
    }
    const mountKeys = [...keys, "volumeMounts"];
    for (const [index, mount] of this.#maps(container["volumeMounts"], mountKeys, "a list of mounts").entries()) {
      if (!volumeNames.includes(mount["name"] ?? null)) {
        this.#wrong([...mountKeys, index, "name"], "names no volume of this template; expected one of volumes");
      }
      if (typeof mount["mountPath"] !== "string" || SOCKET_PLACE.test(mount["mountPath"])) {
        this.#wrong(
          [...mountKeys, index, "mountPath"],
          `expected a path other than ${SOCKET_DIRECTORY}, which the annotation uds uses`,
        );
      }
    }
    this.#maps(container["ports"], [...keys, "ports"], "a list of ports");
  }

  #environment(variables: readonly JsonObject[], keys: Keys): void {
    for (const [index, variable] of variables.entries()) {
      if (typeof variable["name"] !== "string") this.#wrong([...keys, index, "name"], "expected a variable's name");
      const value = variable["value"];
      if (value !== undefined && typeof value !== "string") {
        this.#wrong([...keys, index, "value"], "expected text: put a number, true and false in quotes");
      }
    }
  }

  #words(words: JsonValue | undefined, keys: Keys): void {
    if (words === undefined) return;
    if (!isList(words) || !words.every((word) => typeof word === "string")) {
      this.#wrong(keys, "expected a list of words; put numbers in quotes");
    } else if (words.some((word) => /^--listen(=|$)/.test(word))) {
      // A flag beats the variable by which the annotations port and uds choose the listener.
      this.#wrong(keys, `--listen would beat the annotations; expected the address in env, as ${LISTEN_VARIABLE}`);
    }
  }

  #featuresVolume(name: JsonValue, volumes: readonly JsonObject[]): void {
    const volume = volumes.find((each) => each["name"] === name);
    if (!isObject(volume?.["configMap"])) {
      this.#wrong(["featuresVolume"], "expected the name of one of volumes that is a configMap");
    }
  }

  /** @returns the name, or "" after it was found wrong */
  #name(map: JsonObject, keys: Keys): string {
    const name = map["name"];
    if (typeof name === "string" && LABEL_NAME.test(name)) return name;
    this.#wrong([...keys, "name"], "expected a name of lower case letters, digits and -, at most 63");
    return "";
  }

  /** Absent is empty. */
  #maps(list: JsonValue | undefined, keys: Keys, expected: string): readonly JsonObject[] {
    if (list === undefined || list === null) return [];
    if (isList(list) && list.every(isObject)) return list;
    this.#wrong(keys, `expected ${expected}`);
    return [];
  }

  #onlyKnown(map: JsonObject, keys: Keys, known: readonly string[], expected: string): void {
    for (const key of Object.keys(map)) {
      if (!known.includes(key)) this.#wrong([...keys, key], `unknown key; ${expected} ${known.join(", ")}`);
    }
  }

  #wrong(keys: Keys, message: string): void {
    this.problems.push({ keys, message });
  }
}
