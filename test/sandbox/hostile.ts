/** Texts that are hard to check for their length: one piece of grammar repeated, beside itself and inside itself. */

/** Repeated side by side, with `#` as a running number, inside of `function f(x) { … }`. */
const wide: readonly string[] = [
  ..."n#; n#=1; zz; let_v#; var_v#; var_v; const_v#=1; function_v#(){} class_C#{} {let_v#;} {var_v#;} l#:x; '\u200b';".split(
    " ",
  ),
  ..."n\u200d#; `a`; ; try{}catch(e){} debugger; this; eval; arguments; new.target; import.meta; super.x; 010; 1; 9n;".split(
    " ",
  ),
  ..."/a/; /(?<g#>)\\k<g#>/; /\\p{L}/u; 'a'; '\\u{1F600}'; `${x}`; x=>x; (x)=>x; async(x)=>x; [...x]; ({a#:x}); ({a=x});".split(
    " ",
  ),
  ..."let_v#:T=x; {let_v:T=x;} interface_I#{} type_T#=x; declare_let_v#:T; enum_E#{} abstract_class_A#{} x_as_T; x!;".split(
    " ",
  ),
  ..."(a:T):T=>a; <T>(a:T)=>a; x<x>(x); x<x; x>x; x<x>x; <T>x; x?.a?.(); x?(x):x; (x?:T)=>x; (x_as_T)_satisfies_T;".split(
    " ",
  ),
  ..."//\n /**/ \n \t \u00a0 \u2028 \\ #a @d import_'a'; export_{}; using_a#=x; return; break; -->\n <!--\n".split(" "),
  ..."class_A{static_readonly_m#?:T;} class_A{m():x;m(){}} class_A{#p;m(){this.#p}} class_A{['a'](){}} class_A{static{}}".split(
    " ",
  ),
];

/** Repeated as one list: what begins, what repeats, what ends. */
const lists: readonly (readonly [begin: string, unit: string, end: string])[] = [
  ["return '", "ab", "'"],
  ["return '", "\u200b", "'"],
  ["return '", "\\n", "'"],
  ["/*", "\u200b", "*/"],
  ["/*", "\n", "*/"],
  ["return `", "${x}", "`"],
  ["return `", "\r\n", "`"],
  ["return [", "'\u200b',", "]"],
  ["return [", "a#,", "]"],
  ["return [", ",", "]"],
  ["return {", "a#:x,", "}"],
  ["return {", "m(){},", "}"],
  ["var ", "v#,", "v"],
  ["let {", "a#:b#,", "}=x"],
  ["let [", "a#,", "]=x"],
  ["return (", "p#,", "q)=>x"],
  ["return (", "p#=1,", "q)=>x"],
  ["return (", "p,", "q)=>x"],
  ["return (", "p#?:T,", "q)=>x"],
  ["return <", "T#,", "U>()=>x"],
  ["return ({", "a#=x,", "})=>x"],
  ["return ({", "p#,", "})=>x"],
  ["class A{", "m#(){}", "}"],
  ["class A{", "m#;", "}"],
  ["class A{", "#m#;", "}"],
  ["class A{m(){", "this.#a#;", "}}"],
  ["class A{", "m():x;", "m(){}}"],
  ["class A{", "[k:string]:x;", "}"],
  ["class A implements ", "I#,", "J{}"],
  ["switch(x){", "case #:", "}"],
  ["switch(x){", "case #:let v#;", "}"],
  ["a:{", "break a;", "}"],
  ["type A={", "a#:x;", "}"],
  ["type A=[", "a#:x,", "b:x]"],
  ["type A=", "x|", "x"],
  ["return ", "x<", "x"],
  ["return x", "<x>(x)", ""],
  ["return ", "x<x>\n", "x"],
  ["return x", "<x,x>", "(x)"],
  ["return x(", "x<x,", "x>(x))"],
  ["return x", " as T", ""],
  ["return x", "!", ""],
  ["return x", "!.a", ""],
  ["return x", ".a#", ""],
  ["return x", "?.a", ""],
  ["return x", "()", ""],
  ["return x", "`a`", ""],
  ["return x", "+1", ""],
  ["return x", "&&x", ""],
  ["return x", ",x", ""],
  ["return x", "?1:x", ""],
  ["return /", "a|", "/"],
  ["return /", "(?<g#>)", "/"],
  ["return /", "()\\1", "/"],
  ["return /[", "a-z", "]/"],
  ["return /(?<a>)", "\\k<a>", "/"],
  ["return /", "\\p{L}", "/u"],
  ["return 1", "_1", ""],
  ["return 0x", "f", "n"],
  ["let ", "a", ";"],
  ["let ", "\\u0061", ";"],
  ["let ", "𝒜", ";"],
  ["n", "ab", ";"],
  ["function g", "ab", "(){} gabab;"],
  ["x=", "(x\n", ""],
  ["", "async\n", ""],
  ["", "type ", ""],
  ["", "declare ", ""],
  ["", "let ", ""],
];

/** Repeated inside itself: what opens, what is innermost, what closes. */
const deep: readonly (readonly [open: string, middle: string, close: string])[] = [
  ["return (", "x", ")"],
  ["return [", "x", "]"],
  ["{", "x;", "}"],
  ["{var v;", "", "}"],
  ["{let v#;x;", "", "}"],
  ["x={a:", "x", "}"],
  ["x=x(", "x", ")"],
  ["x[", "0", "]"],
  ["x=`${", "x", "}`"],
  ["x=()=>{", "", "}"],
  ["x=a=>(", "x", ")"],
  ["(a=", "x", ")=>a"],
  ["async(a=", "x", ")=>a"],
  ["async(", "x", ")"],
  ["x=function(){var v;", "", "}"],
  ['function g(){"use strict";', "", "}"],
  ["class A{m(){", "", "}}"],
  ["class A{p=", "1", "}"],
  ["x=class extends ", "x", "{}"],
  ["class A{static{", "", "}}"],
  ["for(;;)", "x", ""],
  ["if(x)", "x", ""],
  ["if(x);else ", "x", ""],
  ["do ", "x", " while(x)"],
  ["try{", "", "}finally{}"],
  ["try{}catch(e){", "", "}"],
  ["switch(x){case 1:", "", "}"],
  ["l#:", "x", ""],
  ["new ", "x", ""],
  ["!", "x", ""],
  ["typeof ", "x", ""],
  ["x=", "1", ""],
  ["x?", "1", ":1"],
  ["x?(y):y=>", "1", ":1"],
  ["x?(a:T):T=>", "x", ":x"],
  ["({a:", "x", "})"],
  ["({a=(", "x", ")})=>1"],
  ["([", "q", "])=>q"],
  ["x<", "x", ">(x)"],
  ["x<(", "x", ")>(x)"],
  ["x<{a:", "x", "}>(x)"],
  ["x<`${", "x", "}`>(x)"],
  ["new x<", "x", ">"],
  ["x<<", "x", ""],
  ["<T>", "x", ""],
  ["<T>(", "x", ")"],
  ["<T>(a=", "x", ")=>a"],
  ["async<T>(a=", "x", ")=>a"],
  ["(a:T=", "x", "):T=>a"],
  ["type A=(", "x", ")"],
  ["type A={a:", "x", "}"],
  ["x as (", "x", ")"],
  ["x as x extends x?", "x", ":x"],
  ["x as x extends infer U extends ", "x", "?x:x"],
  ["x as ((a:", "x", ")=>x)"],
  ["x as x<", "x", ">"],
  ["x as {[k in ", "x", "]:x}"],
  ["x as keyof ", "x", ""],
  ["namespace N{", "", "}"],
  ["@d(class{", "", "})"],
  ["x=/(", "", ")/"],
];

const numbered = (text: string, i: number): string => text.replaceAll("#", String(i)).replaceAll("_", " ");

function repeat(text: string, times: number): string {
  const parts: string[] = [];
  for (let i = 0; i < times; i++) parts.push(numbered(text, i));
  return parts.join("");
}

/** A text of at most `size` characters for each pattern, named after it. `depth` bounds those that nest. */
export function hostileTexts(size: number, depth: number): (readonly [name: string, text: string])[] {
  const body = (text: string): string => `function f(x) {\n${text}\n}`;
  const room = size - body("").length;
  const fill = (begin: string, unit: string, end: string): string => {
    let times = Math.floor((room - begin.length - end.length) / unit.length);
    while (repeat(unit, times).length + begin.length + end.length > room) times = Math.floor(times * 0.9);
    return body(begin + repeat(unit, times) + end);
  };
  return [
    ...wide.map((unit) => [unit, fill("", unit, "")] as const),
    ...lists.map(([begin, unit, end]) => [`${begin}${unit}…${end}`, fill(begin, unit, end)] as const),
    ...deep.map(([open, middle, close]) => {
      const times = Math.min(depth, Math.floor(room / (open.length + close.length + 5)));
      return [`${open}…${middle}…${close}`, body(repeat(open, times) + middle + repeat(close, times))] as const;
    }),
  ];
}
