import { test } from "vitest";
import { compareHttp } from "../../conformance/compare-answers.ts";
import { GetOnlineFeaturesResponse } from "../../../src/gen/feast/serving/ServingService.ts";
import { readExchanges } from "./golden-responses.ts";
import { openGoldenSidecar } from "./golden-sidecar.ts";
test.each(["sqlite", "redis", "versions-sqlite"] as const)("%s", async (name) => {
  const s = await openGoldenSidecar(name, Date.now());
  let i = 0, same = 0, total = 0;
  for (const c of readExchanges(name)) {
    const d = compareHttp(c.http, await s.http(c.http.request));
    if (d.length) console.log(name, i, "HTTP", c.http.request, d);
    if (c.grpc) {
      const o = await s.grpc(Buffer.from(c.grpc.request, "base64"));
      if ("error" in o) {
        const want = "details" in c.grpc ? c.grpc.details : "OK";
        if (want.replace("Exception calling application: ", "") !== o.error.message) console.log(name, i, "GRPC", c.http.request, o.error.code, o.error.message, "FEAST", want);
      } else {
        if (!("response" in c.grpc)) console.log(name, i, "GRPC ours OK", c.http.request, c.grpc.details);
        else {
          total++;
          if (o.response.toString("base64") === c.grpc.response) same++;
          else { const f = (b: Buffer) => { const m = GetOnlineFeaturesResponse.decode(b); return m.metadata!.featureNames!.val.join(); };
            console.log(name, i, "GRPC bytes differ", c.http.request, "\n", f(Buffer.from(c.grpc.response, "base64")).slice(0,300), "\n", f(o.response).slice(0,300)); }
        }
      }
    }
    i++;
  }
  console.log(name, same, total);
  await s.close();
});
