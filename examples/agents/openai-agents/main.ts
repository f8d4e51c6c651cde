/** Lets the agents on OpenAI Agents learn, with a server on this machine in place of OpenAI's. */

import { learn } from "tracegrad/agents";
import { startChatServer } from "../shared/chat-server.ts";
import { showLearning } from "../shared/show.ts";

const provider = await startChatServer();
process.env["OPENAI_BASE_URL"] = provider.url;
process.env["OPENAI_API_KEY"] = "none";
// Their client reads the environment when it is made.
const { answer, SYSTEM_PROMPT } = await import("./agent.ts");

try {
  await showLearning(learn(answer, { system: SYSTEM_PROMPT }));
} finally {
  provider.close();
}
