/** A name in a prompt means one parameter for the life of an optimizer, whichever of its parameters a run reaches. */

import { bundle, node, type Parameter, parameter, t, trace } from "tracegrad";
import { optoPrime } from "tracegrad/optimizers";
import { scripted } from "tracegrad/testing";
import { expect, it } from "vitest";
import { sectionsOf, suggest, textOf, variablesOf } from "../readers.ts";

const makePrompts = () => ["PLAN", "WRITE", "CRITICIZE"].map((text) => parameter(text, { name: "prompt" }));
const ask = (prompt: Parameter<string> | undefined, text: unknown) => t`${prompt} ${text as string}`;

it.each(["json", "xml"] as const)("parameters of one name keep their numbers in later steps, in %s", async (format) => {
  const [planner, writer, critic] = makePrompts();
  const first = suggest({ prompt_1: "WRITE shortly" });
  const inXml =
    "<answer><reasoning>So.</reasoning><variable><name>prompt_1</name><value>WRITE shortly</value></variable></answer>";
  const llm = scripted((_, at) => (at > 0 ? suggest({}) : format === "xml" ? inXml : first));
  const optimizer = optoPrime([planner, writer, critic] as never, { llm, memorySize: 3, format, maxRetries: 0 });
  trace(() => ask(critic, ask(writer, ask(planner, "q")))).backward("too long");
  await optimizer.step();
  expect(writer?.data).toBe("WRITE shortly");
  // The planner takes no part any more; then it is the only one that does.
  trace(() => ask(critic, ask(writer, "q"))).backward("still too long");
  await optimizer.step();
  trace(() => ask(planner, "q")).backward("now too short");
  await optimizer.step();

  const [, second, third] = llm.calls.map((request) => textOf(request));
  expect(Object.keys(variablesOf(second as string))).toEqual(["prompt_1", "prompt_2"]);
  expect(variablesOf(second as string)["prompt_1"]?.value).toBe("WRITE shortly");
  expect(sectionsOf(second as string)["Past steps"]).toContain("prompt_1:\n```\nWRITE\n```\nprompt_2:\n```\nCRITICIZE");
  expect(variablesOf(third as string)).toEqual({ prompt: { kind: "text", value: "PLAN" } });
  expect(sectionsOf(third as string)["Past steps"]).toContain("prompt_1:\n```\nWRITE shortly\n```\nprompt_2:");
});

it("no other value takes the name of a parameter that was not reached", async () => {
  const [planner, writer] = makePrompts();
  const shout = bundle((text: string) => `${text}!`, { name: "prompt_1" });
  const llm = scripted(() => suggest({}));
  const optimizer = optoPrime([planner, writer] as never, { llm, memorySize: 3 });
  const fixed = parameter("FIXED", { name: "prompt", trainable: false });
  const given = () => node("an input of a program", { name: "prompt" });
  trace(() => ask(writer, ask(planner, "q"))).backward("too long");
  await optimizer.step();
  trace(() => shout(t`${planner as Parameter<string>} ${fixed} ${given()}`)).backward("still too long");
  await optimizer.step();
  trace(() => shout(t`${writer as Parameter<string>} ${fixed} ${given()}`)).backward("still too long");
  await optimizer.step();
  for (const [at, other] of ["prompt_1", "prompt"].entries()) {
    const { Code = "", Inputs = "", Outputs = "", ...rest } = sectionsOf(textOf(llm.calls[at + 1] as never));
    const values = [Inputs, Outputs, rest["Fixed values"] ?? "", rest["Shared values"] ?? ""].join("\n");
    expect(values).toContain("FIXED");
    expect(values).not.toMatch(new RegExp(`\\) ${other} =`));
    expect(Code).not.toMatch(new RegExp(`^${other} =`, "m"));
    expect(rest["Past steps"]).toContain(`${other}:\n`);
  }
});
