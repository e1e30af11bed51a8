/** The template: a YAML file with the sidecar's container and its volumes, read and found to be usable. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { LineCounter, parseDocument } from "yaml";
import { checkTemplate, type TemplateParts, type TemplateProblem } from "./check-template.ts";
import type { JsonValue } from "./json-value.ts";

export interface Template extends TemplateParts {
  /** Changes when the file's content does. */
  readonly fingerprint: string;
}

/** The template cannot be used; one line for each reason. */
export class TemplateError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "TemplateError";
  }
}

/** @throws TemplateError each problem with file, line, key and what was expected */
export function loadTemplate(path: string): Template {
  return parseTemplate(readText(path), path);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
    throw new TemplateError(`--template ${path} cannot be read (${code})`, { cause });
  }
}

/** @param path for the messages */
export function parseTemplate(text: string, path: string): Template {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: "silent" });
  const at = (offset: number): string => `${path} line ${Math.max(1, lines.linePos(offset).line)}`;
  if (document.errors.length > 0) {
    throw new TemplateError(document.errors.map(({ pos, message }) => `${at(pos[0])}: ${message}`).join("\n"));
  }
  const root = toJson(() => document.toJS(), path);
  /** What is missing is told at what it is missing from. */
  const place = ({ keys }: TemplateProblem): string => {
    for (let depth = keys.length; depth >= 0; depth--) {
      const node = document.getIn(keys.slice(0, depth), true) as { range?: readonly number[] | null } | undefined;
      if (node?.range) return at(node.range[0] ?? 0);
    }
    return path;
  };
  const checked = checkTemplate(root);
  if (!checked.ok) {
    const told = checked.problems.map((problem) => `${place(problem)}: ${keyPath(problem.keys)}${problem.message}`);
    throw new TemplateError(told.join("\n"));
  }
  return { ...checked.parts, fingerprint: createHash("sha256").update(text).digest("hex") };
}

/** Aliases may stand for more than there is memory; the package counts them. */
function toJson(read: () => unknown, path: string): JsonValue {
  try {
    return read() as JsonValue;
  } catch (cause) {
    throw new TemplateError(`${path}: ${(cause as Error).message}`, { cause });
  }
}

/** `initContainer.env[2].value: ` */
function keyPath(keys: readonly (string | number)[]): string {
  if (keys.length === 0) return "";
  return `${keys
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`))
    .join("")
    .slice(1)}: `;
}
