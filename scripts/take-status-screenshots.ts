/** The pictures in docs/status-page/: the status page with made-up figures, in Chromium. */
import { fileURLToPath } from "node:url";
import { STATUS_SAMPLE } from "../test/fakes/status-sample.ts";
import { adminOfSample } from "../test/helpers/admin-of-sample.ts";
import { openBrowser } from "../test/helpers/open-browser.ts";

const PICTURES = [
  { name: "light", colorScheme: "light", width: 1120 },
  { name: "dark", colorScheme: "dark", width: 1120 },
  { name: "phone", colorScheme: "light", width: 390 },
] as const;
/** Some of them, so that the lines behind the figures have a shape. */
const EVENTS = 12;

let events = 0;
const admin = await adminOfSample(() => {
  events += 1;
  const swing = 1 + Math.sin(events / 2) * 0.2;
  const hops = STATUS_SAMPLE.calls.hops.map((hop) =>
    hop.hop === "total" ? { ...hop, p99Us: hop.p99Us * swing } : hop,
  );
  return { ...STATUS_SAMPLE, calls: { ...STATUS_SAMPLE.calls, perSecond: 862.4 * swing, hops } };
});
const browser = await openBrowser();
await Promise.all(
  PICTURES.map(async ({ name, colorScheme, width }) => {
    const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
    await page.goto(`http://${admin.target}/`);
    await page.waitForTimeout(EVENTS * 1000);
    await page.locator("#slowest summary").first().click();
    await page.mouse.move(0, 0);
    const path = fileURLToPath(new URL(`../docs/status-page/${name}.png`, import.meta.url));
    await page.screenshot({ path, fullPage: true });
  }),
);
await browser.close();
await admin.close();
