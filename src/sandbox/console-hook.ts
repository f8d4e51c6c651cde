/**
 * What a host hears of the console of sandboxed code. In a file of its own, so that its users' types need none of the
 * engine's.
 */

/** Receives what sandboxed code prints; at most 1000 lines a world, each cut to 2048 characters. */
export type ConsoleHook = (level: "log" | "info" | "debug" | "warn" | "error", line: string) => void;
