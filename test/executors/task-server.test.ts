/** The tasks of a process that serves a run file. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { TaskServer } from "tracegrad/executors";
import { expect, it } from "vitest";
import { temporaryFolder } from "../llm/folder.ts";

it("has made the programs of its file when it is loaded, so that no run waits for that", async () => {
  const file = join(temporaryFolder(), "offers.mjs");
  const text = `
    export default () => {
      const offer = globalThis[Symbol.for("tracegrad.serving")];
      globalThis.programsMade = [];
      offer({ program: async (trial) => {
        await new Promise((resolve) => setTimeout(resolve, 20));
        globalThis.programsMade.push("whole");
        return { identity: {}, perform: async () => ({ record: null }) };
      } });
      offer({ program: async () => { throw new Error("A study has programs by trial only."); } });
      return new Promise(() => undefined);
    };
  `;
  writeFileSync(file, text);
  const { offers } = await TaskServer.load(file);
  expect(offers).toHaveLength(2);
  expect((globalThis as { programsMade?: unknown }).programsMade).toEqual(["whole"]);
});
