/**
 * The unchanged Feast SDK with `online_store: {type: remote}` pointed at the sidecar. Compared with the same SDK pointed at real
 * `feast serve`, for everything (its remote client guesses types from JSON, so its limits stand on both sides); and with the SDK on
 * its own store, for the types that survive JSON.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startSidecar, type TestSidecar } from "../helpers/start-sidecar.ts";
import { buildFixture, type Fixture } from "./oracle/build-fixture.ts";
import { oracleEnvironment } from "./oracle/child-process.ts";
import { feastProgram } from "./oracle/project-root.ts";
import { startFeastServe } from "./oracle/start-feast.ts";

interface SdkRequest {
  readonly features?: readonly string[];
  readonly service?: string;
  readonly rows: readonly Readonly<Record<string, unknown>>[] | Readonly<Record<string, readonly unknown[]>>;
  readonly full?: boolean;
  readonly timestamps?: boolean;
}

type SdkAnswer =
  | { readonly columns: Readonly<Record<string, string>> }
  | { readonly error: string; readonly message: string };

const drivers = (...ids: number[]): SdkRequest["rows"] => ids.map((id) => ({ driver_id: id }));

/** Questions whose answer is the same from Feast's own store. */
const PLAIN: Readonly<Record<string, SdkRequest>> = {
  "integers, strings, null, an absent row": {
    features: ["driver_stats:trips", "driver_stats:tag"],
    rows: drivers(1, 2, 3, 1),
  },
  "floats that are exact": { features: ["driver_stats:conv_rate", "driver_stats:acc_rate"], rows: drivers(2, 1) },
  "full names": { features: ["driver_stats:trips", "driver_stats2:trips"], rows: drivers(1, 2), full: true },
  "columns in place of rows": { features: ["driver_stats2:other"], rows: { driver_id: [2, 9, 1] } },
  "string keys": {
    features: ["cust_stats:spend"],
    rows: ["c1", "5", "ż", "", "nobody"].map((id) => ({ customer_id: id })),
  },
  "composite keys": {
    features: ["combo:cnt"],
    rows: [
      { customer_id: "c1", driver_id: 1 },
      { customer_id: "5", driver_id: 1 },
    ],
  },
  "a view without entities": { features: ["glob:rate", "glob:label", "driver_stats2:trips"], rows: drivers(1, 2) },
  "names beyond ASCII": { features: ["żółw:🐢", "żółw:ż ł"], rows: [{ customer_id: "ż" }, { customer_id: "c1" }] },
  "a feature named like a join key": {
    features: ["last_driver:driver_id"],
    rows: [{ customer_id: "c1" }, { customer_id: "5" }],
  },
  "int64 beyond 2^53": { features: ["region_stats:people"], rows: [{ Region: "eu" }, { Region: "ż" }] },
  "past its ttl": { features: ["ttl_old:o", "ttl_half:h", "ttl_zero:z"], rows: drivers(1, 2) },
  "a service": {
    service: "svc",
    rows: [
      { driver_id: 1, customer_id: "c1" },
      { driver_id: 7, customer_id: "5" },
    ],
  },
  "a service with aliases and mapped keys": { service: "svc_alias", rows: [{ origin_id: 1, dest_id: 2 }], full: true },
  "a service over each kind of view": { service: "svc_kinds", rows: drivers(1, 2) },
  "a service with a subset": { service: "svc_subset", rows: drivers(1, 2, 3) },
  "an on-demand view that was stored": { features: ["odfv_stored:stored_sum"], rows: drivers(1, 2, 5) },
};

/** Refused with a class of Feast's and 404, which its client raises again. On 500 it only says that it has tried often enough. */
const RAISED: Readonly<Record<string, SdkRequest>> = {
  "a view that is not there": { features: ["nope:trips"], rows: drivers(1) },
  "a view that is not there, among others": { features: ["driver_stats:trips", "nope:trips"], rows: drivers(1) },
};

/** Everything else is only the same behind the same client. */
const REMOTE: Readonly<Record<string, SdkRequest>> = {
  "event times, which the client does not read": {
    features: ["driver_stats:trips"],
    rows: drivers(1, 3),
    timestamps: true,
  },
  "a service that only the caller knows": { service: "unknown_service", rows: drivers(1) },
  "features of one name": { features: ["driver_stats:trips", "driver_stats2:trips"], rows: drivers(1) },
  "a service with features of one name": { service: "svc_collision", rows: drivers(1) },
  "a feature that is not there": { features: ["driver_stats:nope"], rows: drivers(1) },
  "a key that is not given": { features: ["combo:cnt"], rows: drivers(1) },
  "a null key": { features: ["driver_stats:trips"], rows: [{ driver_id: null }] },
  "a key of another type": { features: ["driver_stats:trips"], rows: [{ driver_id: "1" }, { driver_id: "x" }] },
  "a ref that is none": { features: ["driver_stats"], rows: drivers(1) },
  "a view that is being materialized": { features: ["busy:m"], rows: drivers(1) },
  "a disabled view": { features: ["off:d"], rows: drivers(1) },
  // With short names Feast always fails (feast/infra/online_stores/online_store.py:_compute_expected_feature_names).
  "precomputed vectors": { service: "svc_pre", rows: drivers(1, 2), full: true },
  "times as keys": { features: ["moment_stats:load"], rows: [{ moment_ts: 1_700_000_000 }, { moment_ts: 0 }] },
  vectors: { features: ["vectors:embedding", "vectors:words", "vectors:ids"], rows: drivers(1, 2) },
};

const STORES = ["sqlite", "redis"] as const;

describe("the SDK with a remote online store", () => {
  let fixture: Fixture;
  const cleanups: (() => Promise<void>)[] = [];
  const names: string[] = [];
  const requests: (SdkRequest & { stores: string[] })[] = [];
  let answers: readonly Readonly<Record<string, SdkAnswer>>[];

  beforeAll(async () => {
    fixture = await buildFixture();
    const stores: Record<string, { repo: string; url: string | null; attempts?: number }> = {};
    const addSidecar = async (name: "sqlite" | "redis" | "versions-sqlite"): Promise<TestSidecar> => {
      const repo = fixture.repo(name);
      const sidecar = await startSidecar({ repo });
      cleanups.push(() => sidecar.stop());
      stores[`${name} own`] = { repo, url: null };
      stores[`${name} sidecar`] = { repo, url: sidecar.url };
      return sidecar;
    };
    await Promise.all(
      STORES.map(async (name) => {
        await addSidecar(name);
        const feast = await startFeastServe(fixture.repo(name));
        cleanups.push(() => feast.stop());
        // gunicorn now and then cuts a connection that it keeps.
        stores[`${name} feast`] = { repo: fixture.repo(name), url: `http://${feast.address}`, attempts: 3 };
      }),
    );
    await addSidecar("versions-sqlite");

    const add = (name: string, request: SdkRequest, from: readonly string[]): void => {
      names.push(name);
      requests.push({ ...request, stores: [...from] });
    };
    for (const store of STORES) {
      const all = [`${store} own`, `${store} feast`, `${store} sidecar`];
      for (const [name, request] of Object.entries({ ...PLAIN, ...RAISED })) add(`${store}: ${name}`, request, all);
      for (const [name, request] of Object.entries(REMOTE)) add(`${store}: ${name}`, request, all.slice(1));
      for (const view of ["alltypes", "parquet_types"]) {
        const features = fixture.manifest.repos[store].views.find((each) => each.name === view)?.features ?? [];
        // Row by row, because a value that the client cannot take back (an empty list) would hide the others.
        const groups = store === "sqlite" ? [[1], [2], [3], [4], [5], [6]] : [[1, 3]];
        for (const { name, type } of features) {
          for (const ids of groups) {
            const request = { features: [`${view}:${name}`], rows: drivers(...ids) };
            add(`${store}: ${view}:${name}, ${type}, rows ${ids}`, request, all.slice(1));
          }
        }
      }
    }
    for (const features of [
      ["ds:trips"],
      ["ds@v0:rate"],
      ["ds@v1:trips", "ds@v1:city"],
      ["ds@v9:trips"],
      ["fixed:f"],
    ]) {
      add(`versions: ${features}`, { features, rows: drivers(1, 2, 4) }, [
        "versions-sqlite own",
        "versions-sqlite sidecar",
      ]);
    }
    answers = await askAll(fixture.dir, stores, requests);
  });

  afterAll(async () => {
    await Promise.all(cleanups.map((cleanup) => cleanup()));
    await fixture?.stop();
  });

  /** Request name → the two answers, where they differ. */
  function differences(
    one: string,
    other: string,
    only: (name: string) => boolean = () => true,
  ): Record<string, unknown> {
    const found: Record<string, unknown> = {};
    for (const [index, answer] of answers.entries()) {
      const name = names[index] as string;
      const [left, right] = [answer[one], answer[other]];
      if (left === undefined || right === undefined || !only(name)) continue;
      if (JSON.stringify(left) !== JSON.stringify(right)) found[name] = { [one]: left, [other]: right };
    }
    return found;
  }

  function compared(one: string, other: string): number {
    return answers.filter((answer) => answer[one] !== undefined && answer[other] !== undefined).length;
  }

  it.each(STORES)("gives from the sidecar what it gives from feast serve: %s", (store) => {
    expect(compared(`${store} feast`, `${store} sidecar`)).toBeGreaterThan(80);
    expect(differences(`${store} feast`, `${store} sidecar`)).toEqual({});
    // Errors may be equal for no good reason; most answers are values.
    const values = answers.filter((answer) => "columns" in (answer[`${store} sidecar`] ?? {}));
    expect(values.length).toBeGreaterThan(0.75 * compared(`${store} feast`, `${store} sidecar`));
  });

  it.each(STORES)("gives from the sidecar what it gives from its own store: %s", (store) => {
    expect(compared(`${store} own`, `${store} sidecar`)).toBe(Object.keys({ ...PLAIN, ...RAISED }).length);
    expect(differences(`${store} own`, `${store} sidecar`)).toEqual({});
  });

  it("reads versions as from its own store", () => {
    expect(differences("versions-sqlite own", "versions-sqlite sidecar")).toEqual({});
    expect(answers.at(-2)?.["versions-sqlite sidecar"]).toMatchObject({ error: "FeatureViewVersionNotFound" });
  });

  it("raises Feast's own classes, and answers what it should answer", () => {
    for (const [index, answer] of answers.entries()) {
      const [store, name = ""] = (names[index] as string).split(": ");
      const got = answer[`${store} sidecar`];
      if (name in PLAIN) expect([name, got]).toEqual([name, { columns: expect.anything() }]);
      if (name in RAISED) {
        expect([name, got]).toEqual([name, { error: "FeatureViewNotFoundException", message: expect.anything() }]);
      }
    }
    const first = answers[0]?.["sqlite sidecar"];
    expect(first).toEqual({
      columns: { driver_id: "[1, 2, 3, 1]", trips: "[10, 20, None, 10]", tag: "['a', None, None, 'a']" },
    });
  });
});

/** One Python process for all questions. @throws Error with its words when it fails */
async function askAll(
  cwd: string,
  stores: Readonly<Record<string, unknown>>,
  requests: readonly object[],
): Promise<readonly Readonly<Record<string, SdkAnswer>>[]> {
  const script = resolve(import.meta.dirname, "remote_sdk.py");
  const child = spawn(feastProgram("python"), [script], {
    cwd,
    stdio: ["pipe", "pipe", "pipe"],
    env: oracleEnvironment(),
  });
  child.stdin.end(JSON.stringify({ stores, requests }));
  const [out, words, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  if (code !== 0) throw new Error(`remote_sdk.py ended with ${code}:\n${words.slice(-4000)}`);
  return JSON.parse(out) as readonly Readonly<Record<string, SdkAnswer>>[];
}
