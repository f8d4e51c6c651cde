/**
 * Adds to package-lock.json the builds for other platforms that the registry in use did not carry. npm leaves such
 * optional packages out of the lockfile without a word, and then `npm ci` refuses the lockfile everywhere.
 * Run it after `npm install`; `--check` only tells. Plain JavaScript, since it must run before anything is installed.
 */
import { readFileSync, writeFileSync } from "node:fs";

const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const processors = ["arm", "arm64", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];

/** The lockfile's entry for a platform build such as `@rollup/rollup-linux-x64-musl`, told by its name. */
function entryOf(name, version) {
  const words = name.split(/[/-]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor));
  if (os.length !== 1 || cpu.length !== 1) throw new Error(`${name}@${version} is missing and is no platform build.`);
  const libc = words.some((word) => word.startsWith("musl")) ? ["musl"] : words.includes("gnu") ? ["glibc"] : undefined;
  return { version, cpu, dev: true, ...(os[0] === "linux" && libc ? { libc } : {}), optional: true, os };
}

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const missing = {};
for (const [path, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    if (`node_modules/${name}` in lock.packages || `${path}/node_modules/${name}` in lock.packages) continue;
    missing[`node_modules/${name}`] = entryOf(name, version);
  }
}

const count = Object.keys(missing).length;
if (process.argv.includes("--check")) {
  if (count > 0)
    console.error(`package-lock.json lacks ${count} platform builds: run node scripts/complete-lockfile.mjs`);
  process.exitCode = count > 0 ? 1 : 0;
} else if (count > 0) {
  const packages = Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(
    "package-lock.json",
    `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`,
  );
  console.log(`Added ${count} platform builds to package-lock.json.`);
}
