/** The client of `openai` 7, which OpenAI Agents takes. Its users write `import { OpenAI } from "openai"`. */

import type { OpenAIProvider } from "@openai/agents";
import { type ClientOptions, OpenAI as OpenAI7 } from "openai-7";

type Client = NonNullable<NonNullable<ConstructorParameters<typeof OpenAIProvider>[0]>["openAIClient"]>;

// This repository has `openai` 6 too, so npm gives OpenAI Agents a copy of 7 of its own, another class to TypeScript.
export const OpenAI = OpenAI7 as unknown as new (options: ClientOptions) => Client;
