/**
 * Writes docs/results.md (`npm run docs:results`) from the outcomes in `examples/<study>/results` and the figures that
 * `examples/<study>/paper.json` quotes. With `--check` it only compares.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { resultsPage } from "./results-page.ts";

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const root = resolve(fileURLToPath(import.meta.url), "../..");
const file = resolve(root, "docs/results.md");
const page = resultsPage(resolve(root, "examples"));

if (!values.check) writeFileSync(file, page);
else if (readFileSync(file, "utf8") !== page) {
  console.error(`${relative(process.cwd(), file)} is not what the committed results say. Run: npm run docs:results`);
  process.exitCode = 1;
}
