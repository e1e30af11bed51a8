/** Answers of real `feast serve` and `feast listen` to written requests, against the sidecar over the same registry and rows. */
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { compareHttp } from "../../conformance/compare-answers.ts";
import { compareGrpc } from "./compare-grpc.ts";
import { COPY_BUGS, type GoldenSurface, KNOWN, knownDifference, REPAIRED } from "./golden-differences.ts";
import { type GoldenExchange, type GoldenStore, readExchanges } from "./golden-responses.ts";
import { type GoldenSidecar, openGoldenSidecar } from "./golden-sidecar.ts";

type Compare = (sidecar: GoldenSidecar, exchange: GoldenExchange) => Promise<readonly string[]>;

const COMPARE: Readonly<Record<GoldenSurface, Compare>> = {
  http: async (sidecar, { http }) => compareHttp(http, await sidecar.http(http.request)),
  grpc: async (sidecar, { grpc }) =>
    grpc === undefined ? [] : compareGrpc(grpc, await sidecar.grpc(Buffer.from(grpc.request, "base64"))),
};

describe.each(["sqlite", "redis", "versions-sqlite"] as const)("%s", (store) => {
  const exchanges = readExchanges(store);

  describe.each(["http", "grpc"] as const)("%s, with Feast's bugs copied", (surface) => {
    const asked = exchanges.filter((exchange) => exchange[surface] !== undefined);
    let sidecar: GoldenSidecar;
    beforeAll(async () => {
      sidecar = await openGoldenSidecar(store, COPY_BUGS);
    });
    afterAll(() => sidecar?.close());

    it.each(asked.map((exchange) => ({ request: exchange.http.request, exchange })))(
      "$request",
      async ({ exchange }) => {
        const differences = await COMPARE[surface](sidecar, exchange);
        const known = knownDifference(store, surface, exchange);
        if (known === undefined) expect(differences).toEqual([]);
        else expect(differences.map((each) => each.slice(0, known.sentence.length))).toEqual([known.sentence]);
      },
    );
  });

  describe("by default", () => {
    let sidecar: GoldenSidecar;
    beforeAll(async () => {
      sidecar = await openGoldenSidecar(store, {});
    });
    afterAll(() => sidecar?.close());

    it.each(["http", "grpc"] as const)("%s differs only where a bug is repaired", async (surface) => {
      const differing = await Promise.all(
        exchanges.map(async (exchange) => {
          if (knownDifference(store, surface, exchange) !== undefined) return [];
          const differences = await COMPARE[surface](sidecar, exchange);
          return differences.length === 0 ? [] : [exchange.http.request];
        }),
      );
      expect(differing.flat()).toEqual(REPAIRED[store]);
    });
  });
});

test("every listed difference is a golden request", () => {
  const stores = Object.keys(KNOWN) as GoldenStore[];
  const unknown = stores.flatMap((store) => {
    const requests = new Set(readExchanges(store).map(({ http }) => http.request));
    return KNOWN[store].filter(({ request }) => !requests.has(request));
  });
  expect(unknown).toEqual([]);
});
