/** One POST of JSON to a server, and the whole of its answer. */
import { type IncomingHttpHeaders, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { buffer } from "node:stream/consumers";
import type { ListenAddress } from "../model/listen-address.ts";
import { socketOf } from "./server-address.ts";

export interface JsonPost {
  readonly address: ListenAddress;
  readonly path: string;
  readonly body: string;
  /** Beside the content type. */
  readonly headers?: Readonly<Record<string, string>>;
  /** undefined = without TLS. */
  readonly ca?: Buffer | undefined;
  /** From now to the end of the answer. */
  readonly timeoutMs: number;
}

export interface PostAnswer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** @throws Error whose message says why there is no answer */
export function postJson({ address, path, body, headers, ca, timeoutMs }: JsonPost): Promise<PostAnswer> {
  const request = ca === undefined ? requestHttp : requestHttps;
  return new Promise((resolve, reject) => {
    const call = request(
      {
        ...socketOf(address),
        ...(ca !== undefined && { ca }),
        path,
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        const { statusCode: status, headers: answered } = response;
        buffer(response).then((bytes) => resolve({ status, headers: answered, text: bytes.toString("utf8") }), reject);
      },
    );
    call.on("error", (error) =>
      reject(error.name === "AbortError" ? new Error(`no answer in ${timeoutMs} ms`, { cause: error }) : error),
    );
    call.end(body);
  });
}
