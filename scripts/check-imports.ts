/**
 * Checks the imports of the project against `.dependency-cruiser.mjs`, and the checker against a fixture with one
 * planted fault for each rule: a checker that cannot fail, or that saw no module, fails here.
 */
import { existsSync } from "node:fs";
import { cruise, type ICruiseResult, type IForbiddenRuleType } from "dependency-cruiser";
import extractConfig from "dependency-cruiser/config-utl/extract-depcruise-config";
import extractTsConfig from "dependency-cruiser/config-utl/extract-ts-config";

const config = await extractConfig("./.dependency-cruiser.mjs");
const rules: readonly IForbiddenRuleType[] = config.forbidden ?? [];

async function cruised(baseDir: string, folders: readonly string[]): Promise<ICruiseResult> {
  const ruleSet = { forbidden: [...rules] };
  const options = { ...config.options, baseDir, validate: true, ruleSet, exclude: "^test/fixtures/" };
  const present = folders.filter((folder) => existsSync(`${baseDir}/${folder}`));
  const { output } = await cruise(present, options, undefined, { tsConfig: extractTsConfig("tsconfig.json") });
  if (typeof output === "string") throw new Error(`dependency-cruiser gave a text instead of a result:\n${output}`);
  return output;
}

/** The violations as `rule: from -> to`, sorted. */
function violationsOf(result: ICruiseResult): string[] {
  return result.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`).sort();
}

const commentOf = (name: string): string => rules.find((rule) => rule.name === name)?.comment ?? "";

async function checkProject(): Promise<string[]> {
  const result = await cruised(process.cwd(), ["src", "test", "examples", "bench", "scripts"]);
  const sources = result.modules.filter((module) => module.source.startsWith("src/"));
  if (sources.length === 0) return ["No module of src was seen, so nothing was checked."];
  console.log(
    `${sources.length} modules of src, ${result.summary.totalDependenciesCruised} imports, ${rules.length} rules`,
  );
  return violationsOf(result).map((line) => `${line}\n    ${commentOf(line.slice(0, line.indexOf(":")))}`);
}

async function checkChecker(): Promise<string[]> {
  const result = await cruised(`${process.cwd()}/test/fixtures/imports`, ["src", "examples"]);
  const found = result.summary.violations;
  const silent = rules.filter((rule) => !found.some((violation) => violation.rule.name === rule.name));
  // A fixture file named good-* breaks no rule, so a rule that forbids too much fails here too.
  const unjust = found.filter((violation) => violation.from.includes("/good-"));
  return [
    ...silent.map((rule) => `Rule "${rule.name}" did not fire on its planted fault in test/fixtures/imports.`),
    ...unjust.map(({ rule, from, to }) => `Rule "${rule.name}" forbids what is allowed: ${from} -> ${to}`),
  ];
}

const problems = [...(await checkChecker()), ...(await checkProject())];
for (const problem of problems) console.error(`✗ ${problem}`);
if (problems.length > 0) process.exitCode = 1;
