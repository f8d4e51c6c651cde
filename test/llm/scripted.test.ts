import { describe, expect, it } from "vitest";
import type { ModelRequest } from "../../src/llm/llm.ts";
import { scripted } from "../../src/llm/scripted.ts";
import { isAbort } from "../../src/util/abort.ts";

const ASK: ModelRequest = { system: "Add.", messages: [{ role: "user", content: "2+3" }] };

describe("scripted", () => {
  it("answers by a rule that reads the request and counts the calls", async () => {
    const model = scripted((request, index) => `${index}: ${request.system} ${JSON.stringify(request.messages)}`);
    expect((await model.generate(ASK)).text).toBe('0: Add. [{"role":"user","content":"2+3"}]');
    expect((await model.generate(ASK)).text).toMatch(/^1: /);
    expect(model.calls).toEqual([ASK, ASK]);
  });

  it("estimates the usage from the characters, and fills in the rest", async () => {
    const reply = await scripted(() => "12345").generate(ASK);
    expect(reply).toEqual({
      text: "12345",
      stopReason: "end",
      usage: { inputTokens: 2, outputTokens: 2 },
      model: "scripted",
    });
  });

  it("passes a tool input through as an answer by tool", async () => {
    const model = scripted(async () => ({ toolInput: { a: 1 } }), { name: "expert" });
    const reply = await model.generate({ ...ASK, tool: { name: "t", description: "", inputSchema: {} } });
    expect(reply).toMatchObject({ text: "", toolInput: { a: 1 }, stopReason: "tool", model: "expert" });
  });

  it("lets the rule say everything itself", async () => {
    const usage = { inputTokens: 100, outputTokens: 50 };
    const reply = await scripted(() => ({ text: "x", stopReason: "length", usage, model: "m" })).generate(ASK);
    expect(reply).toEqual({ text: "x", stopReason: "length", usage, model: "m" });
  });

  it("rejects with what the rule throws", async () => {
    const model = scripted(() => {
      throw new Error("no rule for this");
    });
    await expect(model.generate(ASK)).rejects.toThrow("no rule for this");
  });

  it("honours abort before and during the answer", async () => {
    const model = scripted(() => new Promise<string>(() => {}));
    const early = await model.generate(ASK, { signal: AbortSignal.abort() }).catch((error: unknown) => error);
    expect(isAbort(early)).toBe(true);
    expect(model.calls).toHaveLength(0);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 10);
    const late = await model.generate(ASK, { signal: controller.signal }).catch((error: unknown) => error);
    expect(isAbort(late)).toBe(true);
  });
});
