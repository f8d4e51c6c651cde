/**
 * Measures how work grows, where no operation can be counted. Processor time: a busy machine does not count as growth.
 * Its files are named in vitest.config.ts, since other threads of a process would count.
 */

/** The least milliseconds of processor time that `work` took in five rounds. */
export function leastTime(work: () => unknown): number {
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.min(...times);
}
