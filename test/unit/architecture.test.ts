/** src/ keeps its shape; see architecture-rules.ts for the rules. The fake trees prove that each rule can fail. */
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { HOMES, MAX_LINES, MAY_IMPORT, type SourceTree, violations } from "./architecture-rules.ts";

const SRC = fileURLToPath(new URL("../../src/", import.meta.url));

function realTree(): SourceTree {
  const paths = readdirSync(SRC, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  return new Map(paths.sort().map((path) => [path.split(sep).join("/"), readFileSync(join(SRC, path), "utf8")]));
}

/** A sound little tree, and the changes that a case makes to it. */
function fakeTree(changes: Readonly<Record<string, string>>): SourceTree {
  return new Map(
    Object.entries({
      "model/noun.ts": "export type Noun = string;\n",
      "wire/varint.ts": "export const read = 1;\n",
      "telemetry/log.ts": 'import type { Noun } from "../model/noun.ts";\n',
      "gen/feast/a.ts": `import { B } from "@bufbuild/protobuf/wire";\n${"// generated\n".repeat(MAX_LINES)}`,
      "plan/bind.ts": 'import {\n  read,\n} from "../wire/varint.ts";\nimport { createHash } from "node:crypto";\n',
      "registry/parse.ts": 'import { A } from "../gen/feast/a.ts";\n',
      "store/open-store.ts": 'import { R } from "./redis/r.ts";\nimport { S } from "./sqlite/s.ts";\n',
      "store/redis/r.ts": 'import { Redis } from "ioredis";\n',
      "store/sqlite/s.ts": 'import { DatabaseSync } from "node:sqlite";\n',
      "config/env.ts": "/** The home of process.env. */\nexport const all = { ...process.env };\n",
      "transport/listener.ts": "// process.env is read elsewhere\nexport const listen = 1;\n",
      "transport/grpc-js/g.ts": 'import { Server } from "@grpc/grpc-js";\nimport { listen } from "../listener.ts";\n',
      "transport/http1/h.ts": 'import { log } from "../../telemetry/log.ts";\n',
      "admin/admin-server.ts": 'import { listen } from "../transport/listener.ts";\n',
      "serve.ts": 'import { bind } from "./plan/bind.ts";\n',
      "sidecar.ts": 'import { serve } from "./serve.ts";\nimport { open } from "./store/open-store.ts";\n',
      "cli/main.ts": 'import { run } from "./run.ts";\n',
      "cli/run.ts": 'import { sidecar } from "../sidecar.ts";\n',
      ...changes,
    }),
  );
}

describe("src/", () => {
  it("keeps to every rule", () => {
    expect(violations(realTree())).toEqual([]);
  });

  it("was really read", () => {
    const paths = [...realTree().keys()];
    expect(paths).toContain("model/snapshot.ts");
    expect(paths.length).toBeGreaterThan(50);
  });
});

describe("the tables", () => {
  it("let no room import the command line", () => {
    expect(Object.values(MAY_IMPORT).flat()).not.toContain("cli");
  });

  it("name only rooms that exist in them", () => {
    expect(
      Object.values(MAY_IMPORT)
        .flat()
        .filter((room) => !Object.hasOwn(MAY_IMPORT, room)),
    ).toEqual([]);
    expect(
      Object.values(HOMES)
        .flat()
        .filter((room) => !Object.hasOwn(MAY_IMPORT, room)),
    ).toEqual([]);
  });

  it("have no circle outside store/ and transport/, whose parts make one room", () => {
    const whole = (room: string): string => room.split("/")[0] ?? room;
    const reach = (room: string, seen = new Set<string>()): Set<string> => {
      for (const [from, targets] of Object.entries(MAY_IMPORT)) {
        if (whole(from) !== room) continue;
        for (const target of targets.map(whole)) {
          if (target === room || seen.has(target)) continue;
          seen.add(target);
          reach(target, seen);
        }
      }
      return seen;
    };
    expect(
      Object.keys(MAY_IMPORT)
        .map(whole)
        .filter((room) => reach(room).has(room)),
    ).toEqual([]);
  });
});

describe("a tree that breaks a rule is found out", () => {
  it("and one that breaks none is not", () => {
    expect(violations(fakeTree({}))).toEqual([]);
  });

  const long = "export {};\n".repeat(MAX_LINES + 1);
  const CASES: readonly (readonly [what: string, path: string, text: string, sentence: string])[] = [
    ["model imports a room", "model/x.ts", 'import { read } from "../wire/varint.ts";', "model may not import wire"],
    [
      "wire imports the model",
      "wire/x.ts",
      'import type { Noun } from "../model/noun.ts";',
      "wire may not import model",
    ],
    ["sideways", "plan/x.ts", 'import { open } from "../store/open-store.ts";', "plan may not import store"],
    ["sideways, a type", "store/x.ts", 'import type { B } from "../plan/bind.ts";', "store may not import plan"],
    ["sideways, a re-export", "plan/x.ts", 'export { A } from "../registry/parse.ts";', "plan may not import registry"],
    [
      "sideways, dynamic",
      "plan/x.ts",
      'const r = await import("../registry/parse.ts");',
      "plan may not import registry",
    ],
    ["sideways, for its effect", "plan/x.ts", 'import "../config/env.ts";', "plan may not import config"],
    [
      "sideways, many lines",
      "plan/x.ts",
      'import {\n  a,\n  b,\n} from "../config/env.ts";',
      "plan may not import config",
    ],
    ["one store, another", "store/redis/x.ts", 'import { S } from "../sqlite/s.ts";', "may not import store/sqlite"],
    [
      "one transport, another",
      "transport/http1/x.ts",
      'import { g } from "../grpc-js/g.ts";',
      "may not import transport/grpc-js",
    ],
    ["telemetry in plan", "plan/x.ts", 'import { log } from "../telemetry/log.ts";', "plan may not import telemetry"],
    ["generated code in plan", "plan/x.ts", 'import { A } from "../gen/feast/a.ts";', "plan may not import gen"],
    [
      "transport imports admin",
      "transport/x.ts",
      'import { a } from "../admin/admin-server.ts";',
      "may not import admin",
    ],
    [
      "serve.ts knows a store",
      "serve.ts",
      'import { open } from "./store/open-store.ts";',
      "serve.ts may not import store",
    ],
    [
      "a room imports sidecar.ts",
      "admin/x.ts",
      'import { s } from "../sidecar.ts";',
      "admin may not import sidecar.ts",
    ],
    [
      "a room imports the command line",
      "config/x.ts",
      'import { run } from "../cli/run.ts";',
      "config may not import cli",
    ],
    ["somebody imports main.ts", "cli/x.ts", 'import { m } from "./main.ts";', "imports cli/main.ts, which nobody may"],
    ["a room without a row", "utils/x.ts", "export {};", "utils is no room"],
    ["process.env", "plan/x.ts", "const home = process.env.HOME;", "reads process.env"],
    ["process['env']", "plan/x.ts", "const home = process['env'].HOME;", "reads process.env"],
    ["env of node:process", "plan/x.ts", 'import { env } from "node:process";', "reads process.env"],
    ["ioredis", "store/sqlite/x.ts", 'import { Redis } from "ioredis";', "imports ioredis, whose home is store/redis"],
    ["node:sqlite", "store/redis/x.ts", 'import { DatabaseSync } from "node:sqlite";', "whose home is store/sqlite"],
    ["yaml", "registry/x.ts", 'import { parse } from "yaml";', "imports yaml, whose home is config"],
    ["prom-client", "admin/x.ts", 'import { register } from "prom-client";', "whose home is telemetry"],
    [
      "grpc-js",
      "registry/x.ts",
      'import { Client } from "@grpc/grpc-js/build/src/client.js";',
      "whose home is transport",
    ],
    ["a package nobody housed", "plan/x.ts", 'import _ from "lodash/fp";', "a new package gets a row in HOMES"],
    ["too long", "plan/x.ts", long, `${MAX_LINES + 1} lines, more than ${MAX_LINES}`],
    ["no such file", "plan/x.ts", 'import { b } from "./bound.ts";', "imports ./bound.ts, which does not exist"],
    ["no ending", "plan/x.ts", 'import { b } from "./bind";', "imports ./bind, which does not end in .ts"],
    [
      "the ending of the build",
      "plan/x.ts",
      'import { b } from "./bind.js";',
      "imports ./bind.js, which does not end in .ts",
    ],
  ];
  it.each(CASES)("%s", (_what, path, text, sentence) => {
    const found = violations(fakeTree({ [path]: text }));
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`${path}: `);
    expect(found[0]).toContain(sentence);
  });
});
