/** Lets the agent learn from conversations with simulated users, with a server on this machine in place of OpenAI's. */

import { learn } from "tracegrad/agents";
import { playEpisode } from "tracegrad/environments";
import { Customer } from "./customer.ts";
import { startModels } from "./provider.ts";
import { trainInTalks } from "./train.ts";

const provider = await startModels();
process.env["OPENAI_BASE_URL"] = provider.url;
process.env["OPENAI_API_KEY"] = "none";
// Its client reads the environment when it is made.
const { answer, client, SYSTEM_PROMPT } = await import("./agent.ts");

try {
  const agent = learn(answer, { system: SYSTEM_PROMPT });
  const { experiences } = await playEpisode((said) => agent(said), new Customer(client), { seed: 3, maxSteps: 5 });
  for (const { graph } of experiences) console.log(`${graph.show()}\n`);
  const { baseline, best, spent } = await trainInTalks(agent, client).result;
  console.log(`validation: ${baseline.validation?.mean} before, ${best.validation?.mean} after`);
  console.log(`calls: ${spent.llmCalls}, tokens: ${spent.inputTokens + spent.outputTokens}\n`);
  const after = await playEpisode((said) => agent(said), new Customer(client), { seed: 3, maxSteps: 5 });
  console.log(JSON.stringify(after.experiences.at(-1)?.graph.value, null, 2));
} finally {
  provider.close();
}
