/** The status page as one text: markup, styles and script, nothing from outside, under a policy that lets only these two run. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  cacheOffWords,
  formatBytes,
  formatCount,
  formatMicros,
  formatSeconds,
  formatShare,
  formatSlice,
} from "../../telemetry/status/format-figures.ts";
import { PAGE_BODY } from "./page-body.ts";
import { PAGE_STYLE } from "./page-style.ts";

export interface StatusPage {
  readonly html: string;
  /** Its `content-security-policy`. */
  readonly policy: string;
}

/** Each after those whose names it uses. The page has them in one scope, so no two have a name of their own alike. */
const CLIENT_FILES = ["dom", "budget", "waterfalls", "tables", "tiles", "main"];
const SHARED = { cacheOffWords, formatBytes, formatCount, formatMicros, formatSeconds, formatShare, formatSlice };

let made: StatusPage | undefined;

/** Made when somebody asks for it first. */
export function statusPage(): StatusPage {
  made ??= makePage();
  return made;
}

function makePage(): StatusPage {
  // Under the names that the page's files use, whatever a bundler calls them.
  const shared = Object.entries(SHARED).map(([name, format]) => `const ${name} = ${format};`);
  const script = [...shared, ...CLIENT_FILES.map(clientText)].join("\n");
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>feast-sidecar: status</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}</style>
</head>
${PAGE_BODY}
<script type="module">${script}</script>
</html>
`;
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(PAGE_STYLE)}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // No text ever becomes markup, whatever the script does.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  return { html, policy };
}

/** Modules only for the tools: on the page they follow one another, so that nothing is imported or exported. */
function clientText(name: string): string {
  const text = readFileSync(new URL(`client/${name}.js`, import.meta.url), "utf8");
  return text.replace(/^import\b[^;]*;$/gm, "").replace(/^export /gm, "");
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
