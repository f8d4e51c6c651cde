/** Runs whose every text is hostile: markup, scripts, control characters, in each field of each event. */

import type { TrainEvent } from "../../src/training/events.ts";
import { sampleEvents } from "./sample.ts";

/** Texts that break pages, terminals and tables which trust their data. */
export const hostileTexts: readonly (readonly [string, string])[] = [
  ["a script", "<script>alert(1)</script>"],
  ["an image with a handler", '<img src=x onerror="alert(1)">'],
  ["the end of an attribute", `"><svg onload=alert(1)>' onfocus='alert(1)' autofocus x="`],
  ["the end of a script", "</script><script>alert(1)</script>"],
  ["the end of a style", "</style><style>*{display:none}</style>"],
  ["the end of a title and a text", "</title></pre></td></table><h1>gone</h1>"],
  ["a comment", "<!--"],
  ["a CDATA section", "<![CDATA[<b>]]>"],
  ["a script's address", "javascript:alert(1)"],
  ["an address elsewhere", "https://evil.example/steal.png"],
  ["a page in an address", "data:text/html,<script>alert(1)</script>"],
  ["an entity", "&lt;script&gt;&#60;img&#62;&quot;"],
  ["a NUL", "a\0<b\0>"],
  ["an escape sequence", "\u001b[2J\u001b]0;owned\u0007\u001b[31m<i>"],
  ["turned writing", "\u202e<b>gpj.exe\u2066"],
  ["a template", "{{7*7}}${7*7}<%= 7*7 %>"],
  ["a name of the prototype", "__proto__"],
  ["halves of letters", "\ud800<\udfff"],
];

/** Fields that are words of the format, not of the user. */
const fixed = new Set(["type", "split", "of", "role"]);

/** The sample run with `text` in front of every text in it; a few become `text` alone. */
export function hostileEvents(text: string): TrainEvent[] {
  return sampleEvents().map((event) => hostile(event, text) as TrainEvent);
}

function hostile(value: unknown, text: string, field = ""): unknown {
  if (typeof value === "string") {
    if (fixed.has(field)) return value;
    return field === "stopReason" || field === "model" || field === "candidate" ? text : text + value;
  }
  if (Array.isArray(value)) return value.map((item) => hostile(item, text, field));
  if (typeof value !== "object" || value === null) return value;
  // The reason of the end is a word of the format, that of a refusal is not.
  const isEnd = (value as { type?: unknown }).type === "end";
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      isEnd && key === "reason" ? item : hostile(item, text, key === "content" ? "" : key),
    ]),
  );
}
