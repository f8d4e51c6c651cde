/** The report in a real browser: its looks in light and dark, the keyboard, and that hostile data do nothing there. */

import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { reportHtml } from "../../src/report/html.ts";
import { serveReport } from "../../src/report/live.ts";
import { viewOf } from "../../src/report/view.ts";
import { hostileEvents, hostileTexts } from "./hostile.ts";
import { sampleEvents } from "./sample.ts";
import { type Choice, searchEvents } from "./search-sample.ts";

const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/opt/google/chrome/chrome",
];
const executablePath = [process.env["CHROMIUM_PATH"] ?? "", ...places].find((path) => path !== "" && existsSync(path));
if (executablePath === undefined) {
  console.warn(
    "No Chromium was found (apt-get install chromium, or set CHROMIUM_PATH): the report is not tried in a browser.",
  );
}

/** What a page did beside showing itself. */
interface Deeds {
  readonly requests: string[];
  readonly messages: string[];
  readonly dialogs: string[];
}

describe.runIf(executablePath !== undefined)("the report in a browser", () => {
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), "tracegrad-report-"));

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath as string, timeout: 0 });
  });

  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(
    url: string,
    options: Parameters<Browser["newPage"]>[0] = {},
  ): Promise<{ page: Page; deeds: Deeds }> {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, ...options });
    page.setDefaultTimeout(0);
    const deeds: Deeds = { requests: [], messages: [], dialogs: [] };
    page.on("request", (request) => deeds.requests.push(request.url().slice(0, 200)));
    page.on("console", (message) => deeds.messages.push(message.text()));
    page.on("pageerror", (error) => deeds.messages.push(error.message));
    page.on("dialog", (dialog) => {
      deeds.dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await page.goto(url);
    return { page, deeds };
  }

  async function saved(name: string, events = sampleEvents()): Promise<string> {
    const file = join(folder, `${name}.html`);
    writeFileSync(file, await reportHtml(viewOf(events)));
    return pathToFileURL(file).href;
  }

  const openAll = (page: Page) =>
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true");
  const outward = ({ requests }: Deeds) => requests.slice(1).filter((url) => !url.startsWith("data:image/"));

  it.each([
    ["light", 1200],
    ["dark", 390],
  ] as const)("looks whole and legible in %s, %i pixels wide, and asks for nothing", async (colorScheme, width) => {
    const { page, deeds } = await open(await saved("sample"), { colorScheme, viewport: { width, height: 900 } });
    await openAll(page);
    const file = join(folder, `${colorScheme}-${width}.png`);
    await page.screenshot({ path: file, fullPage: true });
    expect(statSync(file).size).toBeGreaterThan(50_000);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
    expect(await page.evaluate("[...document.images].every((image) => image.complete && image.naturalWidth > 0)")).toBe(
      true,
    );
    expect([outward(deeds), deeds.messages, deeds.dialogs]).toEqual([[], [], []]);
    const [paper, ink] = (await page.evaluate(
      "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]",
    )) as [string, string];
    expect(paper).toBe(colorScheme === "light" ? "rgb(250, 249, 247)" : "rgb(19, 18, 23)");
    expect(ink).not.toBe(paper);
    expect(await page.evaluate(faintTexts)).toEqual([]);
    await page.close();
  });

  it.each(["light", "dark"] as const)("shows a search whole, with legible programs, in %s", async (colorScheme) => {
    const { page, deeds } = await open(await saved("search", searchEvents(searchRounds)), { colorScheme });
    await openAll(page);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(1200);
    expect(await page.evaluate(faintTexts)).toEqual([]);
    expect(await page.evaluate(faintNodes)).toEqual([]);
    expect(await page.locator("#lineage .node").count()).toBe(61);
    await page.focus("#lineage a.leader");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate("location.hash")).toMatch(/^#step-/);
    expect([outward(deeds), deeds.messages, deeds.dialogs]).toEqual([[], [], []]);
    await page.close();
  });

  it("can be walked and opened with the keyboard alone, and shows where one is", async () => {
    const { page } = await open(await saved("sample"));
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to the report");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    const stops: string[] = [];
    for (let at = 0; at < 60; at++) {
      await page.keyboard.press("Tab");
      const [name, outline, isAtEnd] = (await page.evaluate(focused)) as [string, string, boolean];
      if (isAtEnd) break;
      expect(name).not.toBe("");
      expect(outline).toBe("solid 3px");
      stops.push(name);
    }
    expect(stops).toContain("Data");
    expect(stops.some((name) => name.startsWith("Step 6"))).toBe(true);
    await page.focus("#step-2 > summary");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.getElementById('step-2').open")).toBe(true);
    await page.keyboard.press("Space");
    expect(await page.evaluate("document.getElementById('step-2').open")).toBe(false);
    await page.focus("button[data-open]");
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.querySelectorAll('#steps > details[open]').length")).toBe(6);
    await page.close();
  });

  it("opens what a link leads to", async () => {
    const { page } = await open(await saved("sample"));
    await page.click('#refused a[href="#step-3"]');
    await expect.poll(() => page.evaluate("document.getElementById('step-3').open")).toBe(true);
    await page.close();
  });

  it("can be read in full without scripts", async () => {
    const { page } = await open(await saved("sample"), { javaScriptEnabled: false });
    expect(await page.locator("#steps details.step").count()).toBe(6);
    expect(await page.locator(".buttons").isVisible()).toBe(false);
    await page.click("#step-1 > summary");
    expect(await page.locator("#step-1 .diff").isVisible()).toBe(true);
    await page.close();
  });

  // One page for all, since a new one takes a second of processor time.
  describe("does nothing with", () => {
    let page: Page;
    let deeds: Deeds;
    beforeAll(async () => {
      ({ page, deeds } = await open("about:blank"));
    });
    afterAll(() => page.close());

    it.each(hostileTexts)("%s", async (_, hostile) => {
      for (const seen of Object.values(deeds) as string[][]) seen.length = 0;
      await page.goto(await saved("hostile", hostileEvents(hostile)));
      await openAll(page);
      await page.waitForLoadState("networkidle");
      expect([outward(deeds), deeds.messages, deeds.dialogs]).toEqual([[], [], []]);
      expect(await page.locator("main section h2").count()).toBe(9);
    });
  });

  it("does nothing with graphs that name pictures, links and styles", async () => {
    const attributes =
      'URL="javascript:alert(1)", image="https://evil.example/x.png", label=<<b>x</b>>, class="\\"><script>"';
    const dot = `digraph { graph [stylesheet="https://evil.example/x.css"]; a [${attributes}]; }`;
    const events = sampleEvents().map((event) =>
      event.type === "step" ? { ...event, proposal: { ...event.proposal, dot } } : event,
    );
    const { page, deeds } = await open(await saved("graphs", events));
    await openAll(page);
    await page.waitForLoadState("networkidle");
    expect(await page.locator(".paper img").count()).toBe(6);
    expect([outward(deeds), deeds.messages, deeds.dialogs]).toEqual([[], [], []]);
    await page.close();
  });

  it("shows a drawing of the user, and runs and loads nothing of it", async () => {
    const drawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20" onload="alert(1)"><script>alert(2)</script>
      <style>@import url(https://evil.example/x.css);</style><image href="https://evil.example/x.png" width="9" height="9"/>
      <foreignObject width="9" height="9"><iframe xmlns="http://www.w3.org/1999/xhtml" src="https://evil.example/"/></foreignObject>
      <rect width="40" height="20" fill="green"/></svg>`;
    const image = { type: "image", mediaType: "image/svg+xml", data: Buffer.from(drawing).toString("base64") } as const;
    const pictures = [{ name: "a drawing", text: "", image, problem: undefined }];
    const file = join(folder, "pictures.html");
    writeFileSync(file, await reportHtml({ ...viewOf(sampleEvents()), pictures }, { maxGraphs: 0 }));
    const { page, deeds } = await open(pathToFileURL(file).href);
    await page.locator("#pictures img").scrollIntoViewIfNeeded();
    await expect.poll(() => page.evaluate("document.querySelector('#pictures img').naturalWidth")).toBeGreaterThan(0);
    await page.waitForLoadState("networkidle");
    expect([outward(deeds), deeds.messages, deeds.dialogs]).toEqual([[], [], []]);
    await page.close();
  });

  it("goes on by itself while it is served, and leaves open what is open", async () => {
    let view = viewOf(sampleEvents().slice(0, 12));
    await using server = await serveReport(async () => view);
    const { page, deeds } = await open(server.url);
    expect(await page.textContent("#state")).toBe("Running or interrupted");
    // Open from the start, as the best step of then; and opened by hand.
    expect(await page.evaluate("document.getElementById('step-1').open")).toBe(true);
    await page.click("#step-1-feedback > summary");
    view = viewOf(hostileEvents('<img src=x onerror="alert(1)">'));
    await expect.poll(() => page.textContent("#state")).toContain("Finished");
    expect(await page.evaluate("document.getElementById('step-1').open")).toBe(true);
    expect(await page.evaluate("document.getElementById('step-1-feedback').open")).toBe(true);
    expect(await page.evaluate("document.getElementById('step-6').open")).toBe(false);
    expect(await page.evaluate("document.activeElement.parentElement.id")).toBe("step-1-feedback");
    expect(await page.locator(".buttons").isVisible()).toBe(true);
    expect(deeds.requests.every((url) => url.startsWith(server.url) || url.startsWith("data:image/"))).toBe(true);
    expect([deeds.messages, deeds.dialogs]).toEqual([[], []]);
    await server.close();
    await expect.poll(() => page.textContent("#state")).toContain("has stopped");
    await page.close();
  });
});

/** The name, the outline, and whether the walk has left the page. Runs in the browser. */
const focused = `(() => {
  const at = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  const name = at.getAttribute("aria-label") || at.textContent.trim().replace(/\\s+/g, " ");
  return [name, outlineStyle + " " + outlineWidth, at === document.body];
})()`;

/** A search of 60 programs beside the start, with scores of all shades. */
const searchRounds: readonly (readonly Choice[])[] = Array.from({ length: 12 }, (_, round) =>
  Array.from({ length: 5 }, (__, index) => ({
    parents: index === 4 ? [round * 2, round * 2 + 1] : [round * 3 + index],
    ...{ leads: "new" as const, score: (round * 5 + index) / 60, cost: index, isScored: index !== 3 },
  })),
);

/** Reads colours in the browser. */
const light = `
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (one, other) => {
    const [a, b] = [light(rgba(one)), light(rgba(other))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };`;

/** Programs of a lineage whose words do not stand out from their boxes. Runs in the browser. */
const faintNodes = `(() => {${light}
  return [...document.querySelectorAll(".node")]
    .map((node) => [node.getAttribute("class"), contrast(getComputedStyle(node.querySelector("text")).fill, getComputedStyle(node.querySelector("rect")).fill)])
    .filter(([, ratio]) => ratio < 4.5)
    .map(([name, ratio]) => name + " " + ratio.toFixed(2));
})()`;

/** Texts whose contrast to what is behind them is below that of WCAG AA. Runs in the browser. */
const faintTexts = `(() => {${light}
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (rgba(colour)[3] === 255) return colour;
    }
    return "white";
  };
  const faint = new Set();
  for (const element of document.querySelectorAll("body *")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
    if (!hasText || element.closest("svg, script, .unseen, .skip") || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const ratio = contrast(style.color, ground(element));
    const isLarge = parseFloat(style.fontSize) >= 24;
    if (ratio < (isLarge ? 3 : 4.5)) faint.add(element.tagName + "." + element.className + " " + ratio.toFixed(2));
  }
  return [...faint];
})()`;
