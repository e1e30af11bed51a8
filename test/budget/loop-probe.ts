/** Makes the sidecar's loop busy and has calls arrive meanwhile: what they say of where their time went. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { grpcRequest } from "../../bench/data/requests.ts";
import { type GrpcDriver, openGrpcDriver } from "../../bench/load/grpc-driver.ts";
import { grpcMessage } from "../../bench/load/http2-frames.ts";
import { nowMs } from "../faults/clock.ts";
import { readHops } from "../helpers/read-hops.ts";

const PATH = "/feast.serving.ServingService/GetOnlineFeatures";
const PAUSE_MS = 15;
/** After the first request, whose work must have begun. */
const STAGGER_MS = 1;

export interface ProbedCall {
  /** From leaving to answer, as the caller sees it. */
  readonly tookMs: number;
  /** The hops of `feast-sidecar-budget`, microseconds. */
  readonly hopsUs: Readonly<Record<string, number>>;
}

/**
 * In each round two requests over HTTP/1.1 leave, one a millisecond after the other, and with the second a gRPC call: all that comes while
 * the first is worked on is read in the turn after it, the call behind the second request.
 * @param request whole, over HTTP/1.1
 */
export async function probeLoop(address: string, request: Buffer, rounds: number): Promise<ProbedCall[]> {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon);
  const port = Number(address.slice(colon + 1));
  const sockets = [connect(port, host), connect(port, host)] as [Socket, Socket];
  for (const socket of sockets) await once(socket.setNoDelay(true).resume(), "connect");
  const calls: ProbedCall[] = [];
  let sentMs = 0;
  let budget = "";
  let settle = (): void => {};
  const driver: GrpcDriver = await openGrpcDriver({
    ...{ host, port, path: PATH },
    messages: [grpcMessage(grpcRequest(10, [1]))],
    headers: [["feast-sidecar-debug", "1"]],
    onTrailers: (_, trailers) => {
      budget = trailers.find(({ name }) => name === "feast-sidecar-budget")?.value ?? "";
    },
    onDone: () => {
      calls.push({ tookMs: nowMs() - sentMs, hopsUs: readHops(budget) });
      settle();
    },
  });
  try {
    for (let round = 0; round < rounds; round += 1) {
      const done = new Promise<void>((resolve) => {
        settle = resolve;
      });
      sockets[0].write(request);
      await delay(STAGGER_MS);
      sockets[1].write(request);
      sentMs = nowMs();
      driver.send(round, 0, false);
      driver.flush();
      await done;
      await delay(PAUSE_MS);
    }
  } finally {
    driver.close();
    for (const socket of sockets) socket.destroy();
  }
  return calls;
}
