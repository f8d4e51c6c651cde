/**
 * Builds and runs one program under each toolchain, and compares what comes out with the table that the guide shows.
 *
 * npm run test:toolchains             all of them; tools are installed into a cache
 * npm run test:toolchains -- --short  those that need nothing beside this repository
 * npm run test:toolchains -- --write  writes the table and the guide
 * npm run test:toolchains -- webpack  those with that word in their names
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { makeProject } from "./project.ts";
import { toolchains } from "./rows.ts";
import { pageFile, pageWith, type Row, readTable, rowOf, tableFile } from "./table.ts";

const words = process.argv.slice(2);
const isShort = words.includes("--short");
const wanted = words.filter((word) => !word.startsWith("--"));
const chosen = toolchains.filter(
  ({ name, isShort: isOwn }) => (!isShort || isOwn === true) && wanted.every((word) => name.includes(word)),
);

const project = await makeProject(isShort);
const rows: Row[] = [];
try {
  for (const { name, run } of chosen) {
    rows.push(rowOf(name, await run(project)));
    console.log(`- ${Object.values(rows.at(-1) as Row).join(" | ")}`);
  }
} finally {
  if (words.includes("--keep")) console.log(project.folder);
  else rmSync(project.folder, { recursive: true, force: true });
}

if (words.includes("--write")) write();
else compare();

/** Rows that were not run stay as they are. */
function write(): void {
  const known = new Map(readTable().map((row) => [row.name, row]));
  const made = new Map(rows.map((row) => [row.name, row]));
  const table = toolchains.flatMap(({ name }) => made.get(name) ?? known.get(name) ?? []);
  writeFileSync(tableFile, `${JSON.stringify(table, null, 2)}\n`);
  writeFileSync(pageFile, pageWith(readFileSync(pageFile, "utf8"), table));
}

function compare(): void {
  const table = readTable();
  const wrong = rows.filter((row) => !table.some((known) => isDeepStrictEqual(known, row)));
  for (const row of wrong) {
    const known = table.find(({ name }) => name === row.name);
    console.error(`✗ ${row.name}\n  is ${JSON.stringify(row)}\n  was ${JSON.stringify(known)}`);
  }
  if (wrong.length > 0) process.exitCode = 1;
  else console.log(`${rows.length} toolchains do what the guide says`);
}
