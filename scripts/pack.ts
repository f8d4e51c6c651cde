/**
 * Makes the files as users get them, before `npm pack`, and puts them back after it (`restore`). Links of the package
 * page lead to the repository, and those of the other pages do where the package lacks their file; package.json keeps
 * only what a user's tools read.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix, resolve } from "node:path";
import { isRelative, rewriteLinks } from "./links.ts";

const root = resolve(import.meta.dirname, "..");
const originals = join(root, "node_modules/.cache/tracegrad-pack");

type Json = Readonly<Record<string, unknown>>;

/** The names of the files that `npm pack` takes. */
function packedFiles(): string[] {
  const output = execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], {
    cwd: root,
    encoding: "utf8",
  });
  const [{ files }] = JSON.parse(output) as [{ files: readonly { path: string }[] }];
  return files.map(({ path }) => path);
}

/** The manifest without what only this repository uses. */
export function packedManifest(manifest: Json): Json {
  return without(manifest, ["scripts", "devDependencies", "@tracegrad/source"]) as Json;
}

/** A value without those fields, at any depth. */
function without(value: unknown, fields: readonly string[]): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !fields.includes(key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, without(inner, fields)]));
}

/** A page as it is packed. `repository` is the address of the project, `packed` the files beside the page. */
export function packedPage(page: string, text: string, repository: string, packed: ReadonlySet<string>): string {
  return rewriteLinks(text, ({ target, isImage }) => {
    if (!isRelative(target)) return target;
    const path = posix.join(posix.dirname(page), target);
    // The package page is shown elsewhere, without the files beside it.
    if (page !== "README.md" && packed.has(path.replace(/#.*$/, ""))) return target;
    return `${repository}/${isImage ? "raw" : "blob"}/HEAD/${path}`;
  });
}

function prepare(): void {
  restore();
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Json;
  const { url } = manifest["repository"] as { readonly url: string };
  const repository = url.replace(/^git\+|\.git$/g, "");
  const packed = new Set(packedFiles());
  const change = (name: string, text: string): void => {
    mkdirSync(dirname(join(originals, name)), { recursive: true });
    cpSync(join(root, name), join(originals, name));
    writeFileSync(join(root, name), text);
  };
  for (const page of packed)
    if (page.endsWith(".md"))
      change(page, packedPage(page, readFileSync(join(root, page), "utf8"), repository, packed));
  change("package.json", `${JSON.stringify(packedManifest(manifest), null, 2)}\n`);
}

function restore(): void {
  if (existsSync(originals)) cpSync(originals, root, { recursive: true });
  rmSync(originals, { recursive: true, force: true });
}

if (import.meta.filename === process.argv[1]) (process.argv[2] === "restore" ? restore : prepare)();
