/** The shape of src/ as a table, and what breaks it. Pure: the tree comes in as text, sentences go out. */
import { posix } from "node:path";

const BEHIND_THE_PORTS = [
  ...[
    "model",
    "wire",
    "timing",
    "telemetry",
    "config",
    "registry",
    "plan",
    "admission",
    "cache",
    "budget",
    "assemble",
    "serve.ts",
    "open-cache.ts",
    "unknown-views.ts",
    "warm-up.ts",
  ],
  ...["store", "store/redis", "store/sqlite"],
];
const TRANSPORTS = ["transport", "transport/grpc", "transport/http2", "transport/grpc-js", "transport/http1"];
const PORTS = [...TRANSPORTS, "admin"];

/**
 * What each room may import beside itself. A room is a folder or a file directly under src/; a folder inside a room that has a
 * row of its own is a room too, so `store/redis` and `store/sqlite` are strangers. What is not listed is refused.
 * Nothing lists `cli` or a `main.ts`: they stand on top.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  model: [],
  wire: [],
  timing: [],
  gen: [],
  telemetry: ["model", "wire"],
  config: ["model", "wire"],
  plan: ["model", "wire", "timing"],
  assemble: ["model", "wire", "timing"],
  cache: ["model", "wire", "timing"],
  admission: ["model"],
  budget: ["model", "wire", "timing"],
  registry: ["model", "wire", "gen"],
  store: ["model", "wire", "store/redis", "store/sqlite"],
  "store/redis": ["model", "wire", "timing", "store"],
  "store/sqlite": ["model", "wire", "store"],
  transport: ["model", "wire", "timing", "telemetry", ...TRANSPORTS],
  // What can be called, and how gRPC says it: without HTTP/2, of which there are two implementations.
  "transport/grpc": ["model", "wire", "timing", "telemetry", "transport"],
  "transport/http2": ["model", "timing", "telemetry", "transport", "transport/grpc"],
  "transport/grpc-js": ["model", "wire", "telemetry", "transport", "transport/grpc"],
  "transport/http1": ["model", "wire", "timing", "telemetry", "transport"],
  admin: ["model", "wire", "timing", "telemetry", "transport", "transport/grpc", "transport/http1"],
  // A server of its own, for the API server of a cluster; stands beside the way of a request.
  injector: ["model", "telemetry", "transport", "transport/http1"],
  // Shows what is inside to whoever runs the process.
  debug: ["model", "plan", "telemetry", "transport", "transport/http1"],
  // The way of a request: knows the order of the rooms, and no sockets.
  "serve.ts": ["model", "timing", "admission", "plan", "cache", "budget", "assemble"],
  "open-cache.ts": ["model", "cache", "serve.ts"],
  "warm-up.ts": ["model"],
  "unknown-views.ts": [],
  "room-events.ts": ["model", "registry", "telemetry"],
  // The composition root: knows the classes; core.ts the part of it behind the ports, sidecar.ts the whole.
  "core.ts": [...BEHIND_THE_PORTS],
  "open-ports.ts": ["model", "telemetry", "config", ...PORTS, "debug", "core.ts"],
  "sidecar.ts": [...BEHIND_THE_PORTS, ...PORTS, "debug", "core.ts", "open-ports.ts", "room-events.ts"],
  // A client: knows servers by their protocol only.
  load: ["model"],
  // Looks at what `serve` would build, piece by piece.
  doctor: [...BEHIND_THE_PORTS, "transport", "core.ts"],
  cli: [...BEHIND_THE_PORTS, ...PORTS, "core.ts", "sidecar.ts", "doctor", "load", "debug", "injector", "gen"],
};

/** Where a package may be imported; one that is not listed may be imported nowhere. Node's own modules are free unless listed. */
export const HOMES: Readonly<Record<string, readonly string[]>> = {
  ioredis: ["store/redis"],
  "node:sqlite": ["store/sqlite"],
  yaml: ["config", "injector"],
  "prom-client": ["telemetry"],
  "@opentelemetry/api": ["telemetry"],
  "@opentelemetry/exporter-metrics-otlp-grpc": ["telemetry"],
  "@opentelemetry/exporter-metrics-otlp-http": ["telemetry"],
  "@opentelemetry/exporter-metrics-otlp-proto": ["telemetry"],
  "@opentelemetry/otlp-exporter-base": ["telemetry"],
  "@opentelemetry/otlp-grpc-exporter-base": ["telemetry"],
  "@opentelemetry/otlp-transformer": ["telemetry"],
  "@opentelemetry/resources": ["telemetry"],
  "@opentelemetry/sdk-metrics": ["telemetry"],
  "@opentelemetry/sdk-node": ["telemetry"],
  "@opentelemetry/sdk-trace": ["telemetry"],
  "@grpc/grpc-js": ["transport/grpc-js", "load", "cli"],
  "@grpc/proto-loader": ["transport", "cli"],
  "@grpc/reflection": ["transport"],
  "grpc-health-check": ["transport", "admin"],
  "@bufbuild/protobuf": ["gen", "registry"],
};

export const MAX_LINES = 300;

/** Path under src/, with `/`, to text. */
export type SourceTree = ReadonlyMap<string, string>;

/** One sentence for each broken rule, in the order of the files. */
export function violations(tree: SourceTree): string[] {
  const found: string[] = [];
  for (const [path, text] of tree) {
    const room = roomOf(path);
    if (!Object.hasOwn(MAY_IMPORT, room)) {
      found.push(`${path}: ${room} is no room; a new one gets a row in MAY_IMPORT`);
      continue;
    }
    for (const specifier of importsOf(text)) {
      const broken = specifier.startsWith(".")
        ? relativeImport(path, room, specifier, tree)
        : packageImport(room, specifier);
      if (broken !== undefined) found.push(`${path}: ${broken}`);
    }
    if (!isIn(room, "config") && readsEnvironment(text)) {
      found.push(`${path}: reads process.env, which only config/ does`);
    }
    const lines = text.trimEnd().split("\n").length;
    if (room !== "gen" && lines > MAX_LINES) found.push(`${path}: ${lines} lines, more than ${MAX_LINES}`);
  }
  return found;
}

function relativeImport(path: string, room: string, specifier: string, tree: SourceTree): string | undefined {
  const target = posix.join(posix.dirname(path), specifier);
  if (!target.endsWith(".ts")) return `imports ${specifier}, which does not end in .ts`;
  if (!tree.has(target)) return `imports ${specifier}, which does not exist`;
  if (target === "main.ts" || target === "cli/main.ts") return `imports ${target}, which nobody may`;
  const targetRoom = roomOf(target);
  if (targetRoom === room || MAY_IMPORT[room]?.includes(targetRoom)) return undefined;
  return `imports ${target}: ${room} may not import ${targetRoom}`;
}

function packageImport(room: string, specifier: string): string | undefined {
  const homes = HOMES[packageOf(specifier)];
  if (homes === undefined) {
    return specifier.startsWith("node:") ? undefined : `imports ${specifier}; a new package gets a row in HOMES`;
  }
  return homes.some((home) => isIn(room, home)) ? undefined : `imports ${specifier}, whose home is ${homes.join(", ")}`;
}

/** `@scope/name/sub` and `name/sub` → the package; Node's modules keep their path. */
function packageOf(specifier: string): string {
  if (specifier.startsWith("node:")) return specifier;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** The longest row that holds the path; for a path without a row, what stands directly under src/. */
function roomOf(path: string): string {
  const parts = path.split("/");
  for (let length = parts.length; length > 0; length--) {
    const candidate = parts.slice(0, length).join("/");
    if (Object.hasOwn(MAY_IMPORT, candidate)) return candidate;
  }
  return parts[0] ?? path;
}

function isIn(room: string, home: string): boolean {
  return room === home || room.startsWith(`${home}/`);
}

/** Specifiers of static, side-effect and dynamic imports and of re-exports, types included. */
function importsOf(text: string): string[] {
  const statements = /^\s*(?:import|export)\b[^;"'`]*?\bfrom\s*["']([^"']+)["']|^\s*import\s*["']([^"']+)["']/gm;
  const calls = /\b(?:import|require)\s*\(\s*["'`]([^"'`]+)["'`]/g;
  return [...text.matchAll(statements), ...text.matchAll(calls)].map((match) => match[1] ?? match[2] ?? "");
}

function readsEnvironment(text: string): boolean {
  const code = text.split("\n").filter((line) => !/^\s*(?:\/\/|\/?\*)/.test(line));
  const reads = [
    /\bprocess\s*\??\.\s*env\b/,
    /\bprocess\s*\[\s*["'`]env\b/,
    /\benv\b[^;]*\bfrom\s*["'](?:node:)?process["']/,
  ];
  return code.some((line) => reads.some((read) => read.test(line)));
}
