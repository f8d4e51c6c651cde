/** What the sandbox and its threads keep of the call that begins them. */
import { execFile } from "node:child_process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";

test("the sandbox and its threads keep nothing of the async context of the call that loads their code", async () => {
  const program = `
    import { AsyncLocalStorage } from "node:async_hooks";
    import { setImmediate } from "node:timers/promises";
    import { bundle, trace } from ${JSON.stringify(pathToFileURL(`${inject("builtPackage")}/dist/index.js`))};
    const storage = new AsyncLocalStorage();
    const begin = async () => {
      const context = { used: true };
      await storage.run(context, () => {
        const shout = bundle(async (text) => text.toUpperCase(), { name: "shout", trainable: true });
        return trace(() => shout("a"));
      });
      return new WeakRef(context);
    };
    const kept = await begin();
    for (let round = 0; round < 100 && kept.deref() !== undefined; round++) {
      await setImmediate();
      gc();
    }
    console.log(kept.deref() === undefined ? "collected" : "kept");
  `;
  const node = ["--expose-gc", "--no-warnings", "--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, node);
  expect(stdout).toBe("collected\n");
});
