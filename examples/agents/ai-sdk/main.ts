/** Lets the agent on the AI SDK learn, with a model of the SDK's own test provider. */

import { learn } from "tracegrad/agents";
import { showLearning } from "../shared/show.ts";
import { answer, SYSTEM_PROMPT } from "./agent.ts";

await showLearning(learn(answer, { system: SYSTEM_PROMPT }));
