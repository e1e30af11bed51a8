/** The annotations by which a pod's owner changes what the template says. Pure; every problem is told at once. */
import { DOMAIN, LABEL_NAME, OBJECT_NAME, STATUS_ANNOTATION } from "./names.ts";
import { CPU_FORM, isCpu, isMemory, MEMORY_FORM } from "./quantity.ts";

/** What the annotations asked for; undefined leaves it to the template. */
export interface Parameters {
  /** ConfigMap, in the pod's namespace, with `feature_store.yaml`. */
  readonly featuresConfig: string | undefined;
  readonly image: string | undefined;
  readonly cpu: string | undefined;
  readonly memory: string | undefined;
  /** Loopback port of the data listener. */
  readonly port: number | undefined;
  /** Containers that get the Unix socket mounted; empty = no socket. */
  readonly socketFor: readonly string[];
}

export type ReadParameters =
  | { readonly ok: true; readonly parameters: Parameters }
  | { readonly ok: false; readonly problems: readonly string[] };

interface Rule {
  /** Completes "expected …". */
  readonly expected: string;
  readonly fits: (text: string) => boolean;
}

/** `name[:tag][@digest]`, as far as a mistake can be told without asking a registry. */
const IMAGE = /^(?=.{1,512}$)[a-zA-Z0-9][\w.:/-]*(@sha256:[0-9a-f]{64})?$/;

const RULES = {
  "features-config": {
    expected: "the name of a ConfigMap that holds feature_store.yaml",
    fits: (text) => OBJECT_NAME.test(text),
  },
  image: { expected: "an image such as example.org/feast-sidecar:1.2.3", fits: (text) => IMAGE.test(text) },
  cpu: { expected: CPU_FORM, fits: isCpu },
  memory: { expected: MEMORY_FORM, fits: isMemory },
  port: { expected: "a port from 1024 to 65535", fits: isPort },
  uds: {
    expected: "the names of containers of this pod, separated by commas",
    fits: (text) => isContainerList(namesIn(text)),
  },
} as const satisfies Readonly<Record<string, Rule>>;

type ParameterName = keyof typeof RULES;

/** @param annotations all of the pod's; those of other domains are not ours to judge */
export function readParameters(annotations: ReadonlyMap<string, string>): ReadParameters {
  const given: Partial<Record<ParameterName, string>> = {};
  const problems: string[] = [];
  for (const [key, text] of annotations) {
    if (!key.startsWith(DOMAIN) || key === STATUS_ANNOTATION) continue;
    const name = key.slice(DOMAIN.length);
    if (!isParameter(name)) {
      problems.push(`annotation ${key} is unknown; expected one of ${Object.keys(RULES).join(", ")} after ${DOMAIN}`);
    } else if (RULES[name].fits(text)) {
      given[name] = text;
    } else {
      problems.push(`annotation ${key} = ${shown(text)} does not fit; expected ${RULES[name].expected}`);
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    parameters: {
      featuresConfig: given["features-config"],
      image: given.image,
      cpu: given.cpu,
      memory: given.memory,
      port: given.port === undefined ? undefined : Number(given.port),
      socketFor: given.uds === undefined ? [] : namesIn(given.uds),
    },
  };
}

function isParameter(name: string): name is ParameterName {
  return Object.hasOwn(RULES, name);
}

/** The sidecar runs without the right to bind lower ones. 01024 is not plain: some read it as octal. */
function isPort(text: string): boolean {
  return /^[1-9]\d{3,4}$/.test(text) && Number(text) >= 1024 && Number(text) <= 65_535;
}

function namesIn(text: string): readonly string[] {
  return text.split(",").map((name) => name.trim());
}

function isContainerList(names: readonly string[]): boolean {
  return names.every((name) => LABEL_NAME.test(name)) && new Set(names).size === names.length;
}

const SHOWN_LENGTH = 60;

/** An annotation may be 256 KiB long. */
function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text);
}
