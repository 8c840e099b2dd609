// SPDX-License-Identifier: Apache-2.0
// biome-ignore-all format: where the lines break is what is tested
// biome-ignore-all lint: so is code that nobody would write
// @ts-nocheck
/**
 * Functions in every form that all runtimes take, for function_index_engines.test.ts.
 *
 * A comment `@id` marks the line of a declaration; what stands before a `#` in the id is the name. Each calls
 * `probe("inner outer")`, which tells the engine's stack there and the ids of the functions that should be on it;
 * `#fields` stands for the initialisers of a class.
 */

import itself from "./function_index_forms.ts";

const probes = [];
const inspector = globalThis.process?.versions.node && !globalThis.Bun && !globalThis.Deno
  ? process.getBuiltinModule("node:inspector")
  : undefined;
const warm = inspector && new inspector.Session();
const session = inspector && new inspector.Session();
warm?.connect();
session?.connect();
for (const each of [warm, session]) {
  each?.post("Profiler.enable");
  each?.post("Profiler.setSamplingInterval", { interval: 1e6 });
}
// While another profile runs a start is cheap; each begins with a sample of the stack it was started from.
warm?.post("Profiler.start");

function probe(ids) {
  Error.stackTraceLimit = 50;
  const stack = new Error().stack;
  let nodes = [];
  session?.post("Profiler.start");
  session?.post("Profiler.stop", (_, { profile }) => { nodes = profile.nodes; });
  const frames = nodes.filter(({ callFrame }) => callFrame.url === import.meta.url)
    .map(({ callFrame }) => [callFrame.lineNumber + 1, callFrame.columnNumber + 1, callFrame.functionName]);
  let sites = [];
  if (inspector) {
    const prepare = Error.prepareStackTrace;
    Error.prepareStackTrace = (_, all) => all;
    sites = new Error().stack.filter((site) => site.getFileName() === import.meta.url)
      .map((site) => [site.getEnclosingLineNumber(), site.getFunctionName() ?? ""]);
    Error.prepareStackTrace = prepare;
  }
  probes.push({ ids, stack, sites, profile: frames.reverse() });
  return 1;
}

interface Box<T> { readonly value: T; get(): T; new (x: T): Box<T>; <U>(x: U): () => U }
type Mapper<in A, out B = A> = <C extends A>(x: C, ...rest: Array<(y: A) => B>) => { mapped: B } | undefined;
declare function declared(x: number): () => void;
declare class Declared { method(): void; private constructor(x: () => void) }

// Functions
function overloaded(x: string): void;
function overloaded(x: { a: () => void }): void;
function /*@overloaded*/ overloaded(
  x: unknown,
): asserts x is string {
  probe("overloaded");
}
overloaded("");

async function /*@early*/ early<
  T extends { a(): void },
>(
  x?: T,
): Promise<{ a: number }> {
  probe("early");
  await 1;
  probe("early");
  return { a: 1 };
}
await early();

function* /*@generated*/ generated(): Generator<number, void, undefined> {
  yield probe("generated");
}
[...generated()];

async function* /*@streamed*/ streamed(): AsyncGenerator<() => void> {
  await probe("streamed");
  yield () => /*@<anonymous>#streamed*/ probe("<anonymous>#streamed");
}
for await (const one of streamed()) one();

const expression = /*@expression*/ function (this: void, a: number = probe("expression")): number {
  return a;
};
expression();

const renamed = /*@own*/ function own(): void { probe("own"); };
renamed();

function /*@defaults*/ defaults(
  a = () => /*@a*/
    probe("a defaults"),
  { b = () => /*@b*/ probe("b defaults") }: { b?: () => number } = {},
): void {
  a();
  b();
}
defaults();

// Arrow functions
const half = (n: number): number => /*@half*/
  probe("half") / 2;
half(1);

const generic = <
  T,
>(/*@generic*/ x: T): T extends string ? () => void : { a: T } => {
  probe("generic");
  return x as T;
};
generic(1);

const typed: Mapper<string, () => void> = /*@typed*/ async x => { await 0; probe("typed"); };
await typed("");

const curried = (a: number, _ = probe("curried")) => /*@curried*/
  (b: number) => /*@<anonymous>#curried*/
    probe("<anonymous>#curried") + a + b;
curried(1)(2);

const chosen = half.length > 5
  ? (x) => 0
  : (x) => /*@<anonymous>#else*/ probe("<anonymous>#else");
chosen(1);

let assigned: () => void;
assigned = () => { /*@assigned*/ probe("assigned"); };
assigned();
const holder: { [key: string]: () => void } = {};
holder.later = function () { /*@later*/ probe("later"); };
holder.later();
holder.orElse ??= () => { /*@orElse*/ probe("orElse") };
holder.orElse();

const noSemicolon = () => /*@noSemicolon*/
  probe("noSemicolon")
const regexp = /[/*]\(=>{/.test("`${") ? 1 : 2
noSemicolon();

(function () { /*@<anonymous>#iife*/
  probe("<anonymous>#iife");
})();
const result = (() => { /*@<anonymous>#iife2*/
  return probe("<anonymous>#iife2");
})();
await (async () => { /*@<anonymous>#iife3*/
  await 1;
  probe("<anonymous>#iife3");
})();

function /*@invokes*/ invokes() {
  !function () { /*@<anonymous>#invoked*/
    probe("<anonymous>#invoked invokes");
  }();
  return (() => /*@<anonymous>#invoked2*/ probe("<anonymous>#invoked2 invokes"))();
}
invokes();

[1].map((x) => /*@<anonymous>#callback*/ probe("<anonymous>#callback"));
const text = `a ${[1].map((x) => /*@<anonymous>#template*/ `${
  probe("<anonymous>#template")
}`)} } ) => {`;
void (text as string satisfies string)!;

const async = (run: () => void): void => { /*@async*/ run(); };
async(() => /*@<anonymous>#async*/
  probe("<anonymous>#async async"));

function /*@blocks*/ blocks(x: number): number {
  label: for (let i = 0; i < 1; i++) {
    if (x < 2 && i > (-1)) { switch (x) { case 1: { probe("blocks"); break; } default: { x = 3; } } }
    do { try { throw x; } catch { x++; continue label; } finally { probe("blocks"); } } while (x < (1));
  }
  return probe("blocks");
}
blocks(1);

// Objects
const object = {
  /*@method*/ method(): void { probe("method"); },
  async /*@awaits*/ awaits() { await 1; probe("awaits"); },
  *
    /*@yields*/ yields() { probe("yields"); },
  get /*@got*/ got(): number { return probe("got"); },
  set /*@put*/ put(v: number) { probe("put"); },
  key: function () { /*@key*/ probe("key"); },
  arrow: <T,>(x?: T): void => { /*@arrow*/ probe("arrow"); },
  /*@a-b*/ "a-b"() { probe("a-b"); },
  ["com" + "puted"]:
    () => /*@<anonymous>#value*/ probe("<anonymous>#value"),
  [/*@<anonymous>#method*/
    "called" + same("")
  ](
  ): void { probe("<anonymous>#method"); },
  if() { /*@if*/ probe("if"); },
  async() { /*@async#method*/ probe("async#method"); },
  get() { /*@get*/ probe("get"); },
};
function same<T>(x: T): T { return x; }
object.method();
await object.awaits();
object.yields().next();
void object.got;
object.put = 1;
object.key();
object.arrow();
object["a-b"]();
object.computed();
object.called();
object.if();
object.async();
object.get();

// Classes
abstract class Base<T extends object = {}> { abstract a(): void; protected b?(): void; }

export class /*@Derived#class*/ /*@Derived#fields*/ Derived<T>
  extends same<typeof Base<{}>>(Base) implements Pick<Box<T>, "value"> {
  readonly value: T = probe("Derived#fields Derived");
  static count: number = probe("Derived#class")
  static #secret?: () => void
  handler: (x: number) => { a: T } | undefined =
    (x) => { /*@handler*/
      probe("handler");
      return;
    }
  static { probe("Derived#class"); this.#secret = () => { /*@#secret*/ probe("#secret Derived#class"); }; this.#secret(); }
  constructor(x: T);
  constructor( /*@Derived*/
    x: T, y: () => void = () => { /*@y*/ probe("y Derived"); },
  ) {
    super();
    y();
    probe("Derived");
  }
  a(): void { /*@a#method*/ probe("a#method"); }
  static async /*@later#static*/ later(): Promise<void> { await 1; probe("later#static"); }
  get /*@size*/ size(): number { return probe("size"); }
  #hidden(): void { /*@#hidden*/ probe("#hidden open"); }
  open(): void { /*@open*/ this.#hidden(); }
  override async *[/*@[Symbol.asyncIterator]*/
    Symbol.asyncIterator](): AsyncGenerator<number> { probe("[Symbol.asyncIterator]"); }
  static(): void { /*@static*/ probe("static"); }
  generic<U extends { a: () => void }>(x?: U): x is U { /*@generic#method*/ return probe("generic#method") > 0; }
}
const derived = new Derived(1);
derived.handler(1);
derived.a();
await Derived.later();
void derived.size;
derived.open();
await derived[Symbol.asyncIterator]().next();
derived.static();
derived.generic();

class /*@Implied#fields*/ Implied
  extends Base {
  field = call(() => /*@<anonymous>#field*/ probe("<anonymous>#field call Implied#fields"));
  other = probe("Implied#fields");
}
function call<T>(run: () => T): T { /*@call*/
  const value = run();
  return value;
}
new Implied();

const Expression = /*@Expression#fields*/ class {
  field = probe("Expression#fields");
  run() { /*@run*/ probe("run"); }
};
new Expression().run();

// Several functions at once
async function /*@handle*/ handle() { await load(); }
async function /*@load*/ load() {
  await Promise.resolve();
  await call(async () => { /*@<anonymous>#load*/
    probe("<anonymous>#load call load handle");
    await 1;
    probe("<anonymous>#load load handle");
  });
}
await handle();

export default function () { /*@default*/ probe("default"); }
itself();

console.log(JSON.stringify(probes));
