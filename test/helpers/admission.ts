/** AdmissionReviews as an API server 1.37.2 sent them, changed as a test needs them, and what it would make of the answer. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { applyPatch, type Operation } from "rfc6902";

// biome-ignore lint/suspicious/noExplicitAny: a test reaches anywhere into a pod, and what is not there fails it.
type Loose = any;

export const TEMPLATE_FILE = fixture("template.yaml");

/** Made with `--dry-run=server`; as a ReplicaSet makes it, without a name, with a token volume and an init container. */
export type ReviewName = "pod-dry-run" | "pod-of-replica-set";

function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/admission/${name}`, import.meta.url));
}

/** @param change edits the review in place */
export function recordedReview(name: ReviewName, change: (pod: Loose, review: Loose) => void = () => {}): Loose {
  const review = JSON.parse(readFileSync(fixture(`${name}.json`), "utf8"));
  change(review.request.object, review);
  return review;
}

/** The pod after the answer's patch; the review stays as it is. @throws Error unless the answer fits the review and has a patch */
export function patchedPod(review: Loose, answer: Loose): Loose {
  const { uid, allowed, patchType, patch } = answer.response;
  if (answer.apiVersion !== review.apiVersion || answer.kind !== review.kind || uid !== review.request.uid) {
    throw new Error(`the answer is not of this review: ${JSON.stringify(answer)}`);
  }
  if (allowed !== true || patchType !== "JSONPatch") throw new Error(`no patch: ${JSON.stringify(answer)}`);
  const pod = structuredClone(review.request.object);
  const operations = JSON.parse(Buffer.from(patch, "base64").toString("utf8")) as Operation[];
  const failed = applyPatch(pod, operations).find((result) => result !== null);
  if (failed !== undefined && failed !== null) throw failed;
  return pod;
}
