/** docs/node-test.md: what the last `make test-node` found. */
import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Notes } from "./node-scenario.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PAGE = `${ROOT}docs/node-test.md`;
const BYTES_PER_MB = 1e6;

interface Proof {
  readonly name: string;
  readonly hasHeld: boolean;
  readonly sentences: readonly string[];
}

export class NodeReport {
  readonly #proofs: Proof[] = [];
  readonly #extracts: { readonly title: string; readonly lines: readonly string[] }[] = [];

  /** Runs one proof, and keeps its outcome with what it says. @throws what `run` throws */
  async prove(name: string, run: (notes: Notes) => Promise<void>): Promise<void> {
    const sentences: string[] = [];
    let hasHeld = false;
    try {
      await run({
        say: (sentence) => sentences.push(sentence),
        show: (title, lines) => this.#extracts.push({ title, lines }),
      });
      hasHeld = true;
    } catch (error) {
      sentences.push((error as Error).message.split("\n")[0] ?? "");
      throw error;
    } finally {
      this.#proofs.push({ name, hasHeld, sentences });
    }
  }

  write(): void {
    writeFileSync(PAGE, this.#page());
  }

  #page(): string {
    const rows = this.#proofs.map(
      ({ name, hasHeld, sentences }) => `| ${name} | ${hasHeld ? "held" : "FAILED"} | ${sentences.join("; ")} |`,
    );
    const extracts = this.#extracts.map(({ title, lines }) => `## ${title}\n\n\`\`\`\n${lines.join("\n")}\n\`\`\`\n`);
    const date = new Date().toISOString().slice(0, 10);
    const sizeMb = Math.round(statSync(`${ROOT}.tools/node-images/feast-sidecar.tar`).size / BYTES_PER_MB);
    return `# The last run on a real node

\`make test-node\` on ${date}, commit ${words("git", "rev-parse", "--short", "HEAD")}; written by the command itself.

The image of \`deploy/Dockerfile\` (${sizeMb} MB unpacked) in the pod of
[deploy/k8s/deployment.yaml](../deploy/k8s/deployment.yaml), admitted under restricted pod security. Beside it an app that
asks 50 times a second, over HTTP and gRPC in turn, for features that real Feast wrote into a real Redis. Other than in the manifest:
\`redis_grace\` is 30 s, and in the outage of more than that liveness is asked every 5 s (every 10 s, the third failure could come after two
graces). \`budget.on_late\` is \`stale\`, and \`budget.slice\` 500 ms, because the machine may be busy. ${versions()}.

| proof | outcome | figures |
| --- | --- | --- |
${rows.join("\n")}

Single runs on a machine with other work: the times are sizes, not limits. Not on this node: a scheduler, Services, DNS, NetworkPolicy.
The node has a network, mounts and processes of its own, and copies of the kernel parameters that a kubelet sets; nothing of it stays.

${extracts.join("\n")}`;
  }
}

function versions(): string {
  const kernel = readFileSync("/proc/sys/kernel/osrelease", "utf8").trim();
  return [
    words(`${ROOT}.tools/bin/kubelet`, "--version"),
    `containerd ${versionIn(words("containerd", "--version"))}`,
    `runc ${versionIn(words("runc", "--version"))}`,
    `Redis ${versionIn(words("redis-server", "--version"))}`,
    `Node ${process.versions.node}`,
    `Linux ${versionIn(kernel)}`,
  ].join(", ");
}

function versionIn(text: string): string {
  return /\d+\.\d+\.\d+/.exec(text)?.[0] ?? text;
}

function words(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: "utf8", cwd: ROOT }).trim();
}
