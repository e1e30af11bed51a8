import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadTemplate, parseTemplate, TemplateError } from "../../../src/injector/template.ts";
import { TEMPLATE_FILE } from "../../helpers/admission.ts";

const TEXT = readFileSync(TEMPLATE_FILE, "utf8");
const directory = mkdtempSync(join(tmpdir(), "feast-sidecar-template-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function problemsOf(text: string): string {
  try {
    parseTemplate(text, "t.yaml");
  } catch (error) {
    if (error instanceof TemplateError) return error.message;
    throw error;
  }
  return "";
}

/** The example with one piece of its text replaced, which has to be there. */
function changed(from: string, to: string): string {
  expect(TEXT).toContain(from);
  return TEXT.replace(from, to);
}

describe("a template", () => {
  it("gives the container as it is written, and the volumes", () => {
    const template = loadTemplate(TEMPLATE_FILE);
    expect(template).toMatchObject({ name: "feast-sidecar", featuresVolume: "feast-features" });
    expect(template.container).toMatchObject({ restartPolicy: "Always", args: ["serve", "--chdir", "/etc/feast"] });
    expect(template.volumes).toEqual([{ name: "feast-features", configMap: {} }]);
  });

  it("has a fingerprint of its content", () => {
    const { fingerprint } = parseTemplate(TEXT, "a");
    expect(parseTemplate(TEXT, "b").fingerprint).toBe(fingerprint);
    expect(parseTemplate(changed("250m", "300m"), "a").fingerprint).not.toBe(fingerprint);
  });

  it("is the one that the documentation shows", () => {
    const page = readFileSync(new URL("../../../docs/injector.md", import.meta.url), "utf8");
    expect(page).toContain(`\`\`\`yaml\n${TEXT}\`\`\`\n`);
  });
});

describe("what a template gets wrong is named with file, line and key", () => {
  it.each([
    [
      "restartPolicy: Always  ",
      "restartPolicy: Never  ",
      /^t\.yaml line 4: initContainer\.restartPolicy: expected Always/,
    ],
    [
      "livenessProbe",
      "livnessProbe",
      /^t\.yaml line 16: initContainer\.livnessProbe: unknown key; no field of a container/,
    ],
    [
      "  image: registry.example/feast-sidecar:0.1.0\n",
      "",
      /^t\.yaml line 2: initContainer\.image: expected the sidecar's image$/,
    ],
    [
      "name: feast-sidecar",
      "name: Feast_Sidecar",
      /^t\.yaml line 2: initContainer\.name: expected a name of lower case/,
    ],
    [
      "--chdir, /etc/feast",
      "--listen, h:1",
      /^t\.yaml line 5: initContainer\.args: --listen would beat the annotations/,
    ],
    ["--chdir, /etc/feast", "--listen=h:1", /initContainer\.args: --listen would beat the annotations/],
    ["--chdir, /etc/feast", "8", /initContainer\.args: expected a list of words; put numbers in quotes$/],
    ["name: feast-features, mount", "name: features, mount", /initContainer\.volumeMounts\[0\]\.name: names no volume/],
    [
      "/etc/feast, readOnly",
      "/run/feast-sidecar, readOnly",
      /volumeMounts\[0\]\.mountPath: expected a path other than/,
    ],
    [
      "/etc/feast, readOnly",
      "/run/feast-sidecar/, readOnly",
      /volumeMounts\[0\]\.mountPath: expected a path other than/,
    ],
    ["configMap: {} ", "config: {}, secret: {} ", /^t\.yaml line \d+: /],
    [
      "    configMap: {} ",
      "    secret: {} ",
      /^t\.yaml line 33: featuresVolume: expected the name of one of volumes that/,
    ],
    [
      "  - name: feast-features\n",
      "  - name: feast-sidecar-socket\n",
      /volumes\[0\]\.name: is the volume that the annotation/,
    ],
    [
      "volumes:\n",
      "volumes:\n  - {name: feast-features, emptyDir: {}}\n",
      /volumes\[1\]\.name: feast-features stands here again/,
    ],
    ["    configMap: {} ", "    configMap: {}\n    emptyDir: {} ", /volumes\[0\]: expected a name and one source/],
    [
      "volumes:\n",
      "volume: []\nvolumes:\n",
      /^t\.yaml line \d+: volume: unknown key; expected one of initContainer, volumes/,
    ],
    [
      "  ports:\n",
      "  env: [{name: A, value: 1}]\n  ports:\n",
      /initContainer\.env\[0\]\.value: expected text: put a number/,
    ],
    ["  ports:\n", "  env: [{value: x}]\n  ports:\n", /initContainer\.env\[0\]\.name: expected a variable's name/],
    ["  ports:\n", "  env: {A: b}\n  ports:\n", /initContainer\.env: expected a list of variables/],
    [
      "  resources:\n    requests: {cpu: 250m, memory: 256Mi}\n    limits: {memory: 256Mi}\n",
      "  resources: 1\n",
      /resources: expected a map/,
    ],
    ["initContainer:\n", "initContainer: [\n", /^t\.yaml line \d+: /],
    ["  ports:\n", "  image: twice\n  ports:\n", /^t\.yaml line 6: Map keys must be unique/],
  ])("%j → %j", (from, to, problem) => {
    expect(problemsOf(changed(from, to))).toMatch(problem);
  });

  it.each([
    ["", /^t\.yaml: expected a map with initContainer, volumes, featuresVolume$/],
    ["- a\n", /expected a map/],
    ["volumes: []\n", /^t\.yaml line 1: initContainer: expected a container/],
    ["a: &a [x]\nb: &b [*a, *a]\nc: [*b, *missing]\n", /^t\.yaml/],
  ])("%j as a whole", (text, problem) => {
    expect(problemsOf(text)).toMatch(problem);
  });

  it("all at once", () => {
    const text = TEXT.replace("livenessProbe", "livnessProbe").replace("name: feast-sidecar", "name: A");
    expect(problemsOf(text).split("\n")).toHaveLength(2);
  });

  it("also when aliases would fill the memory", () => {
    const levels = Array.from(
      { length: 12 },
      (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`)}]`,
    );
    expect(problemsOf(`a0: &a0 [x]\n${levels.join("\n")}\n`)).toMatch(/^t\.yaml: Excessive alias count/);
  });

  it("also when there is no file", () => {
    expect(() => loadTemplate(join(directory, "none.yaml"))).toThrow(
      /^--template .*none\.yaml cannot be read \(ENOENT\)$/,
    );
  });
});
