/** Next.js: the program as a route, built and served. */
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { npm, type Project, settings, start, type Toolchain } from "./project.ts";
import type { Printed } from "./table.ts";

interface Form {
  readonly builder: "Turbopack" | "webpack";
  /** Settings in next.config.mjs. */
  readonly options: Readonly<Record<string, unknown>>;
}

const route = `import { readFileSync } from "node:fs";
import { run } from "./program.ts";

export const dynamic = "force-dynamic";
export async function GET() {
  return Response.json(await run(JSON.parse(readFileSync(String(process.env["LEARNED"]), "utf8"))));
}
`;

async function runNext(project: Project, { builder, options }: Form): Promise<Printed> {
  const folder = writeApp(project, options);
  const next = "node_modules/next/dist/bin/next";
  const built = start(project, { args: [next, "build", `--${builder.toLowerCase()}`], cwd: folder });
  if (built.error !== undefined) return { failed: built.error };
  if (options["output"] !== "standalone") return await served(project, folder, [next, "start"]);
  const alone = realpathSync(mkdtempSync(join(tmpdir(), "tracegrad-alone-")));
  try {
    cpSync(join(folder, ".next/standalone"), alone, { recursive: true, verbatimSymlinks: true });
    return await served(project, alone, ["server.js"]);
  } finally {
    rmSync(alone, { recursive: true, force: true });
  }
}

const packages = ["next@16.4.6", "react@19.3.1", "react-dom@19.3.1"];

/** An application in a folder of its own, since Next wants all packages in its project, and no TypeScript in packages. */
function writeApp({ folder: from, tarball }: Project, options: Form["options"]): string {
  const folder = join(from, "next");
  if (!existsSync(folder)) {
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
    npm(folder, "install", tarball as string, ...packages);
  }
  for (const name of ["app", ".next"]) rmSync(join(folder, name), { recursive: true, force: true });
  mkdirSync(join(folder, "app"));
  cpSync(join(from, "src/program.ts"), join(folder, "app/program.ts"));
  writeFileSync(join(folder, "app/route.ts"), route);
  const own = { turbopack: { root: folder }, outputFileTracingRoot: folder, typescript: { ignoreBuildErrors: true } };
  writeFileSync(join(folder, "next.config.mjs"), `export default ${JSON.stringify({ ...own, ...options })};\n`);
  return folder;
}

async function served({ folder: project }: Project, cwd: string, args: readonly string[]): Promise<Printed> {
  const port = await freePort();
  const env = { ...settings(project), PORT: String(port), HOSTNAME: "127.0.0.1" };
  const server = spawn(process.execPath, args, { cwd, env });
  let output = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (text: Buffer) => (output += String(text)));
  try {
    while (!output.includes("Ready")) {
      if (server.exitCode !== null) return { failed: output };
      await wait(100);
    }
    return (await (await fetch(`http://127.0.0.1:${port}`)).json()) as Printed;
  } catch (error) {
    return { failed: `${String(error)}\n${output}` };
  } finally {
    server.kill();
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

const external = { serverExternalPackages: ["tracegrad"] };
/** What trainable functions load late, so that Next does not find it. */
const late = "{tracegrad,acorn,@sveltejs/acorn-typescript,@jridgewell}";

const forms: readonly (Form & { readonly more?: string })[] = [
  { builder: "Turbopack", options: {} },
  { builder: "Turbopack", options: external, more: "`serverExternalPackages`" },
  {
    builder: "Turbopack",
    options: {
      ...external,
      output: "standalone",
      outputFileTracingIncludes: { "/*": [`./node_modules/${late}/**/*`] },
      experimental: { serverMinification: false },
    },
    more: "standalone as below",
  },
  { builder: "webpack", options: {} },
  { builder: "webpack", options: external, more: "`serverExternalPackages`" },
  { builder: "webpack", options: { experimental: { serverSourceMaps: true } }, more: "source maps" },
];

/** Both builders of Next, with the package inside of the bundle and outside of it. */
export const nextRows: readonly Toolchain[] = forms.map(({ more, ...form }) => ({
  name: ["Next.js 16", form.builder, ...(more === undefined ? [] : [more])].join(", "),
  run: (project: Project) => runNext(project, form),
}));
