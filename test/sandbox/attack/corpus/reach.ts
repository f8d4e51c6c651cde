/** Attacks that look for a way out: constructors, errors of other realms, modules, code from text. */
import type { Family } from "../attack.ts";

const constructors: Family = {
  name: "constructor chains",
  attacks: {
    "of an argument": "return loot(aim.constructor.constructor, aim)",
    "of a string in an argument": "return loot(aim.file.constructor.constructor, aim)",
    "of a list in an argument": "return loot(aim.list.map.constructor, aim)",
    "of an arrow function": "return loot((() => 0).constructor, aim)",
    "of an async function": "return [await loot((async () => 0).constructor, aim), 0]".replace("await ", "AWAIT "),
    "of a generator":
      "const make = (function* () {}).constructor; return loot((...a) => (x) => make(...a)(x).next().value, aim)",
    "of an async generator": {
      only: "async",
      body: "const make = (async function* () {}).constructor; return loot((...a) => (x) => make(...a)(x).next(), aim)",
    },
    "of console": "return loot(console.log.constructor, aim)",
    "of a host function": { hosts: ["echo"], body: "return loot(echo.constructor, aim)" },
    "of what a host function gave": {
      hosts: ["echo"],
      body: "return loot((AWAIT echo({ a: 1 })).constructor.constructor, aim)",
    },
    "of Promise": "return loot(Promise.resolve.constructor, aim)",
    "of this": "return loot(this.constructor.constructor, aim)",
    "of this in a plain function":
      "return (function () { return loot((this ?? globalThis).constructor.constructor, aim) })()",
    "by way of Reflect": "return loot((...a) => Reflect.construct(Function, a), aim)",
    "by way of a class that extends Function": "class F extends Function {}; return loot((...a) => new F(...a), aim)",
    "by way of a bound function": "return loot(Function.bind(null), aim)",
  },
};

const realms: Family = {
  name: "realms of errors, promises and iterators",
  attacks: {
    "stack overflow": "const f = () => f(); try { f() } catch (e) { return loot(e.constructor.constructor, aim) }",
    "JSON.parse": "try { JSON.parse('{') } catch (e) { return loot(e.constructor.constructor, aim) }",
    "an error of the host": {
      hosts: ["boom"],
      body: "try { AWAIT boom('error') } catch (e) { return [loot(e.constructor.constructor, aim), e.stack] }",
    },
    "a refused argument": {
      hosts: ["echo"],
      body: "try { AWAIT echo(() => 1) } catch (e) { return [loot(e.constructor.constructor, aim), e.stack] }",
    },
    "a refused result of the host": {
      hosts: ["give"],
      body: "try { AWAIT give('function') } catch (e) { return [loot(e.constructor.constructor, aim), e.stack] }",
    },
    "an iterator of an argument":
      "return loot(Object.getPrototypeOf(aim.list[Symbol.iterator]()).next.constructor, aim)",
    "a map of an argument": "return loot(aim.map.entries().next.constructor, aim)",
    "a date of an argument": "return loot(aim.date.getTime.constructor, aim)",
    "bytes of an argument": "return loot(aim.bytes.constructor.constructor, aim)",
    structuredClone: "return loot(structuredClone({ a: [1] }).a.constructor.constructor, aim)",
    "text coders": "return loot(new TextEncoder().encode('x').constructor.constructor, aim)",
    "the promise of a host call": {
      only: "async",
      hosts: ["echo"],
      body: "return loot(echo(1).constructor.constructor, aim)",
    },
    "a rejection of a host call": {
      only: "async",
      hosts: ["boom"],
      body: "return await boom('error').catch((e) => loot(e.constructor.constructor, aim))",
    },
    prepareStackTrace: `Error.prepareStackTrace = (e, frames) => frames;
      const frames = new Error().stack;
      if (typeof frames === "string") return frames;
      return [...frames].map((f) => { try { return loot(f.getThis?.().constructor.constructor ?? f.constructor.constructor, aim) } catch { return 0 } })`,
    captureStackTrace: "const o = {}; Error.captureStackTrace?.(o); return [o.stack, Error.stackTraceLimit]",
    "the stack of an error": "return new Error('x').stack",
    "a stack overflow within a host call": {
      hosts: ["echo"],
      body: `const errors = []; let calls = 0;
        const f = () => { try { f() } catch (e) { errors.push(e); if (calls++ < 50) try { const r = echo({ a: [1] }); r?.catch?.(() => {}) } catch (e2) { errors.push(e2) } throw e } };
        try { f() } catch {}
        return errors.slice(0, 60).map((e) => loot(e.constructor.constructor, aim))`,
    },
    "a stack overflow within console": `let seen; const f = () => { try { console.log({ a: [1] }); f() } catch (e) { seen = e } }; f();
      return loot(seen.constructor.constructor, aim)`,
    "a stack overflow within structuredClone": `let a = []; for (let i = 0; i < 1e4; i++) a = [a];
      try { structuredClone(a); return 1 } catch (e) { return loot(e.constructor.constructor, aim) }`,
    "frames of an error of the host": {
      hosts: ["boom"],
      body: `Error.prepareStackTrace = (e, frames) => frames; Error.stackTraceLimit = 100;
        try { AWAIT boom('error') } catch (e) { const s = e.stack; return Array.isArray(s) ? s.map((f) => { try { return loot(f.getFunction().constructor, aim) } catch { return f.getFileName?.() } }) : String(s) }`,
    },
    "frames with a getter": `let frames; Object.defineProperty(Error, "prepareStackTrace", { get() { return (e, f) => (frames = f) } });
      try { null.x } catch (e) { e.stack } return (frames ?? []).map((f) => { try { return loot(f.getThis().constructor.constructor, aim) } catch { return 0 } })`,
    "a rejection by the engine": {
      only: "async",
      body: "try { await Promise.any([]) } catch (e) { return loot(e.constructor.constructor, aim) }",
    },
    "an awaited thenable's function": {
      only: "async",
      body: "return await { then(go, no) { go(loot(go.constructor, aim)) } }",
    },
    "the executor of a promise": "let go; new Promise((a) => (go = a)); return loot(go.constructor, aim)",
    "the next of an async iterator": {
      only: "async",
      body: "const it = (async function* () { yield 1 })(); return loot(it.next().constructor.constructor, aim)",
    },
    "memory of WebAssembly":
      "const m = new globalThis.WebAssembly.Memory({ initial: 16000 }); return m.buffer.byteLength",
    "a symbol of the registry":
      "return [Symbol.for('nodejs.util.inspect.custom').description, Symbol.keyFor(Symbol.for('x'))]",
  },
};

const modules: Family = {
  name: "modules and host globals",
  attacks: {
    process: "return process.env[aim.env]",
    "typeof process": { body: "return typeof process", gives: "undefined" },
    "process by its name in a text": "return globalThis['pro' + 'cess']?.env[aim.env]",
    require: "return require('fs').readFileSync(aim.file, 'utf8')",
    "import()": "return AWAIT import('node:fs').then((fs) => fs.readFileSync(aim.file, 'utf8'))",
    "an error of import()": "return AWAIT import('x').catch((e) => loot(e.constructor.constructor, aim))",
    "import()'s promise": "return loot(import('x').constructor.constructor, aim)",
    "import.meta": "return import.meta.url",
    "a static import": {
      text: "import fs from 'node:fs';\nHEAD { return fs.readFileSync(aim.file, 'utf8') }",
      refused: true,
    },
    "an export": { text: "export HEAD { return 1 }", refused: true },
    "the names of all globals": `return Object.getOwnPropertyNames(globalThis)
      .filter((n) => /^(process|require|fetch|Worker|WebSocket|Deno|Bun|parentPort|std|os|bjson|hostCanary)$/.test(n)).filter((n) => globalThis[n] !== undefined).map((n) => "ESCAPED " + n)`,
    fetch: "return AWAIT fetch('http://127.0.0.1:' + aim.port)",
    "fetch by globalThis": "return AWAIT globalThis.fetch?.('http://127.0.0.1:' + aim.port)",
    "a socket": "return new WebSocket('ws://127.0.0.1:' + aim.port)",
    "a thread": "return new Worker('data:text/javascript,0')",
    WebAssembly:
      "return typeof globalThis.WebAssembly === 'object' && new WebAssembly.Memory({ initial: 1 }).buffer.byteLength",
    "shared memory":
      "const b = new globalThis.SharedArrayBuffer(8); Atomics.wait(new Int32Array(b), 0, 0, 60_000); return 1",
    "QuickJS's own modules":
      "return [typeof globalThis.std, typeof globalThis.os, typeof globalThis.bjson].filter((t) => t !== 'undefined').map(() => 'ESCAPED')",
    "a name of the host": "return globalThis.hostCanary",
    ShadowRealm: "return loot((n, t) => () => new globalThis.ShadowRealm().evaluate('globalThis.hostCanary'), aim)",
  },
};

const evaluation: Family = {
  name: "code from text",
  attacks: {
    eval: "return loot((n, text) => (aim) => eval('(function (aim) {' + text + '})')(aim), aim)",
    "indirect eval": "return loot((n, text) => (0, globalThis.eval)('(function (aim) {' + text + '})'), aim)",
    Function: "return loot(Function, aim)",
    "new Function": "return loot((...a) => new Function(...a), aim)",
    "a Function that closes its bracket": "return Function('}); globalThis.broken = 1; (function () {')()",
    "a default argument with code": "return Function('a = loot', 'return a')()",
    "eval defines a global": { body: "(0, eval)('var planted = 1'); return globalThis.planted", calls: 2 },
    "the text of a function": {
      hosts: ["echo"],
      body: "return [String(echo), String(attack).length > 0, String(console.log)]",
    },
    "a timer with text": "return globalThis.setTimeout?.('globalThis.late = 1', 0)",
    "a comment that hides the end": "return Function('return 1 //')()",
    "an endless text": { body: "for (;;) eval('1+1')", endless: true },
    "a text of a million operators": "return Function('return 1' + '+1'.repeat(1e6))()",
    "a text nested deep": "return Function('return ' + '['.repeat(2e4) + ']'.repeat(2e4))()",
    "a text with a deep regex": "return new RegExp('('.repeat(5e4) + ')'.repeat(5e4)).test('')",
  },
};

export const reach: readonly Family[] = [constructors, realms, modules, evaluation];
