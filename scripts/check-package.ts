/**
 * Checks the package as users get it: packs it once, lints that tarball, installs it into an empty project, imports
 * every path of the exports map there, runs the demo of the command, and type-checks and runs a consumer's program.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { bundleSize, maxBundleBytes } from "./bundle-size.ts";
import { relativeLinks } from "./links.ts";
import { packInto } from "./tarball.ts";

interface Manifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const tool = (name: string): string => resolve("node_modules/.bin", name);
const folder = mkdtempSync(join(tmpdir(), "tracegrad-package-"));

function step(title: string, cwd: string, command: string, ...args: readonly string[]): string {
  console.log(`- ${title}`);
  try {
    return execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error(`${title} failed: ${command} ${args.join(" ")}\n${stdout ?? ""}\n${stderr ?? ""}`, {
      cause: error,
    });
  }
}

function install(title: string, ...what: readonly string[]): void {
  step(title, folder, "npm", "install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", ...what);
}

function checkTarball(): string {
  console.log("- build and pack");
  const { path: tarball, bytes, files } = packInto(folder);
  console.log(`  ${basename(tarball)}: ${files} files, ${Math.round(bytes / 1024)} kB`);
  step("publint", ".", tool("publint"), "run", tarball, "--strict");
  step("are the types wrong", ".", tool("attw"), tarball, "--profile", "esm-only");
  return tarball;
}

/** The pages of the installed package: what is no address is a file there, and the package page has only addresses. */
function checkPages(): void {
  console.log("- links and pictures of the pages");
  const home = join(folder, "node_modules", manifest.name);
  for (const page of readdirSync(home, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md"))) {
    const links = relativeLinks(readFileSync(join(home, page), "utf8")).map(({ target }) => target);
    const fileOf = (target: string): string => join(home, dirname(page), target.replace(/#.*$/, ""));
    const bad = links.filter((target) => page === "README.md" || !existsSync(fileOf(target)));
    if (bad.length > 0) throw new Error(`${page} of the package leads to files that are not there: ${bad.join(", ")}`);
  }
}

async function checkBundle(): Promise<void> {
  console.log("- size of a bundle");
  const { gzip, packages } = await bundleSize(folder);
  const parts = packages.map(([name, bytes]) => `${name} ${bytes}`).join(", ");
  console.log(`  ${gzip} bytes after gzip`);
  if (gzip > maxBundleBytes)
    throw new Error(
      `A bundle of bundle, trace and parameter has ${gzip} bytes after gzip, more than ${maxBundleBytes}: ${parts}`,
    );
}

const paths = Object.keys(manifest.exports).filter((path) => path !== "./package.json");
/** These paths are for those who have installed the package that they use; all others must do without. */
const needsPeer = (path: string): boolean => path.startsWith("./llm/") || ["./otel", "./bullmq"].includes(path);

/** Imports each path in a process of its own, so that none leans on what another has loaded. */
function importAll(some: readonly string[]): void {
  for (const path of some) {
    const name = path.replace(".", manifest.name);
    const program = `const names = Object.keys(await import("${name}")); if (names.length === 0) throw new Error("exports nothing");`;
    step(`import "${name}"`, folder, process.execPath, "--input-type=module", "--eval", program);
  }
}

function checkConsumer(): void {
  const compilerOptions = { module: "nodenext", target: "es2022", strict: true, exactOptionalPropertyTypes: true };
  const config = { compilerOptions: { ...compilerOptions, lib: ["es2023", "esnext.disposable"], types: ["node"] } };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  copyFileSync("test/package/consumer.ts", join(folder, "consumer.ts"));
  step("type-check a consumer", folder, tool("tsc"), "-p", ".");
  console.log(step("run the consumer", folder, process.execPath, "consumer.js").trimEnd());
}

/** The demo must need nothing that the tarball does not bring: no tsx, no peer, no network. */
function checkDemo(): void {
  const output = step("tracegrad demo", folder, join("node_modules", ".bin", "tracegrad"), "demo");
  for (const line of output.matchAll(/^(?:baseline|learned) .*$/gm)) console.log(`  ${line[0]}`);
  const expected = [
    /^baseline .* 0\.000 \[/m,
    /^learned .* 1\.000 \[/m,
    /^Proven better on the sealed test/m,
    /^What to do next$/m,
  ];
  const missing = expected.filter((pattern) => !pattern.test(output));
  if (missing.length > 0) throw new Error(`tracegrad demo did not print ${missing.join(", ")}:\n${output}`);
}

try {
  const tarball = checkTarball();
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  install("install the tarball alone, without scripts and optional peers", tarball);
  checkPages();
  importAll(paths.filter((path) => !needsPeer(path)));
  checkDemo();
  await checkBundle();
  // Those that the project itself does not install are imported only when they are used.
  const peers = Object.keys(manifest.peerDependencies).filter((name) => name in manifest.devDependencies);
  const tools = ["@types/node", ...peers];
  install("install the optional peers", ...tools.map((name) => `${name}@${manifest.devDependencies[name]}`));
  importAll(paths.filter(needsPeer));
  checkConsumer();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
