/** The status page in a real Chromium: live under load, nothing to complain of, and text stays text whatever it says. */
import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Registry } from "../../src/gen/feast/core/Registry.ts";
import { STATUS_SAMPLE } from "../fakes/status-sample.ts";
import { adminOfSample } from "../helpers/admin-of-sample.ts";
import { askHttp } from "../helpers/ask-sidecar.ts";
import { loadGoldenRedis, type RepositoryCopy } from "../helpers/feature-repository.ts";
import { complaintsOf, openBrowser } from "../helpers/open-browser.ts";
import { useSidecars } from "../helpers/use-sidecars.ts";
import { freePort, startRedis } from "./store-redis-server.ts";

/** Does something as markup, as an attribute, in a script and in a style. */
const HOSTILE = `"'></b><img src=x onerror="document.title='owned'"><script>document.title='owned'</script>{}*/`;

const { start, repository, atEnd } = useSidecars();
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

async function visit(
  adminUrl: string,
  options: { width?: number; colorScheme?: "light" | "dark" } = {},
): Promise<{ page: Page; complaints: string[] }> {
  const { width = 1200, colorScheme = "light" } = options;
  const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
  atEnd(() => page.close());
  const complaints = complaintsOf(page);
  await page.goto(`${adminUrl}/`);
  await page.waitForSelector("body:not([data-waiting])");
  return { page, complaints };
}

async function visitSample(status: () => typeof STATUS_SAMPLE, options: Parameters<typeof visit>[1] = {}) {
  const admin = await adminOfSample(status);
  atEnd(admin.close);
  return visit(`http://${admin.target}`, options);
}

function renameView({ registry }: RepositoryCopy, from: string, to: string): void {
  const message = Registry.decode(readFileSync(registry));
  const view = message.featureViews.find(({ spec }) => spec?.name === from);
  if (view?.spec === undefined) throw new Error(`no view ${from}`);
  view.spec.name = to;
  writeFileSync(registry, Registry.encode(message).finish());
}

const text = async (page: Page, selector: string): Promise<string> =>
  (await page.locator(selector).textContent()) ?? "";

describe("under load, with a view whose name is an attack", () => {
  it("shows live figures, and does no harm", async () => {
    const redis = await startRedis(await freePort());
    await loadGoldenRedis(redis.port);
    const repo = repository("redis", { redisPort: redis.port });
    renameView(repo, "cust_stats", HOSTILE);
    const sidecar = await start({ repo });
    atEnd(() => redis.stop());
    let isOver = false;
    const body = JSON.stringify({ features: [`${HOSTILE}:spend`], entities: { customer_id: ["c1", "c2"] } });
    const load = async (): Promise<void> => {
      while (!isOver) {
        expect((await askHttp(sidecar.url, body)).status).toBe(200);
        await askHttp(sidecar.url);
        await delay(5);
      }
    };
    const loading = load();
    atEnd(() => {
      isOver = true;
      return loading;
    });

    const { page, complaints } = await visit(sidecar.adminUrl);
    const seen = async () => [
      await text(page, "#budget-count"),
      await text(page, ".is-total td:nth-child(3)"),
      await page.locator("#hops .is-total circle.p50").getAttribute("cx"),
    ];
    const [count, p50] = await seen();
    expect(p50).toMatch(/^\d+(\.\d+)? (µs|ms)$/);
    await expect
      .poll(async () => Number((await seen())[0]?.replace(/\D/g, "")))
      .toBeGreaterThan(Number(count?.replace(/\D/g, "")) + 20);
    expect(await page.locator("#hops tr").count()).toBe(9);
    expect(await text(page, "#nodes th")).toBe(`127.0.0.1:${redis.port}`);
    expect(await text(page, "#nodes .badge")).toBe("serving");
    await expect.poll(() => text(page, "#hits")).toMatch(/^9\d\.\d %$/);
    expect(await page.locator("#slowest > li").count()).toBe(20);

    expect(await page.locator("#views th").allTextContents()).toContain(HOSTILE);
    expect(await page.locator("img, main script").count()).toBe(0);
    expect(await page.title()).toBe("feast-sidecar: status");
    expect(complaints).toEqual([]);

    // What is open and focused stays so while figures change.
    const slowest = page.locator("#slowest summary").first();
    await slowest.focus();
    await page.keyboard.press("Enter");
    const opened = page.locator("#slowest details[open]");
    const hops = await opened.locator(".parts").textContent();
    expect(hops).toMatch(/plan/);
    await delay(2200);
    expect(await opened.locator(".parts").textContent()).toBe(hops);

    await page.locator("#pause").focus();
    await page.keyboard.press("Enter");
    expect(await page.locator("#pause").getAttribute("aria-pressed")).toBe("true");
    const still = await seen();
    await delay(2200);
    expect(await seen()).toEqual(still);
    await page.keyboard.press("Enter");
    await expect.poll(seen).not.toEqual(still);
  });

  it("says that its figures are old when the sidecar stops, and goes on when it is back", async () => {
    const admin = `127.0.0.1:${await freePort()}`;
    const first = await start({ admin });
    const { page } = await visit(`http://${admin}`);
    expect(await page.locator("#stale").isVisible()).toBe(false);
    await first.stop();
    await expect.poll(() => page.locator("#stale").isVisible(), { timeout: 8000 }).toBe(true);
    expect(await text(page, "#stale")).toMatch(/^No news: .* These figures are \d+ s old\.$/s);
    await start({ admin });
    await expect.poll(() => page.locator("#stale").isVisible(), { timeout: 15_000 }).toBe(false);
  });
});

describe("figures of another's making", () => {
  it("stay text in every place that shows one", async () => {
    const attack = {
      ...STATUS_SAMPLE,
      version: HOSTILE,
      notReady: HOSTILE,
      nodes: STATUS_SAMPLE.nodes!.map((node) => ({ ...node, node: HOSTILE, zone: HOSTILE, reason: HOSTILE })),
      cacheOffReason: HOSTILE,
      calls: {
        ...STATUS_SAMPLE.calls,
        slowest: STATUS_SAMPLE.calls.slowest.map((call) => ({ ...call, traceId: HOSTILE })),
      },
    };
    const { page, complaints } = await visitSample(() => attack);
    await page.locator("#slowest summary").first().click();
    for (const place of ["#version", "#nodes th", "#slowest details[open] .trace code"]) {
      expect(await page.locator(place).first().textContent()).toBe(HOSTILE);
    }
    for (const place of ["#ready", "#hits-note", "#nodes td:nth-child(3)", "#nodes td:nth-child(5)"]) {
      expect(await page.locator(place).first().textContent()).toContain(HOSTILE.slice(0, 40));
    }
    expect(await page.locator("img, main script").count()).toBe(0);
    expect(await page.title()).toBe("feast-sidecar: status");
    expect(complaints).toEqual([]);
  });

  it("draw the picture to scale: what is over the slice stands right of it, in red", async () => {
    const { page } = await visitSample(() => STATUS_SAMPLE);
    // Else the marks are drawn anew while they are measured.
    await page.locator("#pause").click();
    const left = async (selector: string): Promise<number> => (await page.locator(selector).boundingBox())!.x;
    const slice = await left("#hops .is-total line.slice");
    expect(await left("#hops .is-total rect.p999")).toBeGreaterThan(slice);
    expect(await left("#hops .is-total circle.p99")).toBeLessThan(slice);
    expect(await left("#hops .is-total circle.p50")).toBeLessThan(await left("#hops .is-total circle.p99"));
    expect(await page.locator("#hops .is-total td.over").allTextContents()).toEqual(["10.9 ms"]);
    const [bar] = await page.locator("#slowest > li:first-child .bar rect.hop-redis").all();
    const whole = (await page.locator("#slowest > li:first-child .bar").boundingBox())!.width;
    expect((await bar!.boundingBox())!.width / whole).toBeCloseTo(13_420 / STATUS_SAMPLE.calls.slowest[0]!.totalUs, 1);
  });

  it("can be read at phone width, in both schemes, without sideways scrolling", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page, complaints } = await visitSample(() => STATUS_SAMPLE, { width: 390, colorScheme });
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
      const colours = (await page.evaluate(
        "(() => { const { color, backgroundColor } = getComputedStyle(document.body); return [color, backgroundColor]; })()",
      )) as [string, string];
      expect(contrast(...colours)).toBeGreaterThan(7);
      expect(complaints).toEqual([]);
    }
  });
});

it("says so where there is nothing to show: no calls, a store without nodes, no cache", async () => {
  const sidecar = await start();
  const { page, complaints } = await visit(sidecar.adminUrl);
  expect(await text(page, "#budget-empty")).toBe("No calls in the last minute.");
  expect(await text(page, "#slowest-empty")).toBe("No calls in the last five minutes.");
  expect(await text(page, "#nodes-empty")).toBe("This store has no nodes. It is up.");
  expect([await text(page, "#hits"), await text(page, "#hits-note")]).toEqual([
    "off",
    "the store does not tell what changes",
  ]);
  expect(await page.locator("#nodes-table").isVisible()).toBe(false);
  expect(await page.locator("main").textContent()).not.toMatch(/NaN|undefined|Infinity/);
  expect(complaints).toEqual([]);
});

/** Of WCAG 2, for two `rgb(…)`. */
function contrast(one: string, other: string): number {
  const luminance = (colour: string): number => {
    const [red, green, blue] = colour.match(/\d+/g)!.map((each) => {
      const share = Number(each) / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}
