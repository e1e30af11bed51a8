/** The pages for those who install and run it keep their word: links lead somewhere, metrics exist, each alert has its section. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCli } from "../helpers/run-cli.ts";
import { REPOSITORY } from "./house/scratch-tree.ts";

const PAGES = ["docs/install.md", "docs/sizing.md", "docs/upgrade.md", "docs/runbook.md"];

function read(path: string): string {
  return readFileSync(join(REPOSITORY, path), "utf8");
}

/** As GitHub makes them. */
function anchors(page: string): readonly string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

/** What is wrong with a link of a page; undefined: nothing. */
function linkProblem(page: string, link: string): string | undefined {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : join(dirname(page), path);
  if (!existsSync(join(REPOSITORY, target))) return `${link}: there is no ${target}`;
  if (anchor !== undefined && !anchors(read(target)).includes(anchor)) return `${link}: ${target} has no such heading`;
  return undefined;
}

describe.each(PAGES)("%s", (page) => {
  const text = read(page);

  test("its links lead somewhere", () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = ""]) => link)
      .filter((link) => !/^https?:/.test(link));
    expect(links.length).toBeGreaterThan(0);
    expect(links.map((link) => linkProblem(page, link)).filter((problem) => problem !== undefined)).toEqual([]);
  });

  test("the files that it names exist", () => {
    const paths = [...text.matchAll(/\bdeploy\/[\w./-]*\w/g)].map(([path]) => path);
    expect(paths.filter((path) => !existsSync(join(REPOSITORY, path)))).toEqual([]);
  });

  test("the metrics that it names exist", () => {
    const known = read("docs/metrics.md");
    const named = [...text.matchAll(/\bfeast_sidecar_[a-z0-9_]+[a-z0-9]/g)].map(([name]) => name);
    expect(named.filter((name) => !known.includes(name) && !/_(nodejs|process)_/.test(name))).toEqual([]);
  });
});

test("a link that leads nowhere is found", () => {
  expect(linkProblem("docs/install.md", "nowhere.md")).toContain("there is no docs/nowhere.md");
  expect(linkProblem("docs/install.md", "#nowhere")).toContain("has no such heading");
});

test("each alert of the runbook has a section that begins with it, shows it and says what to do", () => {
  const runbook = read("docs/runbook.md");
  const rows = [...runbook.matchAll(/^\| `(FeastSidecar.+)` \| \[.+\]\(#(.+)\) \|$/gm)];
  expect(rows.length).toBeGreaterThan(5);
  const sections = new Map(
    runbook.split(/^## /m).map((section) => [anchors(`# ${section.split("\n")[0]}`)[0], section]),
  );
  for (const [, names = "", anchor = ""] of rows) {
    const section = sections.get(anchor) ?? "";
    for (const name of names.split("`, `")) expect(section).toContain(`\`${name}\``);
    for (const part of ["**Alert**", "**Users see**", "**Shown by**\n```sh\n", "**Do**"])
      expect(section).toContain(part);
  }
});

test.each(["README.md", "docs/install.md"])("%s says where the registry is in the ConfigMap that it makes", (page) => {
  const text = read(page);
  const command = text.indexOf("--from-file=registry.db=data/registry.db");
  expect(command).toBeGreaterThan(0);
  expect(text.slice(command, command + 400)).toContain("`registry: registry.db`");
});

test("docs/upgrade.md tries a version by a command that works", async () => {
  const [, words = ""] = /`feast-sidecar (explain [^`]+)`/.exec(read("docs/upgrade.md")) ?? [];
  const args = words
    .replace("REPO", join(REPOSITORY, "examples/churn"))
    .replace("VIEW:FEATURE", "customer_profile:contract")
    .replace("KEY", "customer_id")
    .split(" ");
  expect(await runCli(args)).toMatchObject({ code: 0, stderr: "" });
});

test("docs/sizing.md says the same of the heap in words and in its table", () => {
  const text = read("docs/sizing.md");
  const [, told] = /in a container of 256 MiB V8 then stops at (\d+) MiB/.exec(text) ?? [];
  const [, listed] = /^\| 256Mi \| (\d+) \|/m.exec(text) ?? [];
  expect(told).toBeDefined();
  expect(listed).toBe(told);
});

test("docs/runbook.md asks kubectl for one type at a time where a cluster may not know one, and says in which namespace", () => {
  const text = read("docs/runbook.md");
  // Of "kubectl get A,B" nothing is printed when one of them is unknown.
  expect(text).not.toMatch(/kubectl.* get \S*(mutatingadmissionpolic|certificate)\S*,/);
  expect(text).not.toMatch(/kubectl.* get \S*,(mutatingadmissionpolic|certificate|mutatingwebhook)/);
  const certificate = [...text.matchAll(/`?(kubectl|cmctl) [^`\n]*(certificate|renew)\b[^`\n]*/g)].map(
    ([command]) => command,
  );
  expect(certificate.length).toBeGreaterThan(1);
  for (const command of certificate) expect(command).toContain(" -n feast-sidecar-system ");
});
