/** What parameters make of the sidecar that a pod gets. */
import { describe, expect, it } from "vitest";
import { D, inject, type Review, refusal, TEMPLATE } from "./mutate-kit.ts";

function env(pod: Review): unknown {
  return pod.spec.initContainers[0].env;
}

describe("parameters", () => {
  it("change image, requests, the memory limit and the cache with it, and nothing else of the container", () => {
    const sidecar = inject({ image: "example.org/other:2", cpu: "1", memory: "512Mi" }).spec.initContainers[0];
    expect(sidecar).toEqual({
      ...TEMPLATE.container,
      image: "example.org/other:2",
      env: [{ name: "FEAST_SIDECAR__CACHE__MAX_BYTES", value: "64MiB" }],
      resources: { requests: { cpu: "1", memory: "512Mi" }, limits: { memory: "512Mi" } },
    });
    expect(inject({ cpu: "1" }).spec.initContainers[0].resources).toEqual({
      requests: { cpu: "1", memory: "256Mi" },
      limits: { memory: "256Mi" },
    });
  });

  it.each([
    ["64Mi", "8MiB"],
    ["1Gi", "128MiB"],
    ["1.5Gi", "192MiB"],
    ["300M", "35MiB"],
    ["67108.864k", "8MiB"],
  ])("give the cache an eighth of the memory %s, in place of what the template's variable says", (memory, maxBytes) => {
    const cache = { name: "FEAST_SIDECAR__CACHE__MAX_BYTES", value: "32MiB" };
    const other = { name: "ZONE", value: "a" };
    const container = { ...TEMPLATE.container, env: [cache, other] };
    expect(env(inject({ memory }, undefined, { ...TEMPLATE, container }))).toEqual([
      { ...cache, value: maxBytes },
      other,
    ]);
    expect(env(inject({ cpu: "1" }, undefined, { ...TEMPLATE, container }))).toEqual([cache, other]);
  });

  it("put no limit on CPU where the template has no resources", () => {
    const { resources: _, ...container } = TEMPLATE.container;
    const pod = inject({ cpu: "1" }, undefined, { ...TEMPLATE, container });
    expect(pod.spec.initContainers[0].resources).toEqual({ requests: { cpu: "1" } });
  });

  it("choose the port, in place of what the template's variable says", () => {
    const listen = { name: "FEAST_SIDECAR__LISTEN", value: '["127.0.0.1:6570"]' };
    expect(env(inject({ port: "6570" }))).toEqual([listen]);
    const other = { name: "ZONE", value: "a" };
    const container = { ...TEMPLATE.container, env: [{ ...listen, value: "[x]" }, other] };
    expect(env(inject({ port: "6570" }, undefined, { ...TEMPLATE, container }))).toEqual([listen, other]);
  });

  it("put a socket between the sidecar and the containers that are named", () => {
    const mount = { name: "feast-sidecar-socket", mountPath: "/run/feast-sidecar" };
    const pod = inject({ uds: "bento,worker" }, ({ spec }) => {
      spec.securityContext.fsGroup = 2000;
      spec.containers.push({ name: "other" }, { name: "worker" });
    });
    const [sidecar, fetchModel] = pod.spec.initContainers;
    const [bento, other, worker] = pod.spec.containers;
    expect(sidecar.volumeMounts).toEqual([{ name: "feast-features", mountPath: "/etc/feast", readOnly: true }, mount]);
    expect(env(pod)).toEqual([{ name: "FEAST_SIDECAR__LISTEN", value: '["unix:/run/feast-sidecar/feast.sock"]' }]);
    expect(bento.volumeMounts).toHaveLength(2);
    expect([bento.volumeMounts[1], worker.volumeMounts]).toEqual([mount, [mount]]);
    expect([other, fetchModel.volumeMounts.length]).toEqual([{ name: "other" }, 1]);
    expect(pod.spec.volumes.at(-1)).toEqual({
      name: "feast-sidecar-socket",
      emptyDir: { medium: "Memory", sizeLimit: "1Mi" },
    });
    expect(JSON.parse(pod.metadata.annotations[`${D}/status`])).toMatchObject({ socketFor: ["bento", "worker"] });
  });

  it("may ask for port and socket", () => {
    const pod = inject({ uds: "bento", port: "7000" }, ({ spec }) =>
      Object.assign(spec.securityContext, { fsGroup: 1 }),
    );
    expect(env(pod)).toMatchObject([{ value: '["127.0.0.1:7000","unix:/run/feast-sidecar/feast.sock"]' }]);
  });

  it("that are wrong refuse the pod, each with a sentence", () => {
    const reason = refusal({ cpu: "250", memory: "much" });
    expect(reason.split("; annotation ")).toHaveLength(2);
    expect(reason).toContain(`annotation ${D}/cpu = "250" does not fit; expected a CPU quantity`);
  });

  it("must name the ConfigMap when the template does not", () => {
    const reason = refusal({}, ({ metadata }) => delete metadata.annotations[`${D}/features-config`]);
    expect(reason).toBe(
      `annotation ${D}/features-config is missing; expected the name of a ConfigMap that holds feature_store.yaml`,
    );
  });

  it("must not name one when the template has no place for it", () => {
    const template = { ...TEMPLATE, featuresVolume: undefined };
    expect(refusal({}, undefined, template)).toBe(
      `annotation ${D}/features-config: the injector's template names no featuresVolume; leave it out`,
    );
  });
});
