/** The code runtime of `@ax-llm/ax` as a level, for comparison. It checks no text, and its errors have no code. */
import type { Level, Order } from "./levels.ts";

/** What is used of it. */
interface AxRuntime {
  createSession(globals: Readonly<Record<string, unknown>>): AxSession;
}

interface AxSession {
  execute(code: string): Promise<unknown>;
  close(): void;
}

interface AxModule {
  readonly AxJSRuntime: new (options: {
    readonly timeout: number;
    readonly resourceLimits: { readonly maxOldGenerationSizeMb: number };
  }) => AxRuntime;
}

/** Its default options, with the limits of ours. `file` is the module to load. */
export async function axLevel(file: string): Promise<Level> {
  const { AxJSRuntime } = (await import(file)) as AxModule;
  const runtimes = new Map<number, AxRuntime>();
  const runtimeOf = (timeout: number): AxRuntime => {
    const known = runtimes.get(timeout);
    const runtime = known ?? new AxJSRuntime({ timeout, resourceLimits: { maxOldGenerationSizeMb: 64 } });
    runtimes.set(timeout, runtime);
    return runtime;
  };
  return {
    load: () => Promise.resolve(),
    isTyped: () => true,
    open: ({ text, scope, limitMs }: Order) => {
      let session: AxSession | undefined;
      return {
        call: async (aim) => {
          session = runtimeOf(limitMs).createSession({ ...scope, aim });
          return await session.execute(`${text}\nreturn await attack(aim);`);
        },
        close: () => session?.close(),
      };
    },
  };
}
