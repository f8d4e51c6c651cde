/** Runs the program on the learned values, and prints what each part gave. */
import { readFileSync } from "node:fs";
import { run } from "./program.ts";

run(JSON.parse(readFileSync(String(process.env["LEARNED"]), "utf8"))).then(
  (parts) => console.log(JSON.stringify(parts)),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
