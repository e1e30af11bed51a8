/** A sidecar whose traces go to a receiver that others wrote, and what it received. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, vi } from "vitest";

const PYTHON = fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));
const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

export interface ReceivedSpan {
  readonly name: string;
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  /** "" = a root. */
  readonly parentSpanId: string;
  readonly spanKind: number;
  readonly startNs: number;
  readonly endNs: number;
  /** 2 = an error. */
  readonly status: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly events: readonly { readonly name: string; readonly attributes: Readonly<Record<string, unknown>> }[];
}

export interface ReceivedMetric {
  readonly name: string;
  readonly type: string;
  readonly points: readonly { readonly attributes: Readonly<Record<string, string>>; readonly value: number }[];
}

export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  readonly metrics: ReceivedMetric[] = [];
  readonly #child: ChildProcess;
  #port = 0;
  #httpPort = 0;

  private constructor() {
    this.#child = spawn(PYTHON, [file("otlp_receiver.py")], { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.#child.stdout! }).on("line", (line) => {
      const { kind, ...told } = JSON.parse(line) as { kind: string } & Record<string, unknown>;
      if (kind === "listening") {
        this.#port = told["port"] as number;
        this.#httpPort = told["httpPort"] as number;
      } else if (kind === "span") this.spans.push(told as unknown as ReceivedSpan);
      else this.metrics.push(told as unknown as ReceivedMetric);
    });
  }

  static async start(): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver();
    await vi.waitFor(() => {
      if (receiver.#port === 0) throw new Error("the receiver does not listen yet");
    }, 15_000);
    return receiver;
  }

  /** Variables that make a sidecar send what it has here, soon. */
  env(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${this.#port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      OTEL_TRACES_SAMPLER: "always_on",
      OTEL_BSP_SCHEDULE_DELAY: "20",
      ...more,
    };
  }

  /** The same over HTTP, traces only. */
  httpEnv(protocol: "http/protobuf" | "http/json"): Record<string, string> {
    const url = `http://127.0.0.1:${this.#httpPort}/v1/traces`;
    return this.env({
      OTEL_EXPORTER_OTLP_ENDPOINT: "",
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    });
  }

  /** Waits for a trace whose server span this holds for: the first one received since {@link forget}, and what is there of it by then. */
  async trace(of: (server: ReceivedSpan) => boolean = () => true): Promise<readonly ReceivedSpan[]> {
    return vi.waitFor(() => {
      const server = this.spans.find((span) => span.spanKind === 2 && of(span));
      if (server === undefined) throw new Error(`no such span among ${this.spans.map(({ name }) => name).join()}`);
      return this.spans.filter(({ traceId }) => traceId === server.traceId);
    }, 10_000);
  }

  forget(): void {
    this.spans.length = 0;
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.stdin!.end();
    await ended;
  }
}

/** Has Python's SDK make a traced call. @returns the ids of the client's span */
export async function callFromPython(
  address: string,
  request: Buffer,
  form: "header" | "binary",
): Promise<{ traceId: string; spanId: string; bytes: number }> {
  const { stdout } = await promisify(execFile)(PYTHON, [
    file("traced_client.py"),
    address,
    request.toString("hex"),
    form,
  ]);
  return JSON.parse(stdout) as { traceId: string; spanId: string; bytes: number };
}

/** Names of the children in the order of their starts. */
export function childrenOf(spans: readonly ReceivedSpan[]): string[] {
  const server = serverOf(spans);
  return spans
    .filter(({ parentSpanId }) => parentSpanId === server.spanId)
    .sort((a, b) => a.startNs - b.startNs)
    .map(({ name }) => name);
}

export function serverOf(spans: readonly ReceivedSpan[]): ReceivedSpan {
  return spans.find(({ spanKind }) => spanKind === 2)!;
}

export function named(spans: readonly ReceivedSpan[], name: string): ReceivedSpan[] {
  return spans.filter((span) => span.name === name).sort((a, b) => a.startNs - b.startNs);
}

/** Times of children lie in the server span's, and add up to it but for what is told as loop and between. */
export function addsUp(spans: readonly ReceivedSpan[]): void {
  const server = serverOf(spans);
  const children = spans.filter(({ parentSpanId }) => parentSpanId === server.spanId);
  for (const child of children) {
    expect(child.startNs).toBeGreaterThanOrEqual(server.startNs - 1000);
    expect(child.endNs).toBeLessThanOrEqual(server.endNs + 1000);
    expect(child.endNs).toBeGreaterThanOrEqual(child.startNs);
  }
  const own = children
    .filter(({ name }) => name !== "redis")
    .reduce((sum, { startNs, endNs }) => sum + endNs - startNs, 0);
  expect(own).toBeLessThanOrEqual(server.endNs - server.startNs + 1000);
}
