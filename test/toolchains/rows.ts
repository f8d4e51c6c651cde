/** The toolchains: how each builds and runs the program. */
import ts from "typescript";
import { bundlers } from "./bundlers.ts";
import { nextRows } from "./next.ts";
import { compile, outFolder, type Project, runProgram, type Toolchain, tsx } from "./project.ts";
import { toolProgram } from "./tools.ts";

const node = (major: 20 | 22 | 24): string =>
  toolProgram(`node-${major}`, `node-${process.platform}-${process.arch}/bin/node`);

/** Runs the program as it is, or compiled file by file. */
const files: readonly Toolchain[] = [
  ...([20, 22, 24] as const).map((major) => ({
    name: `Node ${major}, JavaScript`,
    run: (project: Project) => runProgram(project, { command: node(major), args: ["js/main.js"] }),
  })),
  ...([22, 24] as const).map((major) => ({
    name: `Node ${major}, TypeScript by type stripping`,
    run: (project: Project) => runProgram(project, { command: node(major), args: ["src/main.ts"] }),
  })),
  { name: "CommonJS, `require()`", isShort: true, run: (project) => runProgram(project, { args: ["cjs/main.js"] }) },
  { name: "tsx", isShort: true, run: (project) => runProgram(project, { args: [...tsx, "src/main.ts"] }) },
  tsc("tsc", {}),
  tsc("tsc, source maps", { sourceMap: true }),
  {
    name: "Bun 1.4",
    run: (project) =>
      runProgram(project, {
        command: toolProgram("bun", `@oven/bun-${process.platform}-${process.arch}/bin/bun`),
        args: ["src/main.ts"],
      }),
  },
  {
    name: "Deno 2.9",
    run: (project) =>
      runProgram(project, {
        command: toolProgram("deno", `@deno/${process.platform}-${process.arch}-glibc/deno`),
        args: ["run", "--allow-all", "--node-modules-dir=manual", "src/main.ts"],
      }),
  },
];

function tsc(name: string, options: ts.CompilerOptions): Toolchain {
  return {
    name,
    isShort: true,
    run: (project) => {
      const out = outFolder(name);
      compile(project.folder, out, { module: ts.ModuleKind.ESNext, ...options });
      return runProgram(project, { args: [`${out}/main.js`] });
    },
  };
}

/** All toolchains, in the order of the table. */
export const toolchains: readonly Toolchain[] = [...files, ...bundlers, ...nextRows];
