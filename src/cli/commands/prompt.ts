/** `tracegrad prompt`: what the optimizer asked its model in a step of a run, and how that reads. */

import { redactData, redactor } from "../../doors/extend.ts";
import { checkPrompt, plainText, promptCheckText, readRun } from "../../doors/report.ts";
import { type StepRecord, TracegradError } from "../../index.ts";
import { exitCodes, type Terminal, writeJson } from "../terminal.ts";

/** `tracegrad prompt <folder> <step>`. */
export async function promptCommand(
  [folder, step]: readonly [string, number],
  { full, json }: { readonly full?: true; readonly json?: true },
  terminal: Terminal,
): Promise<number> {
  const exchanges = await exchangesOf(folder, step);
  if (json === true) {
    writeJson(terminal, redactData(exchanges.map(({ request }) => ({ request, check: checkPrompt(request) }))));
    return exitCodes.ok;
  }
  const redact = redactor();
  for (const [index, { request, reply }] of exchanges.entries()) {
    const counted = reply.usage.inputTokens === 0 ? "" : `, ${reply.usage.inputTokens} tokens as ${reply.model} counts`;
    const lines = [
      ...(index === 0 ? [] : [""]),
      `Prompt ${index + 1} of ${exchanges.length} of step ${step}${counted}`,
      ...(full === true ? [textOf(request), ""] : []),
      promptCheckText(checkPrompt(request)),
    ];
    // A secret may be in two parts, with a control character between them.
    terminal.out.write(`${redact(plainText(redact(lines.join("\n"))))}\n`);
  }
  return exitCodes.ok;
}

type StepExchange = StepRecord["exchanges"][number];

async function exchangesOf(folder: string, step: number): Promise<readonly StepExchange[]> {
  const { events, progress } = await readRun(folder);
  const exchanges = events.flatMap((event) =>
    event.type === "step" && event.step === step ? event.proposal.exchanges : [],
  );
  if (exchanges.length > 0) return exchanges;
  const known =
    step >= 1 && step <= progress.steps
      ? "Its optimizer asked no model in it."
      : progress.steps === 0
        ? "It has no step yet."
        : `It has steps 1 to ${progress.steps}.`;
  throw new TracegradError("no-prompt", `The run in ${folder} has no prompt of step ${step}. ${known}`);
}

/** The messages as they were sent, images named. */
function textOf({ system, messages }: StepExchange["request"]): string {
  const turns = messages.map(({ role, content }) => {
    const parts = typeof content === "string" ? [{ type: "text" as const, text: content }] : content;
    return `[${role}]\n${parts.map((part) => (part.type === "text" ? part.text : `[${part.mediaType}]`)).join("\n")}`;
  });
  return [...(system === undefined ? [] : [`[system]\n${system}`]), ...turns].join("\n\n");
}
