/** Attacks by what is left behind: state, promises, late work, many sessions; and by what is drawn and measured. */
import type { Family } from "../attack.ts";

const state: Family = {
  name: "state across sessions",
  all: { calls: 3 },
  attacks: {
    "a global": { body: "return (globalThis.n = (globalThis.n ?? 0) + 1)", gives: 1 },
    "a top-level name": { before: "let n = 0;", body: "return ++n", gives: 1 },
    "a property of a built-in": { body: "return (Math.n = (Math.n ?? 0) + 1)", gives: 1 },
    "a property of a prototype": { body: "return (Array.prototype.n = ([].n ?? 0) + 1)", gives: 1 },
    "a property of the entry": { body: "return (attack.n = (attack.n ?? 0) + 1)", gives: 1 },
    "a property of a host function": { hosts: ["echo"], body: "return (echo.n = (echo.n ?? 0) + 1)", gives: 1 },
    "a property of console": { body: "return (console.n = (console.n ?? 0) + 1)", gives: 1 },
    "a symbol of the registry": {
      body: "const s = Symbol.for('n'); return (globalThis[s] = (globalThis[s] ?? 0) + 1)",
      gives: 1,
    },
    "the arguments": { body: "aim.list.push(1); return (aim.n = (aim.n ?? 0) + 1)", gives: 1 },
    "a regex's lastIndex": { before: "const r = /a/g;", body: "r.test('aaa'); return r.lastIndex", gives: 1 },
    "the clock is changed": { body: "Date.now = () => 0; Math.random = () => 4; return 1", gives: 1 },
    "getters on globalThis": {
      body: "Object.defineProperty(globalThis, 'n', { get: () => 1, configurable: false }); return 1",
      gives: 1,
    },
  },
};

const late: Family = {
  name: "late work",
  attacks: {
    "a reaction in synchronous code": {
      only: "sync",
      body: "Promise.resolve().then(() => { for (;;); }); return 1",
      gives: 1,
    },
    "a rejection that nobody handles": { body: "Promise.reject(new Error('late')); return 1", gives: 1 },
    "many rejections": { body: "for (let i = 0; i < 1e4; i++) Promise.reject(i); return 1", gives: 1 },
    "a rejection with a hostile reason": {
      body: "Promise.reject(new Proxy({}, { get() { throw 1 } })); return 1",
      gives: 1,
    },
    "a loop after the result": { only: "async", body: "(async () => { await null; for (;;); })(); return 1" },
    "microtasks after the result": {
      only: "async",
      body: "const again = () => Promise.resolve().then(again); again(); return 1",
    },
    "host calls after the result": {
      only: "async",
      hosts: ["echo"],
      body: "(async () => { for (;;) await echo(1) })(); return 1",
    },
    "a host call that is answered after the result": {
      only: "async",
      hosts: ["slow", "echo"],
      body: "slow().then(() => echo('late')); return 1",
      gives: 1,
    },
    "memory after the result": {
      only: "async",
      body: "(async () => { const a = []; for (;;) { await null; a.push('x'.repeat(1e4) + a.length) } })(); return 1",
    },
    "a throw after the result": {
      only: "async",
      hosts: ["slow"],
      body: "slow().then(() => { throw new Error('late') }); return 1",
      gives: 1,
    },
    "a finalizer": { body: "new FinalizationRegistry(() => { throw 1 }).register({}, 1); return 1", gives: 1 },
    "a result twice": { only: "async", body: "return { then(go, no) { go(1); go(2); no(3); throw 4 } }", gives: 1 },
    "an async iterator that is not closed": {
      only: "async",
      body: "async function* g() { try { yield 1 } finally { await new Promise(() => {}) } } const it = g(); await it.next(); it.return(); return 1",
      gives: 1,
    },
  },
};

const sessions: Family = {
  name: "many sessions",
  all: { sessions: 12 },
  attacks: {
    "small ones": { body: "return 1", gives: 1 },
    "endless ones": { body: "for (;;);", sessions: 3, endless: true },
    memory: { body: "const a = []; for (;;) a.push(new Uint8Array(1e6))", sessions: 3, endless: true },
    "ones that wait": { only: "async", hosts: ["hold"], body: "return await hold(1)", gives: 1 },
    "ones that never settle": { only: "async", body: "await new Promise(() => {})", endless: true },
    stack: { body: "const f = () => f(); return f()", sessions: 4 },
    "large results": { body: "return Array(5e4).fill('x')", sessions: 4 },
    "a flood of questions": {
      only: "async",
      hosts: ["echo"],
      body: "for (let i = 0; i < 200; i++) await echo(i); return 1",
      sessions: 4,
      gives: 1,
    },
  },
};

const company: Family = {
  name: "in company",
  all: { only: "async", endless: true, company: true, limitMs: 5_000 },
  attacks: {
    "a loop": "for (;;);",
    "one long operation": "for (;;) 'a'.repeat(1e6).indexOf('a'.repeat(5e5) + 'b')",
    "three loops": { body: "for (;;);", sessions: 3 },
  },
};

const numbers: Family = {
  name: "extreme numbers and dates",
  attacks: {
    "the ends of numbers": {
      body: "return [0, -0, NaN, Infinity, -Infinity, 5e-324, 1.7976931348623157e308, 2 ** 53]",
      gives: [0, -0, NaN, Infinity, -Infinity, 5e-324, 1.7976931348623157e308, 2 ** 53],
    },
    "dates out of range": {
      body: "return [new Date(8.64e15), new Date(-8.64e15)]",
      gives: [new Date(8.64e15), new Date(-8.64e15)],
    },
    "no date": "return [new Date(NaN), new Date(8.64e15 + 1)]",
    "dates of odd years":
      "return [new Date(-1, 0).toISOString(), new Date(275760, 8, 13).toString(), new Date('+275760-09-13T00:00:00.000Z').getTime()]",
    "setters of dates":
      "const d = new Date(0); d.setFullYear(1e9); d.setMonth(Infinity); d.setMilliseconds(-1e300); return d",
    "time zones": "return new Date(0).getTimezoneOffset() + new Date(2 ** 40).toLocaleString().length",
    "shifts and masks": { body: "return [1 << 32, 1 >>> -1, 2 ** 32 | 0, ~~1e20]", gives: [1, 0, 0, 1661992960] },
    lengths: "return [new Array(-1), 1]",
    "lengths of typed arrays": "return new Uint8Array(2 ** 53).length",
    radix: "return [(255).toString(36), (0.1).toString(2), Number.MAX_VALUE.toString(2).length]",
    digits: "return [(1e21).toFixed(100), (1.1).toPrecision(100), (5e-324).toExponential(100)]",
    "offsets of DataView": "return new DataView(new ArrayBuffer(8)).getFloat64(2 ** 53)",
    "an index at the edge": "const a = []; a[2 ** 32 - 2] = 1; a[2 ** 32 - 1] = 2; return [a.length, Object.keys(a)]",
    "big numbers at the edge": { body: "return [2n ** 64n, -(2n ** 63n), 0n]", gives: [2n ** 64n, -(2n ** 63n), 0n] },
    "code points": "return [String.fromCodePoint(0x10ffff).length, '\\ud800\\udc00'.codePointAt(1)]",
  },
};

const clocks: Family = {
  name: "clock and randomness",
  attacks: {
    "waiting for the clock": {
      body: "const t = Date.now(); while (Date.now() - t < 5) if (!(Date.now() >= t)) break; return 1",
    },
    "waiting for a long time": "const t = Date.now(); while (Date.now() - t < 1e8); return 1",
    "a clock that runs backwards": {
      body: "globalThis.performance?.now?.(); Date = class extends Date { static now() { return -1e15 } }; for (let i = 0; i < 1e4; i++) Date.now(); return 1",
    },
    "what randomness comes from": "return [Math.random.constructor === Function, loot(Math.random.constructor, aim)]",
    "what the clock comes from": "return [Date.now.toString(), loot(Date.now.constructor, aim)]",
    "a hundred thousand draws": {
      body: "let n = 0; for (let i = 0; i < 1e5; i++) n += Math.random(); return n > 4e4 && n < 6e4",
      gives: true,
    },
    "randomness is replaced": {
      body: "Math.random = () => { for (;;); }; Date.now = () => { throw 1 }; return 1",
      gives: 1,
      calls: 2,
    },
    "a high-resolution clock":
      "return [typeof globalThis.performance, typeof globalThis.SharedArrayBuffer, typeof globalThis.Atomics]",
  },
};

export const left: readonly Family[] = [state, late, sessions, company, numbers, clocks];
