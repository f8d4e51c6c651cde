/**
 * Draws the pictures of the README, `npx tsx --conditions=@tracegrad/source scripts/draw.ts`, after `npm run demo:prompt`: the
 * graph of its first example with a canned answer instead of a model, the end of the demo's output, and its report.
 */

import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { bundle, parameter, t, trace } from "tracegrad";

const root = resolve(import.meta.dirname, "..");
const images = join(root, "docs/images");

/** Asks the language model. */
const ask = bundle(async (text: string) => (text.length > 0 ? "This sounds like a question about a payment." : ""));

async function drawTrace(): Promise<void> {
  const prompt = parameter("Which team should handle this ticket?", { name: "prompt" });
  const graph = await trace(() => ask(t`${prompt}\n\n${"I was charged twice."}`));
  graph.backward('Wrong: expected "billing". The teams are billing, login and delivery.');
  writeFileSync(join(images, "trace.svg"), await graph.toSvg());
}

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
const colours: readonly (readonly [RegExp, string])[] = [
  [/^\+/, "#7ee787"],
  [/^(?:---|@@)/, "#8b949e"],
  [/^Proven better/, "#7ee787"],
  [/^ {2}learned/, "#7ee787"],
];

/** Text as a terminal shows it. */
function terminalSvg(lines: readonly string[]): string {
  const [row, column] = [18, 7.85];
  const width = Math.ceil(Math.max(...lines.map((line) => line.length)) * column) + 40;
  const rows = lines.map((line, index) => {
    const fill = colours.find(([form]) => form.test(line))?.[1] ?? "#e6edf3";
    const text = line.replace(/[&<>]/g, (one) => escapes[one] ?? one);
    return `<text x="20" y="${38 + index * row}" fill="${fill}" xml:space="preserve">${text}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${lines.length * row + 50}">`,
    '<rect width="100%" height="100%" rx="8" fill="#0d1117"/>',
    '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="13">',
    ...rows,
    "</g></svg>\n",
  ].join("\n");
}

function drawTerminal(): void {
  const output = execFileSync("npm", ["run", "-s", "demo:prompt"], { cwd: root, encoding: "utf8" });
  const lines = output.split("\n");
  const [from, to] = [lines.indexOf("What was learned"), lines.findIndex((line) => line.startsWith("On validation:"))];
  writeFileSync(join(images, "terminal.svg"), terminalSvg(["$ npx tracegrad demo", "…", ...lines.slice(from, to)]));
}

async function drawReport(): Promise<void> {
  const browser = await chromium.launch({ executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium" });
  const page = await browser.newPage({ viewport: { width: 1100, height: 620 } });
  await page.goto(pathToFileURL(join(root, "runs/prompt/report.html")).href);
  await page.screenshot({ path: join(images, "report.png") });
  await browser.close();
}

await drawTrace();
drawTerminal();
await drawReport();
