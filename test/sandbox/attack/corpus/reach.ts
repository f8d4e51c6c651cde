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
      .filter((n) => /^(process|require|module|fetch|Worker|WebSocket|Deno|Bun|host|port|parentPort|std|os|bjson|print|scriptArgs|hostCanary)$/.test(n)).filter((n) => globalThis[n] !== undefined).map((n) => "ESCAPED " + n)`,
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
