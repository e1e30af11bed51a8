/** Unary calls over gRPC, with grpc-js. */
import { Client, credentials, Metadata, status } from "@grpc/grpc-js";
import { DEGRADED_KEY } from "../model/degradation.ts";
import { type Caller, type CallerOptions, OVER } from "./caller.ts";
import type { CallEnd } from "./open-loop.ts";

const CONNECT_MS = 5000;
/** Of answers. */
const MAX_MESSAGE_BYTES = 256 * 1024 * 1024;
const asIs = (bytes: Buffer): Buffer => bytes;

/**
 * @param target as grpc-js takes it: `host:port`, `unix:/path`
 * @param path `/package.Service/Method`
 * @throws Error when a connection is not there in 5 s
 */
export async function openGrpcCaller(target: string, path: string, options: CallerOptions): Promise<Caller> {
  const { connections, ca } = options;
  const secret = ca === undefined ? credentials.createInsecure() : credentials.createSsl(ca);
  const clients = Array.from({ length: connections }, () => {
    // One connection each: channels to the same place would share one.
    const own = { "grpc.use_local_subchannel_pool": 1, "grpc.max_receive_message_length": MAX_MESSAGE_BYTES };
    return new Client(target, secret, own);
  });
  const close = (): void => {
    for (const client of clients) client.close();
  };
  try {
    await Promise.all(clients.map(ready));
  } catch (error) {
    close();
    throw error;
  }
  let turn = 0;
  return {
    close,
    send(message, leftMs) {
      if (leftMs <= 0) return Promise.resolve(OVER);
      const client = clients[turn++ % connections]!;
      return new Promise((resolve) => {
        const deadline = Date.now() + leftMs;
        const call = client.makeUnaryRequest(path, asIs, asIs, message, new Metadata(), { deadline }, () => {});
        call.on("status", ({ code, metadata }: { code: number; metadata: Metadata }) => resolve(endOf(code, metadata)));
      });
    },
  };
}

function ready(client: Client): Promise<void> {
  return new Promise((resolve, reject) => {
    client.waitForReady(Date.now() + CONNECT_MS, (error) => {
      if (error) reject(new Error(`no connection in ${CONNECT_MS} ms`, { cause: error }));
      else resolve();
    });
  });
}

function endOf(code: number, trailers: Metadata): CallEnd {
  return { outcome: status[code] ?? `code ${code}`, isDegraded: trailers.get(DEGRADED_KEY).length > 0 };
}
