/** A child process of `processes`: loads the run file, and makes the tasks that it is sent. */

import { Worker } from "node:worker_threads";
import type { HostMessage, Task, TaskContent, TaskLine } from "../training/execution/executor.ts";
import { toPortable } from "../training/execution/portable-error.ts";
import type { Json } from "../util/decode.ts";
import { Outbox, readMessages } from "./outbox.ts";
import type { FromRunner, SentTask, ToRunner } from "./process-messages.ts";
import { TaskServer } from "./task-server.ts";

const contents = new Map<string, Json>();
/** What takes the messages of the run, by task. */
const listeners = new Map<number, (message: HostMessage) => void>();
let server: Promise<TaskServer> | undefined;
const outbox = new Outbox<FromRunner>((messages) => {
  // The parent may be gone: then this process ends as well.
  if (process.connected) process.send?.(messages, undefined, undefined, () => undefined);
});

process.on("message", (texts: readonly string[]) => {
  for (const message of readMessages<ToRunner>(texts)) void take(message);
});
// Without its parent there is nobody to work for.
process.on("disconnect", () => process.exit(0));
// Ctrl-C in a terminal and the end of a service go to all processes: the parent decides how the run ends.
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => undefined);
watchParent();

async function take(message: ToRunner): Promise<void> {
  switch (message.type) {
    case "load":
      return load(message.file);
    case "content":
      return void contents.set(message.hash, message.json);
    case "forget":
      return contents.clear();
    case "message":
      return listeners.get(message.id)?.(message.message);
    case "find":
      return find(message);
    case "task":
      return make(message);
  }
}

/** Ends this process when its parent is gone, also while code runs here that never ends. */
function watchParent(): void {
  const watch = `
    const parent = process.ppid;
    setInterval(() => process.ppid === parent || process.kill(process.pid, "SIGKILL"), 1_000);
  `;
  new Worker(watch, { eval: true }).unref();
}

async function load(file: string): Promise<void> {
  server = TaskServer.load(file);
  try {
    await server;
    send({ type: "loaded", error: undefined });
  } catch (thrown) {
    send({ type: "loaded", error: toPortable(thrown) });
  }
}

async function find({ id, identity, trial }: Extract<ToRunner, { readonly type: "find" }>): Promise<void> {
  try {
    await (await server)?.find({ trial }, identity);
    send({ type: "found", id, error: undefined });
  } catch (thrown) {
    send({ type: "found", id, error: toPortable(thrown) });
  }
}

async function make({ id, task, identity }: Extract<ToRunner, { readonly type: "task" }>): Promise<void> {
  // Before anything is awaited: contents may be forgotten meanwhile.
  const whole = wholeTask(task);
  const line: TaskLine = {
    send: (message) => send({ type: "message", id, message }),
    listen: (receive) => void listeners.set(id, receive),
  };
  // A task comes only after the file was loaded.
  const end = await ((await server) as TaskServer).perform(whole, identity, line);
  listeners.delete(id);
  send({ type: "end", id, end });
}

function wholeTask({ values, validation, ...rest }: SentTask): Task {
  return {
    ...rest,
    values: contentOf(values),
    validation: validation === undefined ? undefined : contentOf(validation),
  };
}

function contentOf(hash: string): TaskContent {
  return { hash, json: contents.get(hash) as Json };
}

function send(message: FromRunner): void {
  outbox.add(message);
}
