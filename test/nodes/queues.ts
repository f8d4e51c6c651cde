/** Queues that users put around an agent. All but the first two begin a job in the async context of another one. */

import { queue as asyncQueue } from "async";
import Bottleneck from "bottleneck";
import DataLoader from "dataloader";
import fastq from "fastq";
import pLimit from "p-limit";
import PQueue from "p-queue";

type Job = () => Promise<unknown>;
/** Runs a job when its turn comes. */
export type Queue = (job: Job) => Promise<unknown>;

interface Waiting {
  readonly job: Job;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Collects jobs, and runs all of them when `plan` says so. */
function batcher(plan: (flush: () => void, size: number) => void): Queue {
  let jobs: Waiting[] = [];
  const flush = (): void => {
    const now = jobs;
    jobs = [];
    for (const { job, resolve, reject } of now) job().then(resolve, reject);
  };
  return (job) =>
    new Promise((resolve, reject) => {
      jobs.push({ job, resolve, reject });
      plan(flush, jobs.length);
    });
}

/** One job at a time, as many a program has it by hand. */
function byHand(): Queue {
  const jobs: Waiting[] = [];
  let busy = false;
  const next = (): void => {
    const turn = jobs.shift();
    busy = turn !== undefined;
    turn?.job().then(turn.resolve, turn.reject).finally(next);
  };
  return (job) =>
    new Promise((resolve, reject) => {
      jobs.push({ job, resolve, reject });
      if (!busy) next();
    });
}

function onTimer(): Queue {
  let timer: NodeJS.Timeout | undefined;
  return batcher((flush) => {
    timer ??= setTimeout(() => {
      timer = undefined;
      flush();
    }, 2);
  });
}

/** Makers of queues for `jobs` jobs, by the name of the package or the kind. */
export const queues: Readonly<Record<string, (jobs: number) => Queue>> = {
  none: () => (job) => job(),
  "p-limit": () => {
    const limit = pLimit(1);
    return (job) => limit(job);
  },
  "p-queue": () => {
    const queue = new PQueue({ concurrency: 1 });
    return (job) => queue.add(job);
  },
  "p-queue of two": () => {
    const queue = new PQueue({ concurrency: 2 });
    return (job) => queue.add(job);
  },
  "p-queue with an interval": () => {
    const queue = new PQueue({ intervalCap: 1, interval: 3 });
    return (job) => queue.add(job);
  },
  bottleneck: () => {
    const queue = new Bottleneck({ maxConcurrent: 1 });
    return (job) => queue.schedule(job);
  },
  fastq: () => {
    const queue = fastq.promise(async (job: Job) => job(), 1);
    return (job) => queue.push(job);
  },
  async: () => {
    const queue = asyncQueue<Job>(async (job: Job) => job(), 1);
    return (job) => queue.pushAsync(job);
  },
  dataloader: () => {
    const settle = (job: Job) => job().catch((error: Error) => error);
    const loader = new DataLoader<Job, unknown>((jobs) => Promise.all(jobs.map(settle)), { cache: false });
    return (job) => loader.load(job);
  },
  "a queue by hand": byHand,
  "a batch of all": (jobs) => batcher((flush, size) => size === jobs && flush()),
  "a timer": onTimer,
};
