/** Calls to the injector as the API server makes them: over TLS, trusting the test's CA only. */
import { type Agent, request } from "node:https";
import type { TLSSocket } from "node:tls";

const TIMEOUT_MS = 10_000;

export interface InjectorAnswer {
  readonly status: number;
  readonly text: string;
  readonly connection: string | undefined;
  /** `CN` of the certificate that the server showed. */
  readonly server: string;
}

export interface InjectorCall {
  readonly ca: Buffer;
  /** Default: `POST /mutate?timeout=5s`, as the API server asks. */
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: a connection of its own. */
  readonly agent?: Agent;
}

/** @param address `host:port`; `body` is held back until it resolves when it is a promise, its headers are not */
export function askInjector(
  address: string,
  body: string | Buffer | Promise<string | Buffer>,
  call: InjectorCall,
): Promise<InjectorAnswer> {
  const [host, port] = address.split(":");
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host,
        port,
        ca: call.ca,
        servername: "localhost",
        method: call.method ?? "POST",
        path: call.path ?? "/mutate?timeout=5s",
        headers: { "content-type": "application/json", ...call.headers },
        agent: call.agent ?? false,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      (response) => {
        const server = String((response.socket as TLSSocket).getPeerCertificate().subject?.CN);
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, text: Buffer.concat(chunks).toString("utf8"), connection: headers.connection, server });
        });
      },
    );
    outgoing.on("error", reject);
    if (body instanceof Promise) {
      outgoing.flushHeaders();
      body.then((bytes) => outgoing.end(bytes), reject);
    } else {
      outgoing.end(body);
    }
  });
}
