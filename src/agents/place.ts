/** Where a call of a model is made: in which program, and whether and where it is recorded. */

import { AsyncLocalStorage } from "node:async_hooks";
import { type BodyFrame, currentContext, type RunContext } from "../nodes/context.ts";
import { noteRead } from "../nodes/frame.ts";
import { isNode, type Node } from "../nodes/node.ts";
import { PlainResults, plainResultsHere } from "../nodes/plain-results.ts";
import { ExternalCallError } from "../util/errors.ts";
import { isIntercepted } from "../util/external-call.ts";
import { CallLog } from "./call-log.ts";
import type { Needle } from "./find-texts.ts";
import { ProgramWords, type ReceivedReply } from "./program-words.ts";
import type { ProgramTexts } from "./texts.ts";

/** A call of a program that learns, while it is under way. */
export interface ProgramRun {
  readonly texts: ProgramTexts;
  /** The program that called it. */
  readonly outer: ProgramRun | undefined;
  /** What models answered it and the programs in it so far. */
  readonly replies: ReceivedReply[];
  readonly log: CallLog;
  /** The context in which the program was called. */
  readonly context: RunContext;
  /** Whether its calls are recorded: not where nobody traces it, such as in production. */
  readonly isRecorded: boolean;
  /** Whether it is part of a run, which puts in the values of a candidate. */
  readonly isInRun: boolean;
  /** The number of requests that it has sent so far. */
  requests: number;
  /** What ended the run around it, where that was at one of its requests. */
  stop?: Error;
  /** Why its last request got no reply, where that is no fault of its own. */
  outage?: RequestOutage | undefined;
}

/** A request without a reply. */
export interface RequestOutage {
  readonly error: Error;
  /** Whether an SDK may give its program what came of the request as if it were a whole reply. */
  readonly isQuiet: boolean;
}

const storage = new AsyncLocalStorage<ProgramRun | undefined>();
/** Those under way in this process. */
const live = new Set<ProgramRun>();

/** Runs a program, and all that it awaits. */
export function inProgram<R>(run: ProgramRun, program: () => R): R {
  live.add(run);
  return storage.run(run, program);
}

/** The program that the caller is in. */
export function programHere(): ProgramRun | undefined {
  return storage.getStore();
}

/** Notes that a program has ended. */
export function endProgram(run: ProgramRun): void {
  live.delete(run);
  run.log.end();
}

/** Runs `fn` so that the calls in it are not seen: a call around them is. */
export function unseen<R>(fn: () => R): R {
  return covered.run(true, () => storage.run(undefined, fn));
}

/** Whether a call around the caller is seen already. */
export function isCovered(): boolean {
  return covered.getStore() === true;
}

const covered = new AsyncLocalStorage<boolean>();

/** Where calls are recorded. */
export interface RecordingPlace {
  readonly context: RunContext;
  readonly log: CallLog;
  /** The bundle's body whose graph it is; undefined in a program, and in a run outside of both. */
  readonly body: BodyFrame | undefined;
}

/** See the head of the file. */
export interface CallPlace {
  /** The programs around the call, from the inside out. */
  readonly programs: readonly ProgramRun[];
  /** Undefined where nothing is recorded. */
  readonly recording: RecordingPlace | undefined;
}

const nowhere: CallPlace = { programs: [], recording: undefined };
const logsOfRuns = new WeakMap<PlainResults, CallLog>();
const logsOfBodies = new WeakMap<BodyFrame, CallLog>();

/** The place of a call of `to` that the caller makes with this request. */
export function placeOf(to: string, request: unknown): CallPlace {
  if (isCovered()) return nowhere;
  const program = storage.getStore();
  // Calls of the optimizer and the judge, which show the texts of programs, are made by a run, outside of programs.
  if (program === undefined ? !isIntercepted() : !live.has(program)) refuseLost(to, request);
  const programs: ProgramRun[] = [];
  for (let at = program; at !== undefined; at = at.outer) programs.push(at);
  return { programs, recording: recordingHere() };
}

/** Where the caller's calls are recorded; undefined where they are not. */
export function recordingHere(): RecordingPlace | undefined {
  const context = currentContext();
  const { recording, run, frame } = context;
  const program = storage.getStore();
  if (!recording) return undefined;
  const isInProgram = program !== undefined && program.context.run === run && program.context.frame === frame;
  if (isInProgram && !program.isRecorded) return undefined;
  const log = isInProgram ? program.log : frame !== undefined ? logOfBody(frame) : logOfRun();
  return log === undefined ? undefined : { context, log, body: isInProgram ? undefined : frame };
}

/** The log of the run that the caller is in, outside of its programs. */
function logOfRun(): CallLog | undefined {
  const results = plainResultsHere();
  if (results === undefined) return undefined;
  let log = logsOfRuns.get(results);
  if (log === undefined) logsOfRuns.set(results, (log = new CallLog(results)));
  return log;
}

/** The log of a bundle's body: what is recorded there is the graph inside of the call. */
function logOfBody(frame: BodyFrame): CallLog {
  let log = logsOfBodies.get(frame);
  if (log === undefined) {
    logsOfBodies.set(frame, (log = new CallLog(new PlainResults())));
    for (const node of frame.inputs.filter(isNode)) log.addSource(node, node.peek());
  }
  return log;
}

/** Notes that plain code got the value of `node` here. */
export function noteResult(node: Node, { body, log }: RecordingPlace, value: unknown): void {
  log.results.add(node, value);
  if (body !== undefined && !body.over) noteRead(node);
}

/** Values that plain code has read with `.data`, to look for in what it sends. */
export function textsRead({ body, context }: RecordingPlace): readonly Needle<Node>[] {
  return [...(body === undefined ? (context.run?.reads ?? []) : [])].filter(isNode).flatMap((node) => {
    const value = node.peek();
    return typeof value === "string" && value.trim() !== "" ? [{ text: value.trim(), owner: node }] : [];
  });
}

/** A request that holds the text of a program under way, but is sent from elsewhere, would be lost in silence. */
function refuseLost(to: string, request: unknown): void {
  for (const program of live) {
    const { texts, isInRun } = program;
    // Outside of a run the program's own text is a right one.
    const [text] = isInRun ? new ProgramWords([program], request).findWordsIn() : [];
    if (text === undefined) continue;
    throw new ExternalCallError(
      "lost-context",
      `A request to ${to} holds the text "${text.name}" of the program "${texts.program}", but was not made in its ` +
        "async context: a queue or a pool has made it elsewhere, so that it is not known whose call it is. Give the " +
        "queue `AsyncResource.bind(job)` (node:async_hooks) instead of the job.",
    );
  }
}
