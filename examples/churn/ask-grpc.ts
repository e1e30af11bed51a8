/** Asks for a feature service over gRPC, as a model service with Feast's protos would. */
import { fileURLToPath } from "node:url";
import { credentials, loadPackageDefinition, type ServiceError } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { Answer, Cell, Scalar } from "./expected.ts";

const PROTO_ROOT = fileURLToPath(new URL("../../proto/", import.meta.url));

/** Messages as proto-loader gives them with the options below. */
interface GrpcValue {
  readonly val?: string;
  readonly [field: string]: unknown;
}
interface GrpcAnswer {
  readonly metadata: { readonly feature_names: { readonly val: readonly string[] } };
  readonly results: readonly {
    readonly values: readonly GrpcValue[];
    readonly statuses: readonly string[];
    readonly event_timestamps: readonly { readonly seconds: string }[];
  }[];
}
type Callback = (error: ServiceError | null, answer: GrpcAnswer) => void;
interface ServingClient {
  GetOnlineFeatures(request: object, options: { deadline: number }, done: Callback): void;
  close(): void;
}
interface ServingPackage {
  readonly feast: {
    readonly serving: { readonly ServingService: new (address: string, creds: object) => ServingClient };
  };
}

export interface GrpcAsker {
  ask(featureService: string, customerIds: readonly string[]): Promise<Answer>;
  close(): void;
}

/** @param address `host:port` of the data port; nothing is connected before the first question */
export function grpcAsker(address: string): GrpcAsker {
  const definition = loadSync("feast/serving/ServingService.proto", {
    includeDirs: [PROTO_ROOT],
    keepCase: true,
    longs: String,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  const loaded = loadPackageDefinition(definition) as unknown as ServingPackage;
  const client = new loaded.feast.serving.ServingService(address, credentials.createInsecure());
  return {
    ask: (featureService, customerIds) =>
      new Promise((resolve, reject) => {
        const request = {
          feature_service: featureService,
          entities: { customer_id: { val: customerIds.map((id) => ({ string_val: id })) } },
        };
        client.GetOnlineFeatures(request, { deadline: Date.now() + 5000 }, (error, answer) => {
          if (error === null) resolve(toAnswer(answer));
          else reject(error);
        });
      }),
    close: () => client.close(),
  };
}

function toAnswer(message: GrpcAnswer): Answer {
  const answer = new Map<string, readonly Cell[]>();
  message.metadata.feature_names.val.forEach((name, column) => {
    const vector = message.results[column];
    if (vector === undefined || name === "customer_id") return;
    answer.set(
      name,
      vector.values.map((value, row) => ({
        value: toScalar(value),
        status: vector.statuses[row] ?? "",
        eventTimeS: Number(vector.event_timestamps[row]?.seconds),
      })),
    );
  });
  return answer;
}

function toScalar(value: GrpcValue): Scalar {
  if (value.val === undefined) return null;
  const content = value[value.val] as Scalar;
  // 64-bit integers arrive as text; the demo's are small.
  return value.val === "int64_val" || value.val === "unix_timestamp_val" ? Number(content) : content;
}
