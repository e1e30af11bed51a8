/** Dockerfiles, and compose.yaml: what they are checked with has nothing to say, and what they name is there. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { check, DEPLOY, pythonTool, readDeploy } from "./deploy-kit.ts";
import { REPOSITORY } from "./house/scratch-tree.ts";

const DOCKERFILES = [
  "Dockerfile",
  ...readdirSync(join(DEPLOY, "compose")).flatMap((name) => (name.endsWith(".Dockerfile") ? [`compose/${name}`] : [])),
];
/** Mounted whole. Docker would make an empty folder of one that is not there. */
const FOLDERS = ["./grafana", "./prometheus"];

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly volumes?: readonly string[];
        readonly build?: { readonly dockerfile: string };
        readonly environment?: Readonly<Record<string, string>>;
      }
    >
  >;
}

function checkCompose(text: string): { code: number | null; words: string } {
  const folder = mkdtempSync(join(tmpdir(), "feast-sidecar-compose-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "compose.yaml"), text);
  return check(pythonTool("check-jsonschema"), [
    "--builtin-schema",
    "vendor.compose-spec",
    join(folder, "compose.yaml"),
  ]);
}

test.each(DOCKERFILES)("hadolint has nothing to say about %s", (file) => {
  expect(check(pythonTool("hadolint"), [join(DEPLOY, file)])).toEqual({ code: 0, words: "" });
});

test("hadolint would about a cd", () => {
  const folder = mkdtempSync(join(tmpdir(), "feast-sidecar-docker-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "Dockerfile"), readDeploy("Dockerfile").replace("RUN npm ci", "RUN cd /build && npm ci"));
  expect(check(pythonTool("hadolint"), [join(folder, "Dockerfile")]).code).toBe(1);
});

test("the image: nothing but what was copied, not root, and what the build needs is let through to it", () => {
  const dockerfile = readDeploy("Dockerfile");
  const last = dockerfile.slice(dockerfile.lastIndexOf("FROM "));
  expect(last).toMatch(/^FROM scratch\nCOPY --from=build \/image \/\nUSER 65532:65532\n/);
  const ignored = readDeploy("Dockerfile.dockerignore").split("\n");
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = ""]) => names.split(" "));
  expect(ignored[0]).toBe("*");
  expect(copied.length).toBeGreaterThan(4);
  for (const name of copied) {
    expect(ignored).toContain(`!${name}`);
    expect(existsSync(join(REPOSITORY, name))).toBe(true);
  }
});

test("compose.yaml is valid; a slip in it is seen", () => {
  const text = readDeploy("compose.yaml");
  expect(checkCompose(text)).toMatchObject({ code: 0 });
  expect(checkCompose(text.replace("cap_drop", "cap_dorp")).words).toContain("cap_dorp");
});

test("the files that compose.yaml mounts and builds from exist", () => {
  const { services } = parse(readDeploy("compose.yaml")) as Compose;
  const mounted = Object.values(services).flatMap(({ volumes = [] }) =>
    volumes.map((volume) => volume.split(":")[0] ?? ""),
  );
  const paths = mounted.filter((path) => path.startsWith("./"));
  const files = paths.filter((path) => !FOLDERS.includes(path));
  const dockerfiles = Object.values(services).flatMap(({ build }) =>
    build === undefined ? [] : [join("..", build.dockerfile)],
  );
  expect(paths).toEqual(expect.arrayContaining(FOLDERS));
  for (const folder of FOLDERS) expect(readdirSync(join(DEPLOY, folder))).not.toEqual([]);
  expect(files.length).toBeGreaterThan(3);
  for (const path of [...files, ...dockerfiles]) expect(readFileSync(join(DEPLOY, path)).length).toBeGreaterThan(0);
});

test("Prometheus of compose.yaml reads rules only, where the folder of them is mounted", () => {
  const { services } = parse(readDeploy("compose.yaml")) as Compose;
  const { rule_files: ruleFiles } = parse(readDeploy("compose/prometheus.yaml")) as { rule_files: readonly string[] };
  const [folder = "", target = ""] =
    services["prometheus"]?.volumes?.find((volume) => volume.startsWith("./prometheus:"))?.split(":") ?? [];
  for (const file of ruleFiles) {
    expect(file).toMatch(new RegExp(`^${target}/[^*]+$`));
    const rules = parse(readDeploy(join(folder, file.slice(target.length)))) as object;
    expect(Object.keys(rules)).toEqual(["groups"]);
  }
});

test("the sidecar of compose.yaml answers to the name that Prometheus asks by", () => {
  const { services } = parse(readDeploy("compose.yaml")) as Compose;
  const { scrape_configs: jobs } = parse(readDeploy("compose/prometheus.yaml")) as {
    scrape_configs: readonly { static_configs: readonly { targets: readonly string[] }[] }[];
  };
  const targets = jobs.flatMap((job) => job.static_configs.flatMap((each) => each.targets));
  const adminHosts = parse(services["sidecar"]?.environment?.["FEAST_SIDECAR__ADMIN_HOSTS"] ?? "[]") as unknown;
  expect(targets.map((target) => target.split(":")[0])).toEqual(adminHosts);
});

test("the model server of compose.yaml sends its spans where the sidecar does", () => {
  const { services } = parse(readDeploy("compose.yaml")) as Compose;
  const [bentoml, sidecar] = [services["bentoml"]?.environment, services["sidecar"]?.environment];
  const endpoint = bentoml?.["OTEL_EXPORTER_OTLP_ENDPOINT"];
  expect(endpoint).toBe(sidecar?.["OTEL_EXPORTER_OTLP_ENDPOINT"]);
  expect(Object.keys(services)).toContain(new URL(endpoint ?? "").hostname);
});

test("every variable that the model server reads is in its README", () => {
  const read = [...readDeploy("bentoml/settings.py").matchAll(/"((?:CHURN|OTEL)_\w+)"/g)].map(([, name]) => name);
  expect(read).toContain("CHURN_TRACE_RATIO");
  for (const name of read) {
    expect(readDeploy("bentoml/README.md")).toContain(`| \`${name}\` |`);
  }
});
