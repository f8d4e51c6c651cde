/** Programs with what they have learned, run by a bare Node that has no tracegrad. */

import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { bundle, model, node, parameter } from "tracegrad";
import { learn } from "tracegrad/agents";
import { add } from "tracegrad/operators";
import { exportAgent, load } from "tracegrad/production";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { PongAgent } from "../../examples/pong/agent.ts";
import { PongWorld } from "../../examples/pong/world.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tracegrad-agent-"));
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const learned = (values: object) => ({ format: "tracegrad-learned", version: 1, values });

/** What `script` prints as JSON in a process that cannot find tracegrad; it imports the module from `./agent.js`. */
async function runBare(module: string, script: string): Promise<unknown> {
  await writeFile(join(folder, "agent.js"), module);
  const alone = 'await import("tracegrad").then(() => { throw new Error("There is tracegrad."); }, () => {});';
  await writeFile(join(folder, "main.js"), `${alone}\nimport { createAgent } from "./agent.js";\n${script}`);
  const { NODE_OPTIONS: _, ...env } = process.env;
  return JSON.parse(execFileSync(process.execPath, ["main.js"], { cwd: folder, encoding: "utf8", env }));
}

describe("exportAgent", () => {
  it("plays the learned program of the Pong study to the same scores", async () => {
    const file = new URL("../../examples/pong/pong.cassette.json", import.meta.url);
    const { entries } = JSON.parse(await readFile(file, "utf8")) as {
      entries: readonly { reply: { toolInput: { suggestion: object } } }[];
    };
    const agent = model(PongAgent);
    await load(agent, learned(entries[0]?.reply.toolInput.suggestion ?? {}));
    const play = (seed: number): number => {
      const world = new PongWorld();
      let [observation, total] = [world.reset(seed), 0];
      for (let step = 0; step < 150; step++) {
        const after = world.step(agent.act(node(observation)).data);
        [observation, total] = [after.observation, total + after.reward];
      }
      return total;
    };
    const seeds = [1, 2];
    const module = exportAgent({ agent });
    expect(module).toContain("`random`, which agent.predict_ball_trajectory, agent.select_action use");
    await build({
      entryPoints: [fileURLToPath(new URL("../../examples/pong/simulator.ts", import.meta.url))],
      outfile: join(folder, "simulator.js"),
      bundle: true,
      format: "esm",
    });
    const script = `
      import { PongSimulator } from "./simulator.js";
      const { agent: { act } } = createAgent({ random: () => { throw new Error("It learned to need no chance."); } });
      console.log(JSON.stringify(${JSON.stringify(seeds)}.map((seed) => {
        const game = new PongSimulator(seed);
        let [observation, total] = [game.reset(), 0];
        for (let step = 0; step < 150; step++) {
          const after = game.step(act(observation));
          [observation, total] = [after.observation, total + after.reward];
        }
        return total;
      })));`;
    const there = seeds.map(play);
    expect(there.some((score) => score > 0)).toBe(true);
    expect(await runBare(module, script)).toEqual(there);
  });

  it("exports parameters, bundles, helpers, records of them, and asks for what is outside", async () => {
    const prompt = parameter("Answer.", { name: "prompt", doc: "What to say." });
    const limits = parameter({ words: 2 }, { name: "limits" });
    const marks = ["!", "?"];
    const lookUp = (word: string): string => `<${word}>`;
    const isMark = (text: string): boolean => marks.includes(text);
    const clean = bundle((text: string): string => lookUp(text), { name: "clean", trainable: true, scope: { lookUp } });
    let client = { send: async (text: string): Promise<string> => `inside ${text}` };
    const ask = bundle(async (prompt: string, { words }: { words: number }, question: string) => {
      const said = await client.send(`${prompt.trim()} ${question}`);
      return [...said.split(" ").slice(0, words), isMark("!")].join(" ");
    });
    const triage = async (question: string) => clean(await ask(prompt, limits, question));
    const source =
      "let calls = 0;\nfunction clean(text: string): string {\n  calls += 1;\n  return `${calls} ${lookUp(text)}`;\n}";
    await load([prompt, clean], learned({ prompt: "Say", clean: source }));
    client = { send: async (text) => `${text} and more` };
    const here = [(await triage("yes")).data, (await triage("no")).data];
    expect(here).toEqual(["1 <Say yes true>", "1 <Say no true>"]);
    const module = exportAgent({ prompt, limits, marks, isMark, lookUp, clean, ask, program: { triage } });
    expect(module).toContain("/** What to say. */");
    expect(module).toContain("`client`, which ask uses");
    const script = `
      const { program, prompt } = createAgent({ client: { send: async (text) => text + " and more" } });
      console.log(JSON.stringify([await program.triage("yes"), await program.triage("no"), prompt]));`;
    expect(await runBare(module, script)).toEqual([...here, "Say"]);
  });

  it("gives a learned function copies of its arguments, as its sandbox does", async () => {
    const list = parameter([3, 1, 2], { name: "list" });
    const sorted = bundle((items: readonly number[]): string => items.join(), { name: "sorted", trainable: true });
    const source =
      "function sorted(items: readonly number[]): string {\n  return (items as number[]).sort().join();\n}";
    await load(sorted, learned({ sorted: source }));
    const module = exportAgent({ list, sorted });
    const script =
      "const { list, sorted } = createAgent(); sorted(list); console.log(JSON.stringify([sorted(list), list]));";
    expect(await runBare(module, script)).toEqual(["1,2,3", [3, 1, 2]]);
  });

  it("takes names as the functions mean them: imports over globals, methods of any name, names of its own", async () => {
    const prompt = parameter("Say", { name: "prompt" });
    const isolated = (text: string): string => `${text}.`;
    const object = {
      async run(start: string): Promise<string> {
        return await setTimeout(1, isolated(start));
      },
    };
    const ask = bundle(object.run, { name: "ask" });
    const clean = bundle((text: string): string => `${text}!`, { name: "clean", trainable: true });
    const program = Object.fromEntries([["__proto__", ask]]);
    const here = (await ask(prompt)).data;
    const module = exportAgent({ prompt, ask, clean, program });
    expect(module).toContain("createAgent({ isolated, setTimeout })");
    const script = `
      import { setTimeout } from "node:timers/promises";
      const { program, clean, prompt } = createAgent({ setTimeout, isolated: (text) => text + "." });
      const [name] = Object.keys(program);
      console.log(JSON.stringify([name, await program[name](prompt), clean("x")]));`;
    expect(await runBare(module, script)).toEqual(["__proto__", here, "x!"]);
  });

  it("refuses what would not be the same, and names each", () => {
    const prompt = parameter("Answer.", { name: "prompt" });
    let count = 0;
    const first = { lookUp: (word: string) => word };
    const one = bundle((word: string): string => lookUp(word), { name: "one", trainable: true, scope: first });
    const two = bundle((word: string): string => lookUp(word), { name: "two", trainable: true, scope: { lookUp } });
    const checked = bundle((word: string) => word, { name: "checked", input: z.object({ word: z.string() }) });
    class Secret {
      #word = "x";
      readonly text = parameter("y");
      say(): string {
        return this.#word;
      }
      get word(): string {
        return this.#word;
      }
    }
    const helper = (word: string): string => word;
    const around: Record<string, unknown> = { helper };
    around["self"] = around;
    const parts = {
      ...{ around, helper: (word: string) => `${word}!`, uses: (word: string) => helper(word) },
      ...{ result: async (word: string) => (await one(word)).map((text) => text.length) },
      ...{ prompt, one, two, checked, "no identifier": 1 },
      counts: () => ++count,
      reads: (word: string) => checked(word).data,
      inside: bundle((word: string) => word + prompt.data, { name: "inside", external: "record" }),
      sum: (a: number) => add(a, 1),
      operator: add,
      texts: learn(async (word: string) => `Answer in one word. ${word}`, { system: "Answer in one word." }),
      bound: prompt.map.bind(prompt),
      map: new Map([[1, 2]]),
      secret: model(Secret),
      code: node(1),
    };
    const refused = (name: string, why: RegExp) =>
      expect(() => exportAgent(parts)).toThrow(
        expect.objectContaining({
          code: "not-exportable",
          message: expect.stringMatching(new RegExp(`"${name}": ${why.source}`)),
        }),
      );
    refused("around\\.self", /it holds itself/);
    refused("uses", /its `helper` is another than the part `helper`/);
    refused("result", /it reads `\.map` of a node/);
    refused("two", /its `lookUp` is another than that of another part/);
    refused("checked", /it has a schema/);
    refused("no identifier", /the name is no identifier/);
    refused("counts", /it changes `count`/);
    refused("reads", /it reads `\.data` of a node/);
    refused("inside", /it reads `\.data` of a node/);
    refused("sum", /it uses `add` of tracegrad/);
    refused("operator", /it is an operator/);
    refused("texts", /its texts are put in when/);
    refused("bound", /it is native or bound/);
    refused("map", /it is no plain data/);
    refused("secret\\.say", /.*#word/);
    refused("secret\\.word", /it is a getter/);
    refused("code", /it is a node of a run/);
    expect(() => exportAgent({ a: 1 })).toThrow(expect.objectContaining({ code: "no-parameter" }));
  });
});

const lookUp = (word: string): string => word;
