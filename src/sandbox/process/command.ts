/** The command that starts a child, with all that confines it. */
import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";
import { getOrSet } from "../../util/collections.ts";
import { loaderSource } from "./child-source.ts";

/**
 * What keeps a child from the machine. `bubblewrap`: namespaces of its own, without network, files and other processes,
 * and Node's permission flags besides (Linux). `permissions`: Node's permission flags alone.
 */
export type Confinement = "bubblewrap" | "permissions";

/** A command with its arguments and environment. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Where the child finds its pipes; 0 to 2 are its standard streams. */
const descriptors = { input: 3, output: 4, info: 5, lifeline: 6 } as const;

/** The command for a child that may use `memoryBytes`. */
export function commandOf(confine: Confinement, memoryBytes: number): Command {
  const node = realpathSync(process.execPath);
  const mebibytes = Math.ceil(memoryBytes / 2 ** 20);
  const options = [
    permissionFlag(process.versions.node),
    // The child's own realm has no need for it; the worlds of programs allow it again.
    ...["--disallow-code-generation-from-strings", "--no-warnings", "--no-addons"],
    ...[`--max-old-space-size=${mebibytes}`, "-e", loaderSource],
  ];
  // A limit on data counts what Node needs to run, too; from Node 24 on, half a gibibyte for code that is to come.
  const data = mebibytes + (Number.parseInt(process.versions.node, 10) < 24 ? 256 : 1024);
  const limits = `ulimit -c 0; ulimit -d $((${data} * 1024)) 2>/dev/null;`;
  const zone = process.env["TZ"] ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (confine === "permissions") {
    // A program that never ends does not notice that nobody waits for it any more, but this shell does.
    const { input, output, info, lifeline } = descriptors;
    const start = `"$@" ${lifeline}<&- & exec ${input}<&- ${output}>&- ${info}>&-`;
    const watch = `read -r line <&${lifeline}; kill -9 $! 2>/dev/null`;
    return { file: "/bin/sh", args: ["-c", `${limits} ${start}; ${watch}`, "sh", node, ...options], env: { TZ: zone } };
  }
  const confined = ["bwrap", ...bubblewrapOptions(node, zone), "/node", ...options];
  const path = process.env["PATH"] ?? "/usr/bin:/bin";
  return { file: "/bin/sh", args: ["-c", `${limits} exec "$@"`, "sh", ...confined], env: { PATH: path } };
}

/** Node 20 has the permission model under another name. */
export function permissionFlag(version: string): string {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const stable = major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13);
  return stable ? "--permission" : "--experimental-permission";
}

function bubblewrapOptions(node: string, zone: string): string[] {
  const libraries = librariesOf(node).flatMap((path) => ["--ro-bind", path, path]);
  return [
    ...["--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--as-pid-1", "--cap-drop", "ALL"],
    ...(hasOption("--disable-userns") ? ["--disable-userns"] : []),
    ...["--uid", "65534", "--gid", "65534", "--hostname", "sandbox"],
    ...["--clearenv", "--setenv", "TZ", zone, "--info-fd", String(descriptors.info)],
    ...[...libraries, "--ro-bind", node, "/node", "--remount-ro", "/", "--chdir", "/"],
  ];
}

let help: string | undefined;

/** Bubblewrap before 0.8 does not know all options. */
function hasOption(name: string): boolean {
  help ??= textOf("bwrap", ["--help"]);
  return help.includes(name);
}

const libraries = new Map<string, string[]>();

/** The shared libraries of a program, which are all that it needs of the file system. */
function librariesOf(program: string): string[] {
  return getOrSet(libraries, program, () => textOf("ldd", [program]).match(/\/\S+(?= \(0x)/g) ?? []);
}

/** What a command prints; nothing where there is no such command. */
function textOf(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch {
    return "";
  }
}
