/** Lets an agent learn what an MCP server says of its tool, with a server on this machine in place of Anthropic's. */

import { learn } from "tracegrad/agents";
import { startMessagesServer } from "../shared/messages-server.ts";
import { showLearning } from "../shared/show.ts";

const provider = await startMessagesServer();
process.env["ANTHROPIC_BASE_URL"] = provider.url;
process.env["ANTHROPIC_API_KEY"] = "none";
// Its client reads the environment when it is made.
const { answer, DESCRIPTION } = await import("./agent.ts");

try {
  await showLearning(learn(answer, { description: DESCRIPTION }));
} finally {
  provider.close();
}
