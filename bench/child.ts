/**
 * The process that is measured: runs one job at one size and prints its number. `node --expose-gc child.mjs JOB SIZE`.
 */

import * as calls from "./calls.ts";
import * as passes from "./passes.ts";

const jobs: Readonly<Record<string, (size: number) => number | Promise<number>>> = { ...calls, ...passes };

const [name = "", size = ""] = process.argv.slice(2);
const job = jobs[name];
if (job === undefined) throw new Error(`There is no job "${name}". Jobs: ${Object.keys(jobs).join(", ")}.`);
console.log(JSON.stringify(await job(Number(size))));
