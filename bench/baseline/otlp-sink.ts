/** `node bench/baseline/otlp-sink.ts`: takes spans over gRPC and looks at none of them, so that it costs the client's core nothing. Prints its port. */
import { Server, ServerCredentials } from "@grpc/grpc-js";

const same = (bytes: Buffer): Buffer => bytes;
const none = Buffer.alloc(0);
const server = new Server();
server.addService(
  {
    export: {
      path: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
      ...{ requestStream: false, responseStream: false },
      ...{ requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same },
    },
  },
  { export: (_call: unknown, answer: (error: null, response: Buffer) => void) => answer(null, none) },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`${port}\n`);
});
process.stdin.on("end", () => process.exit(0)).resume();
