import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { descriptorSource } from "../../../scripts/generate-descriptors.ts";
import { indexDescriptors } from "../../../src/transport/grpc/descriptor-index.ts";
import { FILE_DESCRIPTOR_SET_BASE64 } from "../../../src/transport/grpc/file-descriptors.ts";

describe("file descriptors", () => {
  it("are those of proto/ (else run scripts/generate-descriptors.ts)", () => {
    const path = new URL("../../../src/transport/grpc/file-descriptors.ts", import.meta.url);
    expect(readFileSync(path, "utf8")).toBe(descriptorSource());
  });

  it("are found by file, message, enum, service and method, with what they import", () => {
    const index = indexDescriptors(Buffer.from(FILE_DESCRIPTOR_SET_BASE64, "base64"));
    const names = (files: readonly Buffer[] | undefined) =>
      files?.map((file) => file.toString("latin1", 2, 2 + (file[1] ?? 0)));
    const serving = [
      "feast/serving/ServingService.proto",
      "google/protobuf/timestamp.proto",
      "feast/types/Value.proto",
    ];
    expect(names(index.filesByName("feast/serving/ServingService.proto"))?.sort()).toEqual([...serving].sort());
    for (const symbol of [
      "feast.serving.ServingService",
      "feast.serving.ServingService.GetOnlineFeatures",
      "feast.serving.GetOnlineFeaturesResponse.FeatureVector",
      "feast.serving.FieldStatus",
    ]) {
      expect(names(index.filesBySymbol(symbol))?.[0]).toBe(serving[0]);
    }
    expect(names(index.filesBySymbol("GrpcFeatureServer.Push"))).toHaveLength(4);
    expect(index.filesBySymbol("feast.serving")).toBeUndefined();
    expect(index.filesByName("nope.proto")).toBeUndefined();
  });
});
