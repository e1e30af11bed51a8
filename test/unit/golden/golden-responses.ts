/** Types of `responses-*.json`: one request over HTTP and, where Feast has a proto form of it, over gRPC, with real Feast's answers. */
import { readGolden } from "./golden-files.ts";

export interface HttpExchange {
  /** Body as it was sent. */
  readonly request: string;
  readonly status: number;
  readonly body: string;
}

/** Bytes in base64. */
export type GrpcExchange =
  | { readonly request: string; readonly code: 0; readonly response: string }
  | { readonly request: string; readonly code: number; readonly details: string };

export interface GoldenExchange {
  readonly http: HttpExchange;
  readonly grpc?: GrpcExchange;
}

/** A repository that holds golden answers. */
export type GoldenStore = "sqlite" | "redis" | "versions-sqlite";

export function readExchanges(store: GoldenStore): readonly GoldenExchange[] {
  return readGolden(`responses-${store}.json`);
}
