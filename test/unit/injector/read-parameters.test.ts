import { describe, expect, it } from "vitest";
import { readParameters } from "../../../src/injector/read-parameters.ts";

const D = "feast-sidecar.dev";

function read(annotations: Readonly<Record<string, string>>): ReturnType<typeof readParameters> {
  return readParameters(new Map(Object.entries(annotations)));
}

describe("annotations", () => {
  it("are all read", () => {
    const annotations = {
      [`${D}/features-config`]: "churn.features",
      [`${D}/image`]: `example.org:5000/ml/feast-sidecar:1.2@sha256:${"0".repeat(64)}`,
      [`${D}/cpu`]: "500m",
      [`${D}/memory`]: "1Gi",
      [`${D}/port`]: "6570",
      [`${D}/uds`]: "bento, worker",
    };
    expect(read(annotations)).toEqual({
      ok: true,
      parameters: {
        featuresConfig: "churn.features",
        image: annotations[`${D}/image`],
        cpu: "500m",
        memory: "1Gi",
        port: 6570,
        socketFor: ["bento", "worker"],
      },
    });
  });

  it("leave to the template what they do not name; those of others and the status are no parameters", () => {
    expect(read({ "example.org/port": "x", "feast-sidecar.devil/cpu": "x", [`${D}/status`]: "{}" })).toEqual({
      ok: true,
      parameters: {
        featuresConfig: undefined,
        image: undefined,
        cpu: undefined,
        memory: undefined,
        port: undefined,
        socketFor: [],
      },
    });
  });

  it.each([
    ["features-config", "Churn", "the name of a ConfigMap that holds feature_store.yaml"],
    ["features-config", "", "the name of a ConfigMap that holds feature_store.yaml"],
    ["image", "an image", "an image such as example.org/feast-sidecar:1.2.3"],
    ["cpu", "250", "a CPU quantity such as 250m, 0.5 or 2, from 1m to 64"],
    ["memory", "256", "a memory quantity with a unit, such as 256Mi or 1Gi, from 64Mi to 64Gi"],
    ["port", "80", "a port from 1024 to 65535"],
    ["port", "65536", "a port from 1024 to 65535"],
    ["port", "0x1F90", "a port from 1024 to 65535"],
    ["port", "07000", "a port from 1024 to 65535"],
    ["uds", "true,", "the names of containers of this pod, separated by commas"],
    ["uds", "bento,bento", "the names of containers of this pod, separated by commas"],
  ])("%s = '%s' is refused with what was expected", (name, value, expected) => {
    expect(read({ [`${D}/${name}`]: value })).toEqual({
      ok: false,
      problems: [`annotation ${D}/${name} = ${JSON.stringify(value)} does not fit; expected ${expected}`],
    });
  });

  it("are refused all at once, a misspelt name with the names that there are", () => {
    const result = read({ [`${D}/cpus`]: "1", [`${D}/memory`]: "x", [`${D}/constructor`]: "1" });
    const names = "features-config, image, cpu, memory, port, uds";
    expect(result).toEqual({
      ok: false,
      problems: [
        `annotation ${D}/cpus is unknown; expected one of ${names} after ${D}/`,
        expect.stringContaining(`annotation ${D}/memory = "x"`),
        `annotation ${D}/constructor is unknown; expected one of ${names} after ${D}/`,
      ],
    });
  });

  it("are not repeated at length", () => {
    const result = read({ [`${D}/image`]: "!".repeat(100_000) });
    expect(JSON.stringify(result).length).toBeLessThan(300);
  });
});
