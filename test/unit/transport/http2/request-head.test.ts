import { describe, expect, it } from "vitest";
import { parseTimeoutMs } from "../../../../src/transport/call-context.ts";
import { parseGrpcTimeout } from "../../../../src/transport/grpc-timeout.ts";
import { Name } from "../../../../src/transport/http2/header-field.ts";
import { RequestHead } from "../../../../src/transport/http2/request-head.ts";

function read(...fields: readonly (readonly [kind: number, value: string])[]): RequestHead {
  const head = new RequestHead(16_384);
  head.reset();
  for (const [kind, value] of fields) head.onField(kind, value, false, value.length + 32);
  return head;
}

describe("RequestHead", () => {
  it("takes marks that are too long, alone or together, for not given", () => {
    const parent = `00-${"4".repeat(32)}-${"7".repeat(16)}-01`;
    expect(read([Name.TRACEPARENT, parent]).metadata.traceparent).toBe(parent);
    expect(read([Name.PRIORITY, "low"], [Name.PRIORITY, "high"]).metadata.priority).toBe("low, high");
    const long = "x".repeat(129);
    const { metadata } = read(
      [Name.TRACEPARENT, long],
      [Name.TRACEPARENT, parent],
      [Name.TRACE_BIN, long],
      [Name.PRIORITY, "y".repeat(33)],
      ...Array.from({ length: 20 }, () => [Name.DEBUG, "on"] as const),
    );
    expect(metadata).toEqual({ timeout: "", debug: "", priority: "", traceparent: "", traceBin: "" });
  });

  it("cuts what must stay wrong however long it is", () => {
    const digits = "1".repeat(15_000);
    const { grpcTimeout } = read([Name.GRPC_TIMEOUT, digits]);
    const { timeout } = read([Name.OWN_TIMEOUT, digits]).metadata;
    expect([grpcTimeout.length, timeout.length]).toEqual([128, 128]);
    expect(() => parseGrpcTimeout(grpcTimeout)).toThrow("Invalid grpc-timeout");
    expect(() => parseTimeoutMs(timeout)).toThrow("expected a number of milliseconds");
    expect(read([Name.GRPC_ENCODING, digits]).grpcEncoding).toHaveLength(128);
    expect(read([Name.PATH, `/${"a".repeat(9000)}`]).path).toBe(`/${"a".repeat(1023)}`);
    expect(read([Name.CONTENT_TYPE, `application/grpc;${digits}`]).contentType).toMatch(/^application\/grpc;1+$/);
  });
});
