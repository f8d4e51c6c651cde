/** Makes the Python environment of the Atari games: `npm run setup:atari`. */

import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { environmentOfAtari, hasAtari, pythonOfAtari } from "./bridge.ts";

const folder = environmentOfAtari();

/** Runs a command with its output on the console; false when it fails or does not exist. */
function run(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "inherit" });
    return true;
  } catch {
    return false;
  }
}

/** What to do, or undefined when all went well. */
function setUp(): string | undefined {
  if (hasAtari()) {
    console.log(`${pythonOfAtari()} is there already. Delete its folder to make it anew.`);
    return undefined;
  }
  const isPython = (command: string) =>
    run(command, ["-c", "import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))"]);
  const python = ["python3", "python3.12", "python3.11", "python3.10"].find(isPython);
  if (python === undefined) {
    return "The Atari games need Python 3.10 to 3.12, and there is none. Install it, then run `npm run setup:atari` again.";
  }
  console.log("Installing the Arcade Learning Environment: about 600 MB and a minute.");
  const pip = (...args: readonly string[]) =>
    run(join(folder, "bin", "python"), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...args]);
  const isInstalled =
    run(python, ["-m", "venv", "--clear", folder]) &&
    pip("--prefer-binary", "-r", join(import.meta.dirname, "requirements.txt")) &&
    pip("--no-deps", "ocatari==2.2.1");
  // Half of an environment would be taken for a whole one.
  if (!isInstalled) rmSync(folder, { recursive: true, force: true });
  if (!isInstalled)
    return "The Python packages could not be installed: see above. The network, or `python3-venv`, may be missing.";
  console.log(`Ready: ${pythonOfAtari()}`);
  return undefined;
}

const problem = setUp();
if (problem !== undefined) {
  console.error(problem);
  process.exitCode = 1;
}
