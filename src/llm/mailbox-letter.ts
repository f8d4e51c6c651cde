/** Renders a request as files that a person or a coding agent can read and knows how to answer. */

import type { ModelRequest } from "./llm.ts";
import { headOfRequest, type ImageContent, sectionsOfRequest } from "./request-text.ts";

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
  const show = ({ mediaType, data }: ImageContent): string => {
    const number = images.length + 1;
    const name = `${id}.image-${number}.${EXTENSIONS.get(mediaType) ?? "bin"}`;
    images.push({ name, content: Buffer.from(data, "base64") });
    return `![image ${number}](${name})`;
  };
  const head = headOfRequest(request, [
    `Write your whole reply to \`${id}.answer.md\` in this folder: first under another name, then rename it.`,
    "The file holds the reply and nothing else. Its first line may name the model that answers: `model: <name>`.",
  ]);
  const sections = [`# Prompt ${id}\n\n${head}`, ...sectionsOfRequest(request, show)];
  return [...images, { name: `${id}.prompt.md`, content: `${sections.join("\n\n")}\n` }];
}
