/** One call of the JSON surface, over connections that are kept. */
import { Agent, request } from "node:http";

const agent = new Agent({ keepAlive: true });

export interface Answer {
  readonly ok: boolean;
  /** Status of HTTP, or grpc-status. */
  readonly code: number;
  /** The mark of an answer that is not as fresh or whole as it should be. */
  readonly degraded?: string;
  /** JSON, or the serialized message in base64; why, when it is not ok. */
  readonly body: string;
}

/** @throws Error when the connection fails, or after `timeoutMs` */
export function askHttp(target: string, body: string, timeoutMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const [host = "", port = ""] = target.split(":");
    const signal = AbortSignal.timeout(timeoutMs);
    const asking = request({ host, port, agent, signal, method: "POST", path: "/get-online-features" }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
      });
      response.once("error", reject);
      response.once("end", () => {
        const code = response.statusCode ?? 0;
        const degraded = response.headers["feast-sidecar-degraded"];
        resolve({ ok: code === 200, code, body: text, ...(degraded === undefined ? {} : { degraded: `${degraded}` }) });
      });
    });
    asking.once("error", reject);
    asking.end(body);
  });
}
