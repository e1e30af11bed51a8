/**
 * The webhook's decision on one page: a review and the template in, the answer out. No I/O; dry runs are decided like all others,
 * since nothing here has effects.
 */
import { buildPatch } from "./build-patch.ts";
import { findConflicts } from "./find-conflicts.ts";
import type { JsonObject } from "./json-value.ts";
import { INJECT_LABEL } from "./names.ts";
import { readParameters } from "./read-parameters.ts";
import { type PodView, readPod } from "./read-pod.ts";
import { API_VERSION, KIND, type Review } from "./read-review.ts";
import { type Injection, renderSidecar } from "./render-sidecar.ts";
import type { Template } from "./template.ts";

/** `left`: not ours to change. */
export type Outcome = "injected" | "refused" | "left";

export interface Decision {
  readonly outcome: Outcome;
  /** For the log: which pod, and why not. */
  readonly pod: string;
  readonly reason: string;
  /** The AdmissionReview that goes back. */
  readonly answer: JsonObject;
}

/** @throws MalformedReview for an object that is no pod */
export function mutate(review: Review, template: Template, version: string): Decision {
  if (review.newPod === undefined) return left(review, "", "not the creation of a pod");
  const pod = readPod(review.newPod);
  const asked = pod.labels.get(INJECT_LABEL) ?? "false";
  if (asked === "false") return left(review, pod.name, "not asked for");
  if (asked !== "true") {
    const problem = `label ${INJECT_LABEL} = ${JSON.stringify(asked)} does not fit; expected "true" or "false"`;
    return refused(review, pod.name, [problem]);
  }
  if (hasSidecar(pod, template.name)) return left(review, pod.name, "already there");
  const read = readParameters(pod.annotations ?? new Map());
  if (!read.ok) return refused(review, pod.name, read.problems);
  const rendered = renderSidecar(template, read.parameters);
  if (!rendered.ok) return refused(review, pod.name, [rendered.problem]);
  const conflicts = findConflicts(pod, rendered.injection);
  if (conflicts.length > 0) return refused(review, pod.name, conflicts);
  const patch = buildPatch(pod, rendered.injection, statusText(rendered.injection, version));
  const encoded = Buffer.from(JSON.stringify(patch)).toString("base64");
  const response = { allowed: true, patchType: "JSONPatch", patch: encoded };
  return { outcome: "injected", pod: pod.name, reason: "", answer: answer(review, response) };
}

/** In whichever list: two containers of a name would be refused by the API server. */
function hasSidecar(pod: PodView, name: string): boolean {
  return [...(pod.initContainers ?? []), ...pod.containers].some((container) => container.name === name);
}

function left(review: Review, pod: string, reason: string): Decision {
  return { outcome: "left", pod, reason, answer: answer(review, { allowed: true }) };
}

function refused(review: Review, pod: string, problems: readonly string[]): Decision {
  const reason = `the sidecar cannot be injected: ${problems.join("; ")}`;
  const status = { status: "Failure", code: 400, reason: "BadRequest", message: reason };
  return { outcome: "refused", pod, reason, answer: answer(review, { allowed: false, status }) };
}

function answer({ uid }: Review, response: JsonObject): JsonObject {
  return { apiVersion: API_VERSION, kind: KIND, response: { uid, ...response } };
}

/** What a person with `kubectl describe` wants to know: from which injector, and what it added. */
function statusText({ container, name, volumes, socketFor }: Injection, version: string): string {
  return JSON.stringify({
    injector: version,
    container: name,
    image: container["image"],
    volumes: volumes.map((volume) => volume["name"]),
    ...(socketFor.length > 0 && { socketFor }),
  });
}
