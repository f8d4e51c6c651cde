import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { anthropic } from "../../src/llm/anthropic.ts";
import { record, replay } from "../../src/llm/cassette.ts";
import type { LanguageModel, ModelReply, ModelRequest } from "../../src/llm/llm.ts";
import { mailbox } from "../../src/llm/mailbox.ts";
import { scripted } from "../../src/llm/scripted.ts";
import { type ExternalCall, type Intercept, intercepted, uncounted } from "../../src/util/external-call.ts";
import { temporaryFolder } from "./folder.ts";
import * as api from "./messages-server.ts";

const ASK: ModelRequest = { messages: [{ role: "user", content: "Hello?" }] };

/** Asks the model inside a run that notes the calls; `answer` is what the run answers itself. */
async function asked(
  model: LanguageModel,
  answer?: ModelReply,
): Promise<{ reply: ModelReply; calls: ExternalCall<unknown>[] }> {
  const calls: ExternalCall<unknown>[] = [];
  const { signal } = new AbortController();
  const note: Intercept = async (call) => {
    calls.push(call as ExternalCall<unknown>);
    return answer === undefined ? call.perform(call.signal, uncounted) : (answer as never);
  };
  const reply = await intercepted(note, () => model.generate(ASK, { signal }));
  for (const call of calls) expect(call).toMatchObject({ to: model.name, request: ASK, signal });
  return { reply, calls };
}

describe("a call inside a run", () => {
  it("of Claude goes through the run, once for all its attempts", async () => {
    const server = await api.startServer([api.fails(529, "overloaded_error"), api.GOOD]);
    const model = anthropic("claude-test", { apiKey: "sk-test", baseURL: server.url, backoffMs: 1 });
    const { reply, calls } = await asked(model);
    expect([reply.text, calls.length, server.received.length]).toEqual(["Hello", 1, 2]);
    await server.close();
  });

  it("of a mailbox goes through the run", async () => {
    const folder = temporaryFolder();
    const answering = asked(mailbox(folder, { pollMs: 5 }));
    let prompt: string | undefined;
    while (prompt === undefined) {
      await sleep(5);
      prompt = readdirSync(folder).find((name) => name.endsWith(".prompt.md"));
    }
    writeFileSync(join(folder, prompt.replace(".prompt.", ".answer.")), "By hand.");
    const { reply, calls } = await answering;
    expect([reply.text.trim(), calls.length]).toEqual(["By hand.", 1]);
  });

  it("of a recorded model goes through the run once: the recorder is no model of its own", async () => {
    const file = join(temporaryFolder(), "a.cassette.json");
    const { calls } = await asked(
      record(
        scripted(() => "Recorded."),
        file,
      ),
    );
    expect(calls).toHaveLength(1);
    const replayed = await asked(replay(file));
    expect([replayed.reply.text, replayed.calls.length]).toEqual(["Recorded.", 1]);
  });

  it("that the run answers itself still counts as one of the calls", async () => {
    const given: ModelReply = {
      text: "Kept.",
      stopReason: "end",
      usage: { inputTokens: 0, outputTokens: 0 },
      model: "m",
    };
    const model = scripted((_, index) => `call ${index}`);
    expect((await asked(model, given)).reply).toEqual(given);
    expect((await asked(model)).reply.text).toBe("call 1");
    const file = join(temporaryFolder(), "a.cassette.json");
    const recorder = record(
      scripted((_, index) => `answer ${index}`),
      file,
    );
    for (const _ of [0, 1]) await recorder.generate(ASK);
    const player = replay(file);
    await asked(player, given);
    expect((await asked(player)).reply.text).toBe("answer 1");
  });
});
