/** Packs the package as users get it. */
import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";

/** A packed package. */
export interface Tarball {
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
}

/** Builds the package and packs it into a folder. */
export function packInto(folder: string): Tarball {
  const packed = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], {
    cwd: resolve(import.meta.dirname, ".."),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  // The build of `prepack` may print before the JSON.
  const [{ filename, size, files }] = JSON.parse(packed.slice(packed.indexOf("[\n"))) as [
    { filename: string; size: number; files: readonly unknown[] },
  ];
  return { path: join(folder, filename), bytes: size, files: files.length };
}
