/** The code of the README runs here as it stands, on the real SDK against a loopback server, and prints what it shows. */

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";
import { missingOutput, readPage } from "./docs/page.ts";
import { writePage } from "./docs/program.ts";
import {
  type Behaviour,
  end,
  type Received,
  START,
  STOP,
  startServer,
  streams,
  textBlock,
  toolBlock,
} from "./llm/messages-server.ts";

const root = join(import.meta.dirname, "..");
const page = readPage(readFileSync(join(root, "README.md"), "utf8"));
const tickets = [
  "I was charged twice",
  "My invoice is wrong",
  "I forgot my password",
  "I cannot log in",
  "My parcel is late",
];

test("the code of the README prints what it shows, and proves on sealed examples what it has learned", async () => {
  const cwd = join(inject("builtPackage"), "readme");
  const rows = Array.from({ length: 40 }, (_, index) => {
    const input = `${tickets[index % tickets.length]}, case ${index}.`;
    return JSON.stringify({ input, target: teamOf(input) });
  });
  await writePage(cwd, new Map([...page.files, ["tickets.jsonl", rows.join("\n")]]));
  const server = await startServer([answer]);
  const env = { ...process.env, ANTHROPIC_API_KEY: "test", ANTHROPIC_BASE_URL: server.url };
  const { stdout } = await promisify(execFile)(process.execPath, ["main.js"], { cwd, env }).finally(() =>
    server.close(),
  );
  expect(missingOutput(stdout, page.outputs)).toBeUndefined();
  expect(stdout).toMatch(/^Proven better on the sealed test: 0\.\d+ → 1\.00/m);
});

const oneWord = "Which team should handle this ticket: billing, login or delivery? Answer with one word.";
const withLogin = `${oneWord} Passwords are for login.`;

/** Plays both models by rule: the program's does what its prompt says, the optimizer's asks for what was expected. */
const answer: Behaviour = (response, request) => {
  const text = textOf(request);
  if (request.body["tools"] === undefined)
    return streams(START, textBlock(answerTo(text)), end("end_turn"), STOP)(response, request);
  const suggestion = { prompt: text.includes('to be "login"') ? withLogin : oneWord };
  const input = JSON.stringify({ reasoning: "The feedback says what was expected.", suggestion });
  return streams(START, toolBlock(0, "propose_update", input), end("tool_use"), STOP)(response, request);
};

function answerTo(text: string): string {
  if (!text.includes("one word")) return "This sounds like a question about a payment.";
  const team = teamOf(text.split("\n").at(-1) ?? "");
  return team === "login" && !text.includes("Passwords are") ? "delivery" : team;
}

function teamOf(ticket: string): string {
  if (/charged|invoice/.test(ticket)) return "billing";
  return /password|log in/.test(ticket) ? "login" : "delivery";
}

function textOf({ body }: Received): string {
  const [message] = body["messages"] as [{ content: string | { text: string }[] }];
  return typeof message.content === "string" ? message.content : message.content.map((part) => part.text).join("\n");
}
