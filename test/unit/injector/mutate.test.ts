/** The decision and its patch, applied to recorded pods as the API server applies it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseTemplate } from "../../../src/injector/template.ts";
import { patchedPod, recordedReview } from "../../helpers/admission.ts";
import { type Change, D, decide, inject, refusal, TEMPLATE, TEXT } from "./mutate-kit.ts";

describe("a pod that asks", () => {
  it("gets the sidecar first, its volume and the status, and is otherwise as it was", () => {
    const before = recordedReview("pod-of-replica-set").request.object;
    const after = inject();
    expect(after.spec.initContainers).toEqual([TEMPLATE.container, ...before.spec.initContainers]);
    expect(after.spec.volumes).toEqual([
      ...before.spec.volumes,
      { name: "feast-features", configMap: { name: "churn-features" } },
    ]);
    expect(JSON.parse(after.metadata.annotations[`${D}/status`])).toEqual({
      injector: "1.2.3",
      container: "feast-sidecar",
      image: "registry.example/feast-sidecar:0.1.0",
      volumes: ["feast-features"],
    });
    after.spec.initContainers.shift();
    after.spec.volumes.pop();
    delete after.metadata.annotations[`${D}/status`];
    expect(after).toEqual(before);
  });

  it("gets it where the lists are absent, empty or null", () => {
    for (const nothing of [undefined, null, []]) {
      const pod = inject({}, (each) => {
        each.spec.initContainers = nothing;
        each.spec.volumes = structuredClone(nothing);
      });
      expect(pod.spec.initContainers).toEqual([TEMPLATE.container]);
      expect(pod.spec.volumes).toHaveLength(1);
    }
  });

  it("gets it in a dry run as in earnest", () => {
    const review = recordedReview("pod-dry-run");
    const pod = patchedPod(review, decide(review).answer);
    expect(pod.spec.initContainers).toEqual([TEMPLATE.container]);
    const earnest = recordedReview("pod-dry-run", (_pod, { request }) => Object.assign(request, { dryRun: false }));
    expect(decide(earnest).answer).toEqual(decide(review).answer);
  });

  it("gets it without annotations when the template names the ConfigMap", () => {
    const template = parseTemplate(TEXT.replace("configMap: {}", "configMap: {name: shared}"), "t.yaml");
    for (const nothing of [undefined, null, {}]) {
      const pod = inject({}, ({ metadata }) => Object.assign(metadata, { annotations: nothing }), template);
      expect(pod.spec.volumes.at(-1).configMap).toEqual({ name: "shared" });
      expect(Object.keys(pod.metadata.annotations)).toEqual([`${D}/status`]);
    }
    expect(inject({}, undefined, template).spec.volumes.at(-1).configMap).toEqual({ name: "churn-features" });
  });

  it("gets it once: what has been injected is left alone, also as a plain container", () => {
    const review = recordedReview("pod-of-replica-set");
    const again = recordedReview("pod-of-replica-set");
    again.request.object = patchedPod(review, decide(review).answer);
    expect(decide(again)).toMatchObject({ outcome: "left", reason: "already there" });
    const classic = recordedReview("pod-of-replica-set", ({ spec }) => spec.containers.push({ name: "feast-sidecar" }));
    expect(decide(classic).answer["response"]).toEqual({ uid: review.request.uid, allowed: true });
  });

  it("gets it although a status was copied from another pod", () => {
    const pod = inject({ status: "{}" });
    expect(pod.spec.initContainers).toHaveLength(2);
    expect(JSON.parse(pod.metadata.annotations[`${D}/status`])).toMatchObject({ injector: "1.2.3" });
  });
});

describe("a pod that does not ask", () => {
  it.each<[string, Change]>([
    ["has no label", ({ metadata }) => Object.assign(metadata, { labels: { app: "x" } })],
    ["has no labels", ({ metadata }) => Object.assign(metadata, { labels: undefined })],
    ["says false", ({ metadata }) => Object.assign(metadata.labels, { [`${D}/inject`]: "false" })],
    ["is updated", (_pod, { request }) => Object.assign(request, { operation: "UPDATE" })],
  ])("%s: allowed, no patch", (_what, change) => {
    const review = recordedReview("pod-of-replica-set", change);
    const { outcome, answer } = decide(review);
    expect(outcome).toBe("left");
    expect(answer["response"]).toEqual({ uid: review.request.uid, allowed: true });
  });

  it("but says something else is refused", () => {
    expect(refusal({}, ({ metadata }) => Object.assign(metadata.labels, { [`${D}/inject`]: "yes" }))).toBe(
      `label ${D}/inject = "yes" does not fit; expected "true" or "false"`,
    );
  });
});

describe("a pod into which the sidecar does not fit is refused", () => {
  it.each<[string, Readonly<Record<string, string>>, Change, string]>([
    [
      "host network",
      {},
      ({ spec }) => Object.assign(spec, { hostNetwork: true }),
      "spec.hostNetwork is true: the sidecar would listen on the node's ports, for every pod there; expected false",
    ],
    [
      "a volume of that name",
      {},
      ({ spec }) => spec.volumes.push({ name: "feast-features" }),
      "spec.volumes has a feast-features already, which the sidecar brings; expected another name",
    ],
    [
      "a port that is taken",
      { port: "3000" },
      () => {},
      "container bento has port 3000, on which the sidecar listens; expected another",
    ],
    [
      "a port that the template has",
      {},
      ({ spec }) => spec.containers[0].ports.push({ containerPort: 9566 }),
      "container bento has port 9566, on which the sidecar listens; expected another",
    ],
    [
      "the data port, which no annotation moves away",
      {},
      ({ spec }) => spec.containers[0].ports.push({ containerPort: 6566 }),
      "container bento has port 6566, on which the sidecar listens; expected another",
    ],
    [
      "a port of the annotation that is the sidecar's own for probes",
      { port: "9566" },
      () => {},
      `annotation ${D}/port = 9566 is the sidecar's port for probes and metrics; expected another`,
    ],
    [
      "a socket without a common group",
      { uds: "bento" },
      () => {},
      `annotation ${D}/uds needs spec.securityContext.fsGroup, the group in which both sides may open the socket`,
    ],
    [
      "a socket for a container that is not there",
      { uds: "bentoo" },
      ({ spec }) => Object.assign(spec.securityContext, { fsGroup: 1 }),
      `annotation ${D}/uds: this pod has no container bentoo; expected one of bento`,
    ],
    [
      "a place for the socket that is taken",
      { uds: "bento" },
      ({ spec }) => {
        spec.securityContext.fsGroup = 1;
        spec.containers[0].volumeMounts.push({ name: "x", mountPath: "/run/feast-sidecar" });
      },
      `annotation ${D}/uds: container bento has something mounted at /run/feast-sidecar; expected nothing there`,
    ],
  ])("%s", (_what, annotations, change, sentence) => {
    expect(refusal(annotations, change)).toBe(sentence);
  });
});

it.each(["/run/feast-sidecar/", "//run//feast-sidecar"])(
  "the socket's place written as %s is taken, too",
  (mountPath) => {
    const mounted: Change = ({ spec }) => {
      spec.securityContext.fsGroup = 1;
      spec.containers[0].volumeMounts.push({ name: "x", mountPath });
    };
    expect(refusal({ uds: "bento" }, mounted)).toContain(
      "has something mounted at /run/feast-sidecar; expected nothing",
    );
  },
);

describe("a pod may have", () => {
  const template = (env: string): typeof TEMPLATE =>
    parseTemplate(TEXT.replace("  ports:\n", `  env: ${env}\n  ports:\n`), "t.yaml");
  const withPort =
    (containerPort: number): Change =>
    ({ spec }) => {
      spec.securityContext.fsGroup = 1;
      spec.containers[0].ports.push({ containerPort });
    };

  it("port 6566 where the sidecar listens on another, or on a socket alone", () => {
    expect(inject({ port: "7000" }, withPort(6566)).spec.initContainers).toHaveLength(2);
    expect(inject({ uds: "bento" }, withPort(6566)).spec.initContainers).toHaveLength(2);
    const moved = template("[{name: FEAST_SIDECAR__LISTEN, value: '[127.0.0.1:6600, \"[::1]:6601\"]'}]");
    expect(inject({}, withPort(6566), moved).spec.initContainers).toHaveLength(2);
    for (const port of [6600, 6601]) expect(refusal({}, withPort(port), moved)).toContain(`has port ${port}, on which`);
  });

  it("the data port that the template declares, once an annotation has moved it", () => {
    const declared = parseTemplate(
      TEXT.replace("containerPort: 9566}", "containerPort: 9566}\n    - {containerPort: 6566}"),
      "t",
    );
    expect(inject({ port: "7000" }, withPort(6566), declared).spec.initContainers).toHaveLength(2);
    expect(inject({ port: "6566" }, undefined, declared).spec.initContainers).toHaveLength(2);
    expect(refusal({}, withPort(6566), declared)).toContain("has port 6566");
  });

  it("not the port that the template's variable gives to probes", () => {
    const admin = template("[{name: FEAST_SIDECAR__ADMIN, value: 0.0.0.0:9600}]");
    expect(refusal({ port: "9600" }, undefined, admin)).toContain("port = 9600 is the sidecar's port for probes");
  });
});

describe("any pod", () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,8}$/), { minLength: 1, maxLength: 4 });
  const extra = fc.dictionary(fc.stringMatching(/^[a-z~/.]{1,12}$/), fc.string(), { maxKeys: 3 });
  const containers = names.map((list) => list.map((name) => ({ name })));
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const anyPod = fc.record({
    metadata: fc.record({ annotations: optional(extra), labels: extra }),
    spec: fc.record({ containers, initContainers: optional(containers), volumes: optional(containers) }),
  });

  it("is, without what was added, what it was", () => {
    const template = parseTemplate(TEXT.replace("configMap: {}", "configMap: {name: shared}"), "t.yaml");
    fc.assert(
      fc.property(anyPod, (drawn) => {
        const review = recordedReview("pod-dry-run", (_pod, all) => {
          const labels = { ...drawn.metadata.labels, [`${D}/inject`]: "true" };
          all.request.object = { ...drawn, metadata: { ...drawn.metadata, labels } };
        });
        // As it comes: JSON has no undefined.
        const before = JSON.parse(JSON.stringify(review.request.object));
        review.request.object = before;
        const after = patchedPod(review, decide(review, template).answer);
        expect(after.spec.initContainers.shift()).toEqual(template.container);
        expect(after.spec.volumes.pop().name).toBe("feast-features");
        expect(after.metadata.annotations[`${D}/status`]).toBeDefined();
        delete after.metadata.annotations[`${D}/status`];
        const { spec, metadata } = before;
        expect(after).toEqual({
          metadata: { ...metadata, annotations: metadata.annotations ?? {} },
          spec: { ...spec, initContainers: spec.initContainers ?? [], volumes: spec.volumes ?? [] },
        });
      }),
    );
  });
});
