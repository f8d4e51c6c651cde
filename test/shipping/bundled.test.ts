/** What was learned is live in a production build: one minified file, with the package inside of it. */

import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, inject, it } from "vitest";
import { temporaryFolder } from "../llm/folder.ts";

const program = `
import { bundle, parameter } from "tracegrad";
import { load } from "tracegrad/production";
import learned from "./learned.json" with { type: "json" };

const prompt = parameter("Answer.", { name: "prompt" });
const clean = bundle(function clean(text: string): string { return text; }, { name: "clean", trainable: true });
await load([prompt, clean], learned);
console.log(JSON.stringify([(await clean(prompt)).data, (await clean("  far  ")).data]));
`;

it("load of a bundled file makes texts and code live, the code in its sandbox", async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(inject("builtPackage"), join(folder, "node_modules/tracegrad"));
  writeFileSync(join(folder, "main.ts"), program);
  // Only in the sandbox there is no process.
  const clean = "function clean(text: string): string {\n  return `${typeof globalThis.process} ${text.trim()}`;\n}";
  const learned = { format: "tracegrad-learned", version: 1, values: { prompt: " Say ", clean } };
  writeFileSync(join(folder, "learned.json"), JSON.stringify(learned));
  const outfile = join(folder, "out.mjs");
  const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };
  await build({
    ...{ entryPoints: [join(folder, "main.ts")], outfile, banner, logLevel: "silent" },
    ...{ bundle: true, minify: true, platform: "node", format: "esm", target: "node20" },
  });
  // On stderr it says that the minifier took the source away.
  const stdio = ["ignore", "pipe", "ignore"] as const;
  const out = execFileSync(process.execPath, [outfile], { cwd: folder, encoding: "utf8", stdio: [...stdio] });
  expect(JSON.parse(out)).toEqual(["undefined Say", "undefined far"]);
});
