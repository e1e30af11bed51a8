/** POST /get-online-features over HTTP/1.1. */
import { type ClientRequestArgs, Agent as HttpAgent, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { DEGRADED_KEY } from "../model/degradation.ts";
import { type Caller, type CallerOptions, OVER } from "./caller.ts";
import type { CallEnd } from "./open-loop.ts";

type SocketAddress = Pick<ClientRequestArgs, "socketPath" | "host" | "port">;

/**
 * @param where as node's `http.request` takes it
 * @param timeoutHeader tells the server how long the caller waits, in milliseconds
 */
export function openHttpCaller(where: SocketAddress, timeoutHeader: string, options: CallerOptions): Caller {
  const { connections, ca } = options;
  const shared = { keepAlive: true, maxSockets: connections, maxFreeSockets: connections };
  const agent = ca === undefined ? new HttpAgent(shared) : new HttpsAgent({ ...shared, ca });
  const request = ca === undefined ? requestHttp : requestHttps;
  const fixed: ClientRequestArgs = { ...where, agent, path: "/get-online-features", method: "POST" };
  return {
    close: () => agent.destroy(),
    send(message, leftMs) {
      if (leftMs <= 0) return Promise.resolve(OVER);
      return new Promise((resolve) => {
        const headers = {
          "content-type": "application/json",
          "content-length": message.length,
          [timeoutHeader]: Math.max(1, Math.floor(leftMs)),
        };
        const end = (outcome: string, isDegraded = false): void => {
          clearTimeout(timer);
          resolve({ outcome, isDegraded } satisfies CallEnd);
        };
        const call = request({ ...fixed, headers }, (response) => {
          response.on("error", () => end("BROKEN"));
          response.on("end", () => {
            const { statusCode = 0, headers: answered } = response;
            end(statusCode === 200 ? "OK" : `HTTP ${statusCode}`, answered[DEGRADED_KEY] !== undefined);
          });
          response.resume();
        });
        const timer = setTimeout(() => {
          end(OVER.outcome);
          call.destroy();
        }, leftMs);
        call.on("error", (error) => end((error as NodeJS.ErrnoException).code ?? "BROKEN"));
        call.end(message);
      });
    },
  };
}
