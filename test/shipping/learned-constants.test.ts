/** Programs with the constants that they have learned send, without tracegrad, what they send while they learn. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { parameter } from "tracegrad";
import { learn, setting, traceFetch } from "tracegrad/agents";
import { exportAgent, exportModule, load } from "tracegrad/production";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { claudeReply, startServer } from "../agents/server.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tracegrad-constants-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const learned = (values: object) => ({ format: "tracegrad-learned", version: 1, values });

/** What a module of TypeScript exports. */
async function importModule(name: string, text: string): Promise<unknown> {
  await writeFile(join(folder, `${name}.ts`), text);
  return import(join(folder, `${name}.ts`));
}

const first = {
  system: "\n  You name the capital of a country.\n",
  tool: "Looks up a country.",
  rules: "You serve {{ name }} in {{city}}. Answer {{ name }} in a sentence.",
  hints: ["Never guess.", "Say when you do not know."],
  examples: [
    { content: "Chile", role: "user" as const },
    { content: "Santiago", role: "assistant" as const },
  ],
  heat: 0.7,
};

/** A program as its author wrote it, over constants. */
interface Constants extends Omit<typeof first, "rules"> {
  readonly rulesFor: (name: string, city: string) => string;
}

const programOf = (client: Anthropic, { system, tool, rulesFor, hints, examples, heat }: Constants) =>
  async function answer(country: string, name: string): Promise<string> {
    const { content } = await client.messages.create({
      ...{
        model: "claude-test",
        max_tokens: 9,
        temperature: heat,
        system: [{ type: "text", text: `Be kind.${system}` }],
      },
      messages: [
        ...examples,
        {
          role: "user",
          content: `${rulesFor(name, "Lima")}\n${hints.map((hint) => `- ${hint}`).join("\n")}\n${country}`,
        },
      ],
      tools: [{ name: "look_up", description: tool, input_schema: { type: "object" } }],
    });
    return content[0]?.type === "text" ? content[0].text : "";
  };

const fillIn = (rules: string) => (name: string, city: string) =>
  rules.replaceAll("{{ name }}", () => name).replaceAll("{{city}}", () => city);

/** The program that learns, and what it sends before and after it has learned, with what the exported one sends. */
async function bodiesWith(values: object) {
  const server = await startServer(() => ({ json: claudeReply("Lima") }));
  const options = { apiKey: "none", baseURL: server.url };
  const client = new Anthropic({ ...options, fetch: traceFetch() });
  const { heat, ...texts } = first;
  const agent = learn(programOf(client, { ...first, rulesFor: fillIn(first.rules) }), {
    ...texts,
    rules: parameter(first.rules, { doc: "For whom it answers." }),
    heat: setting("temperature", heat),
  });
  await load(agent, learned(values));
  await agent("Peru", "Ann $&");
  const text = exportModule(agent);
  type Exported = Omit<Constants, "rulesFor"> & {
    readonly rules: (values?: { name?: string; city?: string }) => string;
  };
  const { rules, ...constants } = (await importModule("learned", text)) as Exported;
  const plain = programOf(new Anthropic(options), { ...constants, rulesFor: (name, city) => rules({ name, city }) });
  await plain("Peru", "Ann $&");
  const [here, there] = server.bodies;
  return { here, there, text, rules };
}

describe("exportModule of a program that learns", () => {
  it("gives constants with which the plain program sends the same bytes", async () => {
    const { here, there, text, rules } = await bodiesWith({
      system: "  Name the capital only. */ ",
      tool: "Finds a country.",
      rules: "{{city}}: help {{name}}, and only {{name}}. {aside} ",
      hints: ["Be sure.", "Be brief.", "Cost: $& $1"],
      examples: [
        { role: "user", content: "Cuba" },
        { role: "assistant", content: "Havana" },
        { role: "user", content: "Laos" },
        { role: "assistant", content: "Vientiane" },
      ],
      heat: 0.2,
    });
    expect(there).toBe(here);
    const body = JSON.parse(here as string) as { system: readonly { text: string }[]; temperature: number };
    expect(body).toMatchObject({ temperature: 0.2, messages: { length: 5 } });
    expect(body.system[0]?.text).toBe("Be kind.\n  Name the capital only. */\n");
    expect(rules()).toBe("{{city}}: help {{name}}, and only {{name}}. {aside}");
    expect(text).toContain('/** Replaces "Looks up a country.". */\nexport const tool = "Finds a country.";');
    expect(text).toContain("/** For whom it answers.\n * Replaces ");
    expect(text).not.toMatch(/^import /m);
  });

  it("gives the program's own constants where nothing was learned", async () => {
    const { here, there } = await bodiesWith({});
    expect(there).toBe(here);
  });

  it("fills in placeholders of two styles and of one name", async () => {
    const agent = learn(async () => "", { rules: "You serve {{name}} as {name}. Be brief." });
    const { rules } = (await importModule("styles", exportModule(agent))) as {
      readonly rules: (values: Readonly<Record<string, string>>) => string;
    };
    expect(rules({ "{{name}}": "Ann", "{name}": "Bo" })).toBe("You serve Ann as Bo. Be brief.");
  });

  it("refuses a list of texts that is empty now", async () => {
    const agent = learn(async () => "", { hints: first.hints });
    await load(agent, learned({ hints: [] }));
    expect(() => exportModule(agent)).toThrow(
      expect.objectContaining({ code: "not-exportable", message: expect.stringMatching(/"hints": its list is empty/) }),
    );
  });
});

describe("exportAgent of a program that learns", () => {
  const SYSTEM_PROMPT = "You name the capital of a country.\n";
  const RULES = "Answer {{name}} in a sentence.";

  it("makes a module of the function behind it, whose constants are what was learned", async () => {
    const server = await startServer(() => ({
      json: { choices: [{ message: { role: "assistant", content: "Lima" } }] },
    }));
    const options = { apiKey: "none", baseURL: server.url };
    const HEAT = 0.7;
    const clients = { fast: new OpenAI({ ...options, fetch: traceFetch() }) };
    const answer = async (country: string): Promise<unknown> =>
      clients.fast.chat.completions.create({
        ...{ model: "m", temperature: HEAT },
        messages: [
          { role: "system", content: SYSTEM_PROMPT },
          { role: "user", content: country },
        ],
      });
    const agent = learn(answer, { system: SYSTEM_PROMPT, heat: setting("temperature", HEAT) });
    await load(agent, learned({ system: "Name it.", heat: 0.1 }));
    await agent("Peru");
    const module = exportAgent({ SYSTEM_PROMPT: agent.parameters.system, HEAT: agent.parameters.heat, answer });
    expect(module).toContain("createAgent({ clients })");
    await writeFile(join(folder, "agent.cjs"), module.replace("export function", "module.exports = function"));
    const createAgent = createRequire(import.meta.url)(join(folder, "agent.cjs")) as (given: object) => {
      readonly answer: typeof answer;
    };
    await createAgent({ clients: { fast: new OpenAI(options) } }).answer("Peru");
    expect(server.bodies[1]).toBe(server.bodies[0]);
    expect(JSON.parse(server.bodies[0] as string)).toMatchObject({
      ...{ temperature: 0.1, messages: [{ content: "Name it.\n" }, {}] },
    });
  });

  it("refuses what would send another text", () => {
    const other = `${SYSTEM_PROMPT} Be brief.`;
    const answer = async (name: string) => [SYSTEM_PROMPT, RULES.replace("{{name}}", name)];
    const agent = learn(answer, { system: SYSTEM_PROMPT, rules: RULES, other });
    const { system, rules, other: idle } = agent.parameters;
    const refused = (parts: Readonly<Record<string, unknown>>, why: RegExp) =>
      expect(() => exportAgent(parts)).toThrow(
        expect.objectContaining({ code: "not-exportable", message: expect.stringMatching(why) }),
      );
    refused({ agent }, /"agent": its texts are put in when they are sent.*Give the function behind it/);
    refused({ SYSTEM_PROMPT: system, RULES: rules, answer }, /"RULES": how its placeholders .* `exportModule` gives/);
    refused({ SYSTEM_PROMPT: idle, answer }, /"answer": its `SYSTEM_PROMPT` is another than the part/);
    refused({ SYSTEM_PROMPT: system, idle, answer }, /"idle": no function of the parts has a constant of this name/);
  });
});
