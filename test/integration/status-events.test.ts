/** `/` and `/events` on the admin port: the policy, who may ask, how many may watch, the end; and `top --once` over them. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import type { StatusSnapshot } from "../../src/telemetry/status/status-snapshot.ts";
import { STATUS_SAMPLE } from "../fakes/status-sample.ts";
import { adminOfSample, type SampleAdmin } from "../helpers/admin-of-sample.ts";
import { askHttp } from "../helpers/ask-sidecar.ts";
import { runCli } from "../helpers/run-cli.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";
import { freePort } from "./store-redis-server.ts";

const { start, repository, atEnd } = useSidecars();
const calls: ClientRequest[] = [];
afterEach(() => {
  for (const call of calls.splice(0)) call.destroy();
});

async function sample(status = () => STATUS_SAMPLE): Promise<SampleAdmin> {
  const admin = await adminOfSample(status);
  atEnd(admin.close);
  return admin;
}

interface Stream {
  readonly response: IncomingMessage;
  /** Events so far, parsed. */
  readonly events: StatusSnapshot[];
  readonly ended: Promise<unknown>;
  text(): string;
}

function open(target: string, path = "/events", options: { host?: string; method?: string } = {}): Promise<Stream> {
  return new Promise((resolve, reject) => {
    const call = request(`http://${target}${path}`, {
      agent: false,
      method: options.method ?? "GET",
      headers: { host: options.host ?? target },
    });
    calls.push(call);
    call.on("error", reject).end();
    call.on("response", (response) => {
      let text = "";
      const events: StatusSnapshot[] = [];
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
        if (path !== "/events" || response.statusCode !== 200) return;
        const whole = text.split("\n\n").slice(0, -1);
        for (const event of whole.slice(events.length)) events.push(JSON.parse(event.replace(/^data: /, "")));
      });
      const ended = new Promise((done) => {
        response.on("close", done).on("error", () => {});
      });
      if (response.statusCode === 200 && path === "/events") {
        resolve({ response, events, ended, text: () => text });
      } else void ended.then(() => resolve({ response, events, ended, text: () => text }));
    });
  });
}

describe("/events", () => {
  it("tells the figures of a live sidecar, once a second", async () => {
    const sidecar = await start();
    await askHttp(sidecar.url);
    const { response, events } = await open(new URL(sidecar.adminUrl).host);
    expect(response.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
    expect(response.headers["cache-control"]).toBe("no-store");
    await expect.poll(() => events.length).toBeGreaterThan(0);
    await askHttp(sidecar.url);
    await askHttp(sidecar.url, "{");
    await expect.poll(() => events.at(-1)?.calls.count, { timeout: 5000 }).toBe(3);
    const last = events.at(-1)!;
    expect(events[0]?.calls).toMatchObject({ count: 1, outcomes: [{ outcome: "OK", count: 1 }] });
    expect(last).toMatchObject({ notReady: "", storeState: "up", sliceMs: 30_000, cacheOffReason: "store" });
    expect(last.calls.outcomes).toEqual([
      { outcome: "OK", count: 2 },
      { outcome: "INVALID_ARGUMENT", count: 1 },
    ]);
    expect(last.nodes).toBeUndefined();
    expect(last.registryAgeSeconds).toBeGreaterThan(0);
    expect(last.calls.slowest).toHaveLength(3);
    for (const { totalUs, hopsUs } of last.calls.slowest) {
      expect(hopsUs.reduce((sum, us) => sum + us, 0)).toBeLessThanOrEqual(totalUs);
    }
    // No feature, no key, no path.
    expect(JSON.stringify(last)).not.toMatch(/trips|driver|registry\.db|feast-sidecar-repo/);
    const before = events.length;
    await delay(2300);
    expect(events.length - before).toBeGreaterThanOrEqual(1);
    expect(events.length - before).toBeLessThanOrEqual(3);
  });

  it("takes sixteen, refuses the seventeenth with a sentence, and takes another when one has left", async () => {
    const { target } = await sample();
    const streams = await Promise.all(Array.from({ length: 16 }, () => open(target)));
    for (const { response } of streams) expect(response.statusCode).toBe(200);
    const refused = await open(target);
    expect([refused.response.statusCode, refused.response.headers["retry-after"]]).toEqual([503, "5"]);
    expect(refused.text()).toMatch(/^as many event streams as there may be are open, .*\n$/);
    expect((await open(target, "/livez")).response.statusCode).toBe(200);
    streams[3]?.response.destroy();
    await expect.poll(async () => (await open(target)).response.statusCode).toBe(200);
  });

  it("ends its streams when the admin port closes", async () => {
    const admin = await sample();
    const streams = await Promise.all([open(admin.target), open(admin.target)]);
    await admin.close();
    await Promise.all(streams.map(({ ended }) => ended));
    expect(admin.openConnections()).toBe(0);
  });

  it("does not keep a sidecar from stopping", async () => {
    const sidecar = await start();
    const { ended } = await open(new URL(sidecar.adminUrl).host);
    sidecar.signal("SIGTERM");
    await ended;
    const end = await sidecar.ended();
    expect(end.code).toBe(0);
    expect(end.tookMs).toBeLessThan(2000);
  });

  it("makes no snapshot when nobody watches, and one for all who do", async () => {
    let made = 0;
    const admin = await sample(() => {
      made += 1;
      return STATUS_SAMPLE;
    });
    const streams = await Promise.all([open(admin.target), open(admin.target), open(admin.target)]);
    await delay(2500);
    // Each has one at once; then the three share one a second.
    expect(made).toBeGreaterThanOrEqual(4);
    expect(made).toBeLessThanOrEqual(6);
    for (const { response } of streams) response.destroy();
    await expect.poll(() => admin.openConnections()).toBe(0);
    const before = made;
    await delay(1300);
    expect(made).toBe(before);
  });

  it("keeps to the Host rule and to GET, as the rest of the port", async () => {
    const { target } = await sample();
    for (const path of ["/", "/events"]) {
      expect((await open(target, path, { host: "evil.example" })).response.statusCode).toBe(421);
      expect((await open(target, path, { method: "POST" })).response.statusCode).toBe(405);
    }
    const head = await open(target, "/events", { method: "HEAD" });
    await head.ended;
    expect([head.response.statusCode, head.text()]).toEqual([200, ""]);
  });
});

describe("/", () => {
  it("is one text, whose policy lets its own script and styles run and nothing else", async () => {
    const { target } = await sample();
    const { response, text } = await open(target, "/");
    expect(response.headers["content-type"]).toBe("text/html; charset=utf-8");
    const html = text();
    expect(html).not.toMatch(/\b(?:src|srcset|action)=|@import\b(?! \{)|url\(|innerHTML|href="(?!data:,")/);
    const hash = (tag: RegExp): string => {
      const [, inside] = tag.exec(html) as unknown as [string, string];
      return `'sha256-${createHash("sha256").update(inside).digest("base64")}'`;
    };
    expect(response.headers["content-security-policy"]).toBe(
      `default-src 'none'; script-src ${hash(/<script type="module">(.*)<\/script>/s)}; style-src ${hash(/<style>(.*)<\/style>/s)}; ` +
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
        "require-trusted-types-for 'script'; trusted-types 'none'",
    );
    expect(response.headers["x-content-type-options"]).toBe("nosniff");
  });
});

describe("top", () => {
  it("prints one frame where there is no terminal", async () => {
    const { target } = await sample();
    const run = await runCli(["top", "--admin", target]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toContain("feast-sidecar 0.1.0  ready  up 2 d 4 h\n");
    expect(run.stdout).not.toContain("\x1b");
  });

  it("ends with 1 and a sentence when there is no sidecar, too many watch, or it is something else", async () => {
    const nobody = `127.0.0.1:${await freePort()}`;
    expect(await runCli(["top", "--once", "--admin", nobody])).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^feast-sidecar: 127\.0\.0\.1:\d+: .*ECONNREFUSED/),
    });
    const { target } = await sample();
    await Promise.all(Array.from({ length: 16 }, () => open(target)));
    const full = await runCli(["top", "--once", "--admin", target]);
    expect(full).toMatchObject({ code: 1, stderr: expect.stringMatching(/: 503 as many event streams .*\n$/) });
    const sidecar = await start();
    const data = await runCli(["top", "--admin", sidecar.address]);
    expect(data).toMatchObject({ code: 1, stderr: expect.stringMatching(/: 404 /) });
  });

  it("ends with 64 for a command line that makes no sense", async () => {
    for (const args of [["--admin", "nowhere"], ["--often"], ["extra"]]) {
      expect((await runCli(["top", ...args])).code).toBe(64);
    }
  });
});

it("is in the built program too: `make build` copies what the page is made of", async () => {
  const { dir } = repository();
  const program = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
  const args = ["serve", "--chdir", dir, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "ignore"] });
  atEnd(() => child.kill());
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  const { admin } = JSON.parse(line.toString()) as { admin: string };
  const { response, text } = await open(admin, "/");
  expect(response.statusCode).toBe(200);
  for (const name of ["formatMicros", "follow", "drawBudget", "drawWaterfalls"]) {
    expect(text()).toMatch(new RegExp(`^(?:const|function) ${name}\\b`, "m"));
  }
});
