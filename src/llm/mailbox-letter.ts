/** Renders a request as files that a person or a coding agent can read and knows how to answer. */

import type { Message, ModelRequest, ReplyTool } from "./llm.ts";

/** A file to be written: its name and its content. */
export interface LetterFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ["image/png", "png"],
  ["image/jpeg", "jpg"],
  ["image/gif", "gif"],
  ["image/webp", "webp"],
  ["image/svg+xml", "svg"],
]);

/** The files of one request: its images, and last the prompt that shows them. */
export function letterOf(request: ModelRequest, id: string): readonly LetterFile[] {
  const images: LetterFile[] = [];
  const sections = [howToAnswer(request, id)];
  if (request.system !== undefined) sections.push(`## System\n\n${request.system}`);
  for (const [index, message] of request.messages.entries()) {
    sections.push(`## Message ${index + 1} (${message.role})\n\n${contentOf(message, id, images)}`);
  }
  if (request.tool) sections.push(replyFormat(request.tool));
  return [...images, { name: `${id}.prompt.md`, content: `${sections.join("\n\n")}\n` }];
}

function howToAnswer({ tool, maxTokens }: ModelRequest, id: string): string {
  const lines = [
    `# Prompt ${id}`,
    "",
    "You are the language model that answers this prompt.",
    "",
    `- Write your whole reply to \`${id}.answer.md\` in this folder: first under another name, then rename it.`,
    "- The file holds the reply and nothing else. Its first line may name the model that answers: `model: <name>`.",
  ];
  if (tool)
    lines.push("- Reply with **one JSON object**; the section “Reply format” at the end gives its JSON Schema.");
  if (maxTokens !== undefined) lines.push(`- Write at most ${maxTokens} tokens.`);
  return lines.join("\n");
}

function contentOf({ content }: Message, id: string, images: LetterFile[]): string {
  if (typeof content === "string") return content;
  const parts = content.map((part) => {
    if (part.type === "text") return part.text;
    const number = images.length + 1;
    const name = `${id}.image-${number}.${EXTENSIONS.get(part.mediaType) ?? "bin"}`;
    images.push({ name, content: Buffer.from(part.data, "base64") });
    return `![image ${number}](${name})`;
  });
  return parts.join("\n\n");
}

function replyFormat({ name, description, inputSchema }: ReplyTool): string {
  return [
    "## Reply format",
    "",
    `Reply with exactly one JSON object, bare or in one \`json\` code fence: the input of \`${name}\`.`,
    description,
    "",
    "It must match this JSON Schema:",
    "",
    "```json",
    JSON.stringify(inputSchema, null, 2),
    "```",
  ].join("\n");
}
