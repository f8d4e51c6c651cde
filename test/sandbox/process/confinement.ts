/** How the tests confine processes: by bubblewrap where it works, by permissions where it does not. */
import { spawnSync } from "node:child_process";
import type { Confinement } from "../../../src/sandbox/process/command.ts";

const tried = spawnSync("bwrap", ["--unshare-all", "--ro-bind", "/", "/", "/bin/true"], { stdio: "ignore" });

/** Whether this machine has bubblewrap and lets it make namespaces. */
const hasBubblewrap: boolean = tried.status === 0;

/** The strongest confinement that works here. */
export const confine: Confinement = hasBubblewrap ? "bubblewrap" : "permissions";

/** All that work here. */
export const confinements: readonly Confinement[] = hasBubblewrap ? ["bubblewrap", "permissions"] : ["permissions"];

if (!hasBubblewrap) console.log("bubblewrap does not work here; processes are tested with permissions only");
