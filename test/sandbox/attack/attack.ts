/** A hostile program as data: what it is, how it is written out as a program text, and what must hold when it runs. */
import type { HostName } from "./hosts.ts";

/** The two kinds of code; each attack is run as both unless it says otherwise. */
export type Mode = "sync" | "async";

/** What an attack may say beside its body. */
export interface AttackSpec {
  /**
   * The body of the entry, `attack(aim)`. `AWAIT` becomes `await` in asynchronous code and nothing in synchronous code;
   * `loot` is a function that uses a `Function` constructor to reach the host.
   */
  readonly body?: string;
  /** Text at the top level, before the entry. */
  readonly before?: string;
  /** The whole text, where body and `before` cannot say it. `HEAD` becomes `function attack(aim)`. */
  readonly text?: string;
  /** The only mode in which the attack means something. */
  readonly only?: Mode;
  /** The host functions in its scope. */
  readonly hosts?: readonly HostName[];
  /** It never ends by itself: to give a value is a failure. */
  readonly endless?: boolean;
  /** The check must refuse its text. */
  readonly refused?: boolean;
  /** If it gives a value, then this one. */
  readonly gives?: unknown;
  /** Another program of the same session: called before the attack, in asynchronous code also after it. */
  readonly beside?: Beside;
  /** The limit of a call in milliseconds, where it is not that of the batch. */
  readonly limitMs?: number;
  /** Good code of another session, called at the same time, must come back before the attack ends. */
  readonly company?: boolean;
  /** How many sessions run it at the same time. Default: 1. */
  readonly sessions?: number;
  /** How often it is called, each time in a session of its own, which must not notice the others. Default: 1. */
  readonly calls?: number;
}

/** A well-behaved neighbour in the same session: `neighbour(x)`, a body, what it may call, what it must give. */
export interface Beside {
  readonly body: string;
  readonly hosts: readonly HostName[];
  readonly gives: unknown;
}

/** A family of attacks by name: a body alone, or a body with more. `all` holds for each of them. */
export interface Family {
  readonly name: string;
  readonly all?: AttackSpec;
  readonly attacks: Readonly<Record<string, string | AttackSpec>>;
}

/** One attack of the corpus. */
export interface Attack extends AttackSpec {
  readonly family: string;
  readonly name: string;
}

/** The attacks of families, in order. */
export function attacksOf(families: readonly Family[]): readonly Attack[] {
  return families.flatMap(({ name: family, all, attacks }) =>
    Object.entries(attacks).map(([name, given]) => {
      const spec = typeof given === "string" ? { body: given } : given;
      return { ...all, ...spec, family, name };
    }),
  );
}

/** What identifies an attack. */
export function titleOf(attack: Attack): string {
  return `${attack.family}: ${attack.name}`;
}

/** The modes in which an attack is run. */
export function modesOf(attack: Attack): readonly Mode[] {
  return attack.only === undefined ? ["sync", "async"] : [attack.only];
}

/**
 * Reads the secrets by means of a `Function` constructor, writes the marker, and calls at the door: each is a canary.
 * In the text of attacks that use it.
 */
const LOOT = `
function loot(make, aim) {
  const text = [
    "const p = globalThis.process ?? (typeof process === 'object' ? process : undefined);",
    "const found = [globalThis.hostCanary];",
    "if (!p) return found;",
    "try { found.push(p.env[aim.env]) } catch {}",
    "const load = (name) => (p.getBuiltinModule ?? p.mainModule?.require ?? require)(name);",
    "try { found.push(load('fs').readFileSync(aim.file, 'utf8')) } catch {}",
    "try { load('fs').writeFileSync(aim.marker, 'reached') } catch {}",
    "try { load('net').connect(aim.port, '127.0.0.1').on('error', () => {}) } catch {}",
    "try { p.kill(p.ppid, 0); found.push('ESCAPED') } catch {}",
    "return found;",
  ].join("\\n");
  try { return make("aim", text)(aim) } catch (e) { return "nothing" }
}`;

/** The program text of an attack in a mode. */
export function textOf(attack: Attack, mode: Mode): string {
  const head = `${mode === "async" ? "async " : ""}function attack(aim)`;
  const text = attack.text ?? `${attack.before ?? ""}\nHEAD {\n${attack.body ?? ""}\n}`;
  const written = text.replaceAll("HEAD", () => head).replaceAll("AWAIT ", mode === "async" ? "await " : "");
  return /\bloot\b/.test(written) ? `${written}\n${LOOT}` : written;
}
