/**
 * Measures the check of program texts, in milliseconds of processor time: the first one of a process, plain and with
 * types; small and large ones; and the worst of the hostile texts of the tests.
 *
 *   npm run bench:check
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { checkSource } from "../src/sandbox/check.ts";
import type { CodeSpec } from "../src/sandbox/sandbox.ts";
import { hostileTexts } from "../test/sandbox/hostile.ts";
import { median } from "./clock.ts";

const spec: CodeSpec = { entry: "f", params: ["x"], async: false, scope: [] };
const plain = "function f(x) {\n  const parts = x.split(',').map((part) => part.trim());\n  return parts.length;\n}";
const typed = plain.replace("(x)", "(x: string): number");

function timeOf(text: string): number {
  const before = process.cpuUsage();
  try {
    checkSource(text, spec);
  } catch {
    // A refusal takes its time, too.
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

function first(kind: string): number {
  const runs = Array.from({ length: 7 }, () => {
    const self = fileURLToPath(import.meta.url);
    return Number(spawnSync(process.execPath, [...process.execArgv, self, kind], { encoding: "utf8" }).stdout);
  });
  return median(runs);
}

function row(name: string, ms: number): void {
  console.log(`${name.padEnd(40)} ${ms.toFixed(2)} ms`);
}

const kind = process.argv[2];
if (kind !== undefined) console.log(timeOf(kind === "typed" ? typed : plain));
else {
  row("first check, plain JavaScript", first("plain"));
  row("first check, with types", first("typed"));
  const many = (text: string): number => median(Array.from({ length: 50 }, (_, i) => timeOf(`${text}\n// ${i}`)));
  const large = (text: string): string =>
    Array.from({ length: 40 }, (_, i) => text.replace(" f(", ` g${i}(`)).join("\n");
  row("4 lines, plain", many(plain));
  row("4 lines, with types", many(typed));
  row("160 lines, plain", many(`${plain}\n${large(plain)}`));
  row("160 lines, with types", many(`${typed}\n${large(typed)}`));
  const worst = hostileTexts(50_000, 20_000).map(([name, text]) => ({ name, ms: timeOf(text) }));
  worst.sort((a, b) => b.ms - a.ms);
  for (const { name, ms } of worst.slice(0, 5)) row(`hostile: ${JSON.stringify(name)}`, ms);
  row("memory at most, in MB", process.resourceUsage().maxRSS / 1024);
}
