import { describe, expect, it } from "vitest";
import { readPod } from "../../../src/injector/read-pod.ts";
import { MalformedReview, readReview } from "../../../src/injector/read-review.ts";
import { recordedReview } from "../../helpers/admission.ts";

function read(review: unknown): ReturnType<typeof readReview> {
  return readReview(Buffer.from(JSON.stringify(review)));
}

describe("a review", () => {
  it("of a new pod has the pod", () => {
    const review = recordedReview("pod-dry-run");
    expect(read(review)).toEqual({
      uid: review.request.uid,
      namespace: "ml",
      dryRun: true,
      newPod: review.request.object,
    });
    expect(read(recordedReview("pod-of-replica-set"))).toMatchObject({ dryRun: false, namespace: "ml" });
  });

  it.each<[string, Parameters<typeof recordedReview>[1]]>([
    ["an update", (_pod, { request }) => Object.assign(request, { operation: "UPDATE" })],
    ["a connect", (_pod, { request }) => Object.assign(request, { operation: "CONNECT", object: null })],
    ["a subresource", (_pod, { request }) => Object.assign(request, { subResource: "eviction" })],
    ["another kind", (_pod, { request }) => Object.assign(request.kind, { kind: "Service" })],
    ["another group", (_pod, { request }) => Object.assign(request.kind, { group: "example.org" })],
    ["another version", (_pod, { request }) => Object.assign(request.kind, { version: "v2" })],
    ["no kind", (_pod, { request }) => Object.assign(request, { kind: null })],
  ])("of %s has none", (_what, change) => {
    expect(read(recordedReview("pod-dry-run", change)).newPod).toBeUndefined();
  });

  it.each<[string, string | Buffer]>([
    ["the body is not JSON in UTF-8", ""],
    ["the body is not JSON in UTF-8", "{"],
    ["the body is not JSON in UTF-8", Buffer.from([0x22, 0xff, 0x22])],
    ["the body is no JSON object", "[]"],
    ["the body is no AdmissionReview of admission.k8s.io/v1", "{}"],
    ["the body is no AdmissionReview", '{"apiVersion":"admission.k8s.io/v1beta1","kind":"AdmissionReview"}'],
    ["the body is no AdmissionReview", '{"apiVersion":"admission.k8s.io/v1","kind":"Pod"}'],
    ["request is missing", '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}'],
    ["request.uid is missing", '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{}}'],
    ["request.uid is missing", '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":7}}'],
  ])("is refused: %s (%j)", (sentence, body) => {
    expect(() => readReview(Buffer.from(body as string))).toThrow(new RegExp(`^${sentence.replaceAll(".", "\\.")}`));
  });

  it("of a new pod that is not there is refused", () => {
    const review = recordedReview("pod-dry-run", (_pod, { request }) => Object.assign(request, { object: null }));
    expect(() => read(review)).toThrow("request.object is missing; expected the pod that is created");
  });
});

describe("a pod", () => {
  it("is looked at where the injector needs it", () => {
    expect(readPod(recordedReview("pod-of-replica-set").request.object)).toEqual({
      name: "bento-6d4f7c9b8d-…",
      labels: new Map([
        ["app", "churn"],
        ["feast-sidecar.dev/inject", "true"],
      ]),
      annotations: new Map([["feast-sidecar.dev/features-config", "churn-features"]]),
      initContainers: [
        { name: "fetch-model", ports: [], volumeMounts: ["/var/run/secrets/kubernetes.io/serviceaccount"] },
      ],
      containers: [{ name: "bento", ports: [3000], volumeMounts: ["/var/run/secrets/kubernetes.io/serviceaccount"] }],
      volumes: ["kube-api-access-x7k2p"],
      hostNetwork: false,
      hasFsGroup: false,
    });
  });

  it("may lack every list and map, or have null there", () => {
    const bare = { name: "", labels: new Map(), annotations: undefined, initContainers: undefined, containers: [] };
    expect(readPod({ spec: {} })).toMatchObject({ ...bare, volumes: undefined });
    expect(readPod({ metadata: null, spec: { containers: null, initContainers: null, volumes: null } })).toMatchObject(
      bare,
    );
  });

  it.each([
    [{}, "object.spec is missing"],
    [{ spec: 1 }, "object.spec has another form than a pod's; expected an object"],
    [{ spec: { containers: {} } }, "spec.containers has another form than a pod's; expected a list of objects"],
    [{ spec: { containers: [null] } }, "spec.containers has another form"],
    [{ spec: { containers: [{}] } }, "a container has no name"],
    [{ spec: { volumes: [{}] } }, "spec.volumes has no name"],
    [{ spec: { initContainers: [{ name: "a", ports: 1 }] } }, "container a.ports has another form"],
    [{ spec: { containers: [{ name: "a", volumeMounts: [{}] }] } }, "container a.volumeMounts has no mountPath"],
    [{ metadata: { labels: [] }, spec: {} }, "metadata.labels has another form"],
    [{ metadata: { annotations: { a: 1 } }, spec: {} }, "metadata.annotations: a is no text"],
  ])("of another form is refused: %j", (pod, sentence) => {
    expect(() => readPod(pod)).toThrow(MalformedReview);
    expect(() => readPod(pod)).toThrow(sentence);
  });
});
