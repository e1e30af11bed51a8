/** kubectl against one API server, with no file of the developer's in its way. */
import { spawn } from "node:child_process";
import { once } from "node:events";

export interface KubectlRun {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** An object of Kubernetes, or text with some. */
export type Objects = string | object;

export class Kubectl {
  readonly #program: string;
  readonly #env: Readonly<Record<string, string>>;

  constructor(program: string, kubeconfig: string, home: string) {
    this.#program = program;
    this.#env = { KUBECONFIG: kubeconfig, HOME: home };
  }

  /** Its output. @throws Error with kubectl's words when it fails */
  async run(args: readonly string[], input?: Objects): Promise<string> {
    const { code, stdout, stderr } = await this.try(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: exit code ${code}\n${stderr}${stdout}`);
    return stdout;
  }

  /** Its output, exit code and complaints. */
  async try(args: readonly string[], input?: Objects): Promise<KubectlRun> {
    const child = spawn(this.#program, args, { env: this.#env, stdio: ["pipe", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    // It may end before it has read everything.
    child.stdin.on("error", () => {});
    child.stdin.end(typeof input === "string" || input === undefined ? input : JSON.stringify(input));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, stdout, stderr };
  }

  /** Creates or changes objects; an unknown field is an error. */
  apply(objects: Objects, ...args: readonly string[]): Promise<string> {
    return this.run(["apply", "--validate=strict", "-f", "-", ...args], objects);
  }

  /** Asks for the creation of an object: what the API server would store, after admission. */
  async create<T = unknown>(object: object, ...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.run(["create", "-f", "-", "-o", "json", ...args], object)) as T;
  }

  /** Why an object may not be created. @throws Error when it may */
  async refusal(object: object, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.try(["create", "-f", "-", "-o", "json", ...args], object);
    if (code === 0) throw new Error(`was not refused: ${stdout}`);
    return stderr;
  }
}
