/**
 * Checks the imports of the project against `.dependency-cruiser.mjs`, and the checker against a fixture with one
 * planted fault for each rule: a checker that cannot fail, or that saw no module, fails here.
 */
import { existsSync } from "node:fs";
import { cruise, type IForbiddenRuleType, type IModule, type IViolation } from "dependency-cruiser";
import extractConfig from "dependency-cruiser/config-utl/extract-depcruise-config";
import extractTsConfig from "dependency-cruiser/config-utl/extract-ts-config";

const config = await extractConfig("./.dependency-cruiser.mjs");
const rules: readonly IForbiddenRuleType[] = config.forbidden ?? [];
/** Holds among the imports that are left at run time: one room may have types that name each other. */
const isAboutRunTime = (rule: IForbiddenRuleType): boolean => rule.name === "cycle";

interface Sight {
  readonly modules: readonly IModule[];
  readonly violations: readonly IViolation[];
}

async function cruised(baseDir: string, folders: readonly string[], runTime: boolean): Promise<Sight> {
  const ruleSet = { forbidden: rules.filter((rule) => isAboutRunTime(rule) === runTime) };
  const present = folders.filter((folder) => existsSync(`${baseDir}/${folder}`));
  const { output } = await cruise(
    present,
    { ...config.options, baseDir, validate: true, ruleSet, exclude: "^test/fixtures/", tsPreCompilationDeps: !runTime },
    undefined,
    { tsConfig: extractTsConfig("tsconfig.json") },
  );
  if (typeof output === "string") throw new Error(`dependency-cruiser gave a text instead of a result:\n${output}`);
  return { modules: output.modules, violations: output.summary.violations };
}

/** What the rules say of the imports as they are written, and of those that are left at run time. */
async function seen(baseDir: string, folders: readonly string[]): Promise<Sight> {
  const written = await cruised(baseDir, folders, false);
  const running = await cruised(baseDir, folders, true);
  return { modules: written.modules, violations: [...written.violations, ...running.violations] };
}

const commentOf = (name: string): string => rules.find((rule) => rule.name === name)?.comment ?? "";

async function checkProject(): Promise<string[]> {
  const { modules, violations } = await seen(process.cwd(), ["src", "test", "examples", "bench", "scripts"]);
  const sources = modules.filter((module) => module.source.startsWith("src/"));
  if (sources.length === 0) return ["No module of src was seen, so nothing was checked."];
  const imports = sources.reduce((sum, module) => sum + module.dependencies.length, 0);
  console.log(`${sources.length} modules of src with ${imports} imports, ${rules.length} rules`);
  return violations.map(({ rule, from, to, cycle = [] }) => {
    const way = cycle.length > 0 ? cycle.map(({ name }) => name).join(" -> ") : to;
    return `${rule.name}: ${from} -> ${way}\n    ${commentOf(rule.name)}`;
  });
}

async function checkChecker(): Promise<string[]> {
  const { violations } = await seen(`${process.cwd()}/test/fixtures/imports`, ["src", "examples"]);
  const silent = rules.filter((rule) => !violations.some((violation) => violation.rule.name === rule.name));
  // A fixture file named good-* breaks no rule, so a rule that forbids too much fails here too.
  const unjust = violations.filter((violation) => violation.from.includes("/good-"));
  return [
    ...silent.map((rule) => `Rule "${rule.name}" did not fire on its planted fault in test/fixtures/imports.`),
    ...unjust.map(({ rule, from, to }) => `Rule "${rule.name}" forbids what is allowed: ${from} -> ${to}`),
  ];
}

const problems = [...(await checkChecker()), ...(await checkProject())];
for (const problem of problems) console.error(`✗ ${problem}`);
if (problems.length > 0) process.exitCode = 1;
