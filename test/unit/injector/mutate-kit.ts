/** What the tests of decisions share: reviews of recorded pods, and what the injector makes of them. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { type Decision, mutate } from "../../../src/injector/mutate.ts";
import { readReview } from "../../../src/injector/read-review.ts";
import { parseTemplate } from "../../../src/injector/template.ts";
import { patchedPod, recordedReview, TEMPLATE_FILE } from "../../helpers/admission.ts";

export type Review = ReturnType<typeof recordedReview>;
export type Change = Parameters<typeof recordedReview>[1];

export const TEXT = readFileSync(TEMPLATE_FILE, "utf8");
export const TEMPLATE = parseTemplate(TEXT, "t.yaml");
export const D = "feast-sidecar.dev";

export function decide(review: Review, template = TEMPLATE): Decision {
  return mutate(readReview(Buffer.from(JSON.stringify(review))), template, "1.2.3");
}

/** The review of a pod with these annotations beside those of the recording. */
export function asking(annotations: Readonly<Record<string, string>>, change: Change = () => {}): Review {
  return recordedReview("pod-of-replica-set", (pod, all) => {
    for (const [name, value] of Object.entries(annotations)) pod.metadata.annotations[`${D}/${name}`] = value;
    change(pod, all);
  });
}

/** The pod after injection. */
export function inject(
  annotations: Readonly<Record<string, string>> = {},
  change?: Change,
  template = TEMPLATE,
): Review {
  const review = asking(annotations, change);
  return patchedPod(review, decide(review, template).answer);
}

/** Why the injection was refused. */
export function refusal(annotations: Readonly<Record<string, string>>, change?: Change, template = TEMPLATE): string {
  const review = asking(annotations, change);
  const { outcome, reason, answer } = decide(review, template);
  expect(outcome).toBe("refused");
  expect(answer).toEqual({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid: review.request.uid,
      allowed: false,
      status: { status: "Failure", code: 400, reason: "BadRequest", message: reason },
    },
  });
  expect(reason).toMatch(/^the sidecar cannot be injected: /);
  return reason.replace(/^the sidecar cannot be injected: /, "");
}
