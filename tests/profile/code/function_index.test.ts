// SPDX-License-Identifier: Apache-2.0
// biome-ignore-all format: a case is a row
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are source texts
import { describe, expect, test } from "bun:test";
import { FunctionIndex } from "../../../lib/profile/code/function_index.ts";

/**
 * What a text is about, the text, and `name:line` of the function around each `¦` in it; `-` outside of all.
 * A mark stands before the character it asks about and is no part of the text.
 */
type Row = readonly [title: string, marked: string, ...expected: string[]];

function placesIn(marked: string, jsx: boolean): string[] {
  const source = marked.replaceAll("¦", "");
  const index = FunctionIndex.of(source, { jsx });
  const found: string[] = [];
  marked.split("\n").forEach((text, row) => {
    text.split("¦").reduce((column, piece, i) => {
      if (i > 0) {
        const place = index.at(row + 1, column + 1);
        found.push(place ? `${place.name}:${place.line}` : "-");
      }
      return column + piece.length;
    }, 0);
  });
  return found;
}

function check(rows: readonly Row[], jsx = false): void {
  test.each(rows.map((row) => [row[0], row] as const))("%s", (_, [, marked, ...expected]) => {
    expect(placesIn(marked, jsx)).toEqual(expected);
  });
}

const A = "<anonymous>";

describe("FunctionIndex finds", () => {
  describe("functions", () => {
    check([
      ["a declaration from its keyword to its brace", "¦¦a;¦function f¦(¦) { ¦ }¦;", "-", "-", "f:1", "f:1", "f:1", "f:1", "-"],
      ["an async one from its async", "export ¦async function\n f() { ¦ }", "f:1", "f:1"],
      ["a generator", "function* f() { ¦ }\nasync function *\ng() { ¦ }", "f:1", "g:2"],
      ["a nested one before the one around it", "function f() { ¦\n function g() { ¦ }\n ¦ }", "f:1", "g:2", "f:1"],
      ["an expression by the name it has itself", "const a = function b() { ¦ }", "b:1"],
      ["an expression by the name it is given", "const a =\n function () { ¦ }", "a:2"],
      ["one in parentheses by the name it is given", "a = ((function () { ¦ }))", "a:1"],
      ["no name where the function is called", `a = (function () { ¦ })(); b = function () { ¦ }(); c = (() => { ¦ })();`, `${A}:1`, `${A}:1`, `${A}:1`],
      ["no name where a member is taken", "a = function () { ¦ }.bind(b); c = (function () { ¦ })?.d", `${A}:1`, `${A}:1`],
      ["what is assigned to a member by its last name", "a.b.c = function () { ¦ }; this.#d ??= () => { ¦ }", "c:1", "#d:1"],
      ["no name for what is assigned to an element", "a[b] = function () { ¦ }; a[0] = () => ¦b", `${A}:1`, `${A}:1`],
      ["logical assignments", "a ||= () => ¦1; b &&= () => ¦1; c += () => ¦1", "a:1", "b:1", `${A}:1`],
      ["default exports", "export default function () { ¦ }", "default:1"],
      ["default exports that are arrow functions", "export default async () => { ¦ }", "default:1"],
      ["default exports with a name", "export default class A { m() { ¦ } x = ¦1 }", "m:1", "A:1"],
      ["arguments without a name", "f(function () { ¦ }, () => ¦1, async (x) => ¦x)", `${A}:1`, `${A}:1`, `${A}:1`],
      ["what is called inside default values", "function f(a = ¦g(), b = () => ¦g(), { c = () => ¦1, d: [e = () => ¦1] } = {}) {}", "f:1", "b:1", "c:1", "e:1"],
      ["`async` that is a mere name", "async(¦x); async = ¦1; async\nfunction f() { ¦ }\nconst async = (x) => ¦1; a.async(() => ¦x)", "-", "-", "f:2", "async:3", `${A}:3`],
      ["functions after a statement without a semicolon", "a = b\nfunction f() { ¦ }\nc()\nclass D { m() { ¦ } }\n¦e", "f:2", "m:4", "-"],
      ["nothing in strings, comments and regular expressions", "'function f() {'; ¦a; // function g() {\n/* () => { */ ¦a; /[/]() => {\\//.b; ¦a; `function () {`; ¦a", "-", "-", "-", "-"],
      ["functions in templates", "`a ${() => `b ${function f() { ¦ }} c ¦` + ¦d} e ${¦f}`", "f:1", `${A}:1`, `${A}:1`, "-"],
      ["names that are no identifiers", "x = { 'a-b'() { ¦ }, 1() { ¦ }, \"\"() { ¦ } }", "a-b:1", "1:1", `${A}:1`],
    ]);
  });

  describe("arrow functions", () => {
    check([
      ["without parentheses", "const f = x => ¦x, g = async x => ¦x; ¦", "f:1", "g:1", "-"],
      ["from their first token on", "const f = ¦(¦a¦) => 1, g =¦ ¦async ¦b => 1", "f:1", "f:1", "f:1", "-", "g:1", "g:1"],
      ["with the line of that token", "const f =\n async (\n  a,\n ) =>\n ¦a", "f:2"],
      ["up to the comma, bracket or semicolon", "[a => ¦1, ¦b => 2,¦ 3]; (x => ¦x)¦; a => ¦1;¦", `${A}:1`, `${A}:1`, "-", `${A}:1`, "-", `${A}:1`, "-"],
      ["up to the line break that ends the statement", "const f = () => a\n  .b(¦)\n  + ¦c\n¦d()\nconst g = () => {}\n¦(e)", "f:1", "f:1", "-", "-"],
      ["on over lines that break inside brackets", "f(() => a\n  || b\n  ? ¦c : d,\n ¦e)", `${A}:1`, "-"],
      ["up to the colon of a question", "a ? () => ¦b : ¦c; a ? b ? x => ¦1 : ¦2 : x => ¦3; a ? x => x ? ¦1 : ¦2 : ¦3", `${A}:1`, "-", `${A}:1`, "-", `${A}:1`, `${A}:1`, `${A}:1`, "-"],
      ["that return arrow functions", "const f = (a) =>\n  (b) =>\n    (c) => ¦c", `${A}:3`],
      ["that return objects", "const f = () => ({ a: ¦1, b: () => ¦2 })\nconst g = () => { a: ¦b }", "f:1", "b:1", "g:2"],
      ["with patterns for parameters", "({ a, b: { c } }, [d], ...e) => ¦a; ([{ x = (y) => ¦y }]) => ¦1", `${A}:1`, "x:1", `${A}:1`],
      ["in the last place of the text", "const f = () => ¦a", "f:1"],
    ]);
  });

  describe("members", () => {
    check([
      ["methods of objects", "a = {\n b() { ¦ },\n async c() { ¦ }, *d() { ¦ }, async *e() { ¦ },\n get f() { ¦ }, set f(x) { ¦ }, ¦g }", "b:2", "c:3", "d:3", "e:3", "f:4", "f:4", "-"],
      ["functions of properties", "a = { b: function () { ¦ }, c: () => ¦1, 'd': async () => ¦1, e: ¦f, [g]: () => ¦1 }", "b:1", "c:1", "d:1", "-", "[g]:1"],
      ["members named like modifiers and statements", "a = { get() { ¦ }, set: () => ¦1, async() { ¦ }, static() { ¦ }, if() { ¦ }, function() { ¦ }, new: () => ¦1, get, async, class() { ¦ } }", "get:1", "set:1", "async:1", "static:1", "if:1", "function:1", "new:1", "class:1"],
      ["computed keys outside, their functions by what is known", "a = { [¦b()]() { ¦ }, ['c']() { ¦ }, [Symbol.iterator]¦() { ¦ }, [(() => ¦1)()]: ¦2 }", "-", `${A}:1`, "c:1", "[Symbol.iterator]:1", "[Symbol.iterator]:1", `${A}:1`, "-"],
      ["the line of a method's name, not of its modifiers or parameters", "class A {\n static\n async\n m\n (\n ) { ¦ }\n [\n  'x'\n ]() { ¦ } }", "m:4", "x:7"],
      ["methods of classes", "class A { ¦a() { ¦ } static b() { ¦ } async c() { ¦ } #d() { ¦ } static async *e() { ¦ } get f() { ¦ } 'g h'() { ¦ } }", "a:1", "a:1", "b:1", "c:1", "#d:1", "e:1", "f:1", "g h:1"],
      ["methods named like modifiers", "class A { static() { ¦ } get() { ¦ } async = () => ¦1; static static() { ¦ } static get get() { ¦ } readonly() { ¦ } declare?(): void; accessor }", "static:1", "get:1", "async:1", "static:1", "get:1", "readonly:1"],
      ["constructors under the name of the class", "class A {\n constructor(a = ¦1) { ¦ } }\nconst B = class { constructor() { ¦ } }\nf(class { constructor() { ¦ } })", "A:2", "A:2", "B:3", `${A}:4`],
      ["fields and static blocks as the class", "class A\n extends B {\n a = ¦f(); static b = ¦f(); #c =\n ¦f()\n static {\n ¦f(); if (a) { ¦ } }\n d = () => ¦1\n e = function () { ¦ }; ['f'] = ¦1; ¦ }", "A:1", "A:1", "A:1", "A:1", "A:1", "d:7", "e:8", "A:1", "-"],
      ["fields that end with the line", "class A {\n a = b\n ¦c() { ¦ }\n 'd' = 1\n #e = 2\n f\n static g\n h = ¦1\n static\n i() { ¦ } }", "c:3", "c:3", "A:1", "i:10"],
      ["the places V8 gives to the functions that initialise fields", "class A ¦{ ¦static a = 1; readonly ¦b = 2; ¦[c] = 3; ¦static ¦{ } }", "A:1", "A:1", "A:1", "A:1", "A:1", "A:1"],
      ["the place V8 gives to an implied constructor", "f(); ¦class ¦A extends ¦B { }", "A:1", "A:1", "-"],
      ["what a class extends outside", "class A extends ¦f(class { m() { ¦ } }, ¦{ a: 1 }) { n() { ¦ } }", "-", "m:1", "-", "n:1"],
      ["classes that extend classes", "class A extends class B extends C { m() { ¦ } } { n() { ¦ } x = ¦1 }", "m:1", "n:1", "A:1"],
      ["accessors of patterns and objects apart", "const { a = () => ¦1, b: c = () => ¦2, ...d } = { a() { ¦ } }", "a:1", "c:1", "a:1"],
    ]);
  });

  describe("no function in", () => {
    check([
      ["statements with parentheses and braces", "if (a) { ¦ } else if (b) { ¦ } for (;;) { ¦ } while (a) { ¦ } do { ¦ } while (a); with (a) { ¦ } switch (a) { case (1): { ¦ } default: ¦ }", "-", "-", "-", "-", "-", "-", "-", "-"],
      ["handlers of errors", "try { ¦ } catch { ¦ } try { } catch (e) { ¦ } finally { ¦ }", "-", "-", "-", "-"],
      ["blocks and labels", "{ ¦ } a: { ¦ } a: for (const b of c) { ¦ } { a: () => ¦1 }", "-", "-", "-", `${A}:1`],
      ["calls followed by blocks", "f(a)\n{ ¦ }\nif (a) f(b)\n{ ¦ }", "-", "-"],
      ["methods called like statements", "a.if(b); { ¦ } a.catch(() => { ¦ }); a?.for(b) || { c: ¦1 }", "-", `${A}:1`, "-"],
      ["division and comparison", "a / b / (c) + d; ¦e; a < b > (¦c); x = y! / 2, () => ¦1; a++ / b; ¦c", "-", "-", `${A}:1`, "-"],
      ["imports and exports", "import a, { b as c, type D } from 'e' with { type: 'json' };\nexport { f as default, g };\nexport * as h from 'i'; ¦a; const j = () => ¦1", "-", "j:3"],
    ]);
  });

  describe("TypeScript's", () => {
    check([
      ["annotated parameters and returns", "const f = (a: { b: (c: D) => E }, g?: F<() => void>): Promise<{ a: number }> => ¦1; const h = (a): a is B => { ¦ }", "f:1", "h:1"],
      ["functions that return functions", "const f = (): (() => void) => ¦1; const g = (a: A): ((b: B) => C) | undefined => ¦1; const h = (): new () => X => ¦1", "f:1", "g:1", "h:1"],
      ["types with braces before a body", "function f(): { a: () => void } { ¦ } class A { m(): { a: 1 } | [() => void] { ¦ } get x(): typeof a[0] { ¦ } }", "f:1", "m:1", "x:1"],
      ["predicates", "function f(a: unknown): asserts a is B<C> { ¦ } function g(this: X): asserts this { ¦ } const h = (a): a is () => void => ¦1", "f:1", "g:1", "h:1"],
      ["conditional types", "const f = (): A extends B ? () => C : D => ¦1; type X<T> = T extends (infer U extends string)[] ? { a(): void } : () => void\n¦y; function g(): A extends B ? C : D { ¦ }", "f:1", "-", "g:2"],
      ["generics", "const f = <T,>(x: T) => ¦x; const g = async <T extends { a: 1 }, U = () => void>(x: T): Promise<Map<T, Array<U>>> => { ¦ }; function h<const T>(a: T) { ¦ } class A<in out T> { m<U>() { ¦ } }", "f:1", "g:1", "h:1", "m:1"],
      ["generics over lines: a function begins at its parameters", "const f = <\n T,\n>(\n x: T,\n) => ¦x", "f:3"],
      ["types as arguments", "f<() => void>(¦a, () => ¦b); new A<{ b: () => void }>(¦c); f<<T>(a: T) => T>(¦d); x = a<b>`${¦c}`; class B extends C<{ a: () => void }> { m() { ¦ } }", "-", `${A}:1`, "-", "-", "-", "m:1"],
      ["less-than", "if (a < b && (c) => ¦d) { ¦ } for (let i = 0, n = (a); i < n; i++) { ¦ } f(a < b, c > d, () => ¦e)", `${A}:1`, "-", "-", `${A}:1`],
      ["assertions", "const f = (() => ¦1) as () => void; const g = <T>(<any>function () { ¦ }); const h = { a: () => ¦1 } satisfies { a: () => void }; ¦i", "f:1", `${A}:1`, "a:1", "-"],
      ["annotated variables", "let f: (a: A) => { b: B } = (a) => ¦1, g: X<() => void>; ¦h; const i: unique symbol = a ? b : c, j: () => void = () => ¦1; let k!: () => void\n¦l", "f:1", "-", "j:1", "-"],
      ["annotated fields", "class A { f: (a: A) => void = () => ¦1; private static readonly g?: { a(): void } = ¦1\n h!: () => void\n [key: string]: (a: A) => void\n m() { ¦ } declare i: () => void; ¦ }", "f:1", "A:1", "m:4", "-"],
      ["signatures without a body", "function f(a: A): void;\nfunction f(a: B): void\nfunction f(a) { ¦ }\nabstract class A { abstract m(): void; n(): void\n n(a = 1) { ¦ } constructor(); o?(): void }\ndeclare function g(): void\n¦h", "f:3", "n:5", "-"],
      ["interfaces, aliases and ambient declarations", "interface A<T> extends B<{ c(): void }> { m(): void; <U>(a: U): U; new (): A }\ntype C = { m(): () => void } & (() => void)\ndeclare global { interface D { m(): void } }\ndeclare module 'e' { function f(): void }\n¦a; type = (¦b); interface\nF; const g = () => ¦1", "-", "-", "g:6"],
      ["namespaces and enums", "namespace A.B { function f() { ¦ } ¦ }\nenum C { a = 1, b = (() => ¦2)(), c = ¦3 }\n¦", "f:1", "-", `${A}:2`, "-", "-"],
      ["decorators", "@a(() => ¦1) class A { @b @c.d(() => ¦2) m(@e() x, @f(() => ¦3) private readonly y: Z = ¦1) { ¦ } @g() h = ¦1; @(i) [j]() { ¦ } }", `${A}:1`, `${A}:1`, `${A}:1`, "m:1", "m:1", "A:1", "[j]:1"],
      ["parameter properties", "class A { constructor(private a: () => void = () => ¦1, readonly b = ¦2) { ¦ } }", "a:1", "A:1", "A:1"],
      ["modifiers", "class A { override accessor x = ¦1; public static override async m() { ¦ } protected get y(): A { ¦ } }", "A:1", "m:1", "y:1"],
      ["questions next to annotations", "a ? (b) : c => ¦d; a ? (b: B): C => ¦d : ¦e; a ? (b, c) : ¦d; f(a ? (b) : (c), ¦d); x = { a: b ? (c) : d => ¦1 }", `${A}:1`, `${A}:1`, "-", "-", "-", `${A}:1`],
    ]);
  });

  describe("JSX with", () => {
    check(
      [[ "functions in attributes and children", "const A = () => <b c={() => ¦1} d='() => {' {...¦e}>text () =&gt; ¦{ ¦f.map((g) => <i key={¦g}>¦{h}</i>) }</b>\n¦j", `${A}:1`, "A:1", "A:1", "A:1", `${A}:1`, `${A}:1`, "-", ], ["fragments and apostrophes", "function A() { return <>don't {¦a} <B.C /> `</>; }\n¦b", "A:1", "-"], [ "elements over lines", "const A = (b: B) => (\n  <c>\n    {b && <d e={function f() { ¦ }} />}\n  </c>\n)\n¦g", "f:3", "-", ], [ "generic arrow functions", "const f = <T,>(a: T) => <b>{¦a}</b>; const g = <T extends B>(a: T) => { ¦ }; const h = <const T, U>(a: T): U => ¦1", "f:1", "g:1", "h:1", ], [ "types of functions", "type F = <T>(a: T) => T\nfunction f(): <T>(a: T) => void { ¦ }\nconst g = () => <U>{¦1}</U>", "f:2", "g:3", ], [ "types of elements", "const A = () => <Select<B> a={() => ¦1} />; const c = () => ¦2", `${A}:1`, "c:1", ], ["comparison", "const f = (a: number) => a < b && c > ¦d; const g = () => ¦1", "f:1", "g:1"]],
      true,
    );
  });
});

describe("FunctionIndex", () => {
  test("tells functions apart by identity, and one from many places as the same", () => {
    const index = FunctionIndex.of("f(() => a, () => b);");
    expect(index.at(1, 3)).toBe(index.at(1, 9));
    expect(index.at(1, 3)).not.toBe(index.at(1, 12));
  });

  test("tells by their columns what has one name and one line, but a class and its constructor", () => {
    const index = FunctionIndex.of("f(() => a, () => b);\nx = () => c; class A { d = 1; constructor() { e; } }\ny = () => g;");
    expect(index.at(1, 3)).toEqual({ name: "<anonymous>", line: 1, column: 3 });
    expect(index.at(1, 12)).toEqual({ name: "<anonymous>", line: 1, column: 12 });
    expect(index.at(2, 11)).toEqual({ name: "x", line: 2 });
    expect(index.at(2, 27)).toEqual({ name: "A", line: 2 });
    expect(index.at(2, 47)).toEqual({ name: "A", line: 2 });
    expect(index.at(3, 11)).toEqual({ name: "y", line: 3 });
  });

  test("counts lines by every terminator of the language, and columns in UTF-16 code units", () => {
    const index = FunctionIndex.of("a\rb\r\nc\u2028d\u2029e\n'😀', f(function g() {})");
    expect(index.at(6, 8)).toBeUndefined();
    expect(index.at(6, 9)).toEqual({ name: "g", line: 6 });
    expect(index.at(6, 23)).toEqual({ name: "g", line: 6 });
    expect(index.at(6, 24)).toBeUndefined();
  });

  test("has nothing at lines there are not, and a line's end at columns beyond it", () => {
    const index = FunctionIndex.of("function f() {\n}");
    expect([index.at(0, 1), index.at(3, 1), index.at(-1, 0)]).toEqual([undefined, undefined, undefined]);
    expect(index.at(1, 99)).toEqual({ name: "f", line: 1 });
    expect(index.at(2, 99)).toBeUndefined();
    expect(FunctionIndex.of("").at(1, 1)).toBeUndefined();
  });

  test("takes the only function that begins on a line when the column is unknown", () => {
    const index = FunctionIndex.of(
      "const a = 1, f = () => {\n  b();\n  c(() => 1);\n  d(() => 1, () => 2);\n};\ne();",
    );
    expect(index.at(1, 0)).toEqual({ name: "f", line: 1 });
    expect(index.at(2, 0)).toEqual({ name: "f", line: 1 });
    expect(index.at(3, 0)).toEqual({ name: "<anonymous>", line: 3 });
    expect(index.at(4, 0)).toEqual({ name: "f", line: 1 });
    expect(index.at(6, 0)).toBeUndefined();
  });

  test("follows the engine's name out of a function that is called where it stands", () => {
    const source = "function f() {\n  (() => {\n    g(() => h());\n  })();\n  !function i() { g(); }();\n}";
    const index = FunctionIndex.of(source);
    const outer = { name: "f", line: 1 };
    expect(index.at(3, 17, "f")).toEqual(outer);
    expect(index.at(3, 17, "")).toEqual({ name: "<anonymous>", line: 2 });
    expect(index.at(3, 17, "other")).toEqual({ name: "<anonymous>", line: 2 });
    expect(index.at(5, 22, "f")).toEqual(outer);
    expect(index.at(5, 22, "i")).toEqual({ name: "i", line: 5 });
    // One without a name is meant at the end of another's body only: elsewhere the engine has left a name out.
    const anonymous = FunctionIndex.of("x(() => {\n  const g = async () => {\n    h();\n  };\n  i([g()]);\n})");
    expect(anonymous.at(3, 8, "<anonymous>")).toEqual({ name: "<anonymous>", line: 1 });
    expect(anonymous.at(3, 5, "<anonymous>")).toEqual({ name: "g", line: 2 });
    // An engine may give a callback the name of what is around it.
    expect(index.at(3, 13, "f")).toEqual({ name: "<anonymous>", line: 3 });
  });

  test("follows the engine's name out of a function that is used once, as Bun puts it where it is used", () => {
    const index = FunctionIndex.of("function f() {\n  const g = async () => {\n    h();\n  };\n  i([g()]);\n}");
    expect(index.at(3, 7, "f")).toEqual({ name: "f", line: 1 });
    expect(index.at(3, 5, "g")).toEqual({ name: "g", line: 2 });
    expect(index.at(3, 5, "")).toEqual({ name: "g", line: 2 });
  });

  test("follows the engine's name into a method whose modifiers a source map tells as its place", () => {
    const index = FunctionIndex.of(
      "function mix() {\n  return class {\n    private static async find(x) { return () => x; }\n    one() {} two() {}\n  };\n}",
    );
    expect(index.at(3, 5, "find")).toEqual({ name: "find", line: 3 });
    expect(index.at(3, 5, "<anonymous>")).toEqual({ name: "mix", line: 1 });
    expect(index.at(3, 5, "two")).toEqual({ name: "mix", line: 1 });
    expect(index.at(3, 5)).toEqual({ name: "mix", line: 1 });
    // Another one of that name on the line, as in minified code, is none.
    expect(index.at(4, 4, "two")).toEqual({ name: "mix", line: 1 });
    expect(index.at(4, 4, "one")).toEqual({ name: "one", line: 4 });
    expect(index.at(4, 16, "one")).toEqual({ name: "two", line: 4 });
  });

  test("tells who called a function from its own end, as Bun tells it of one that is used once", () => {
    const index = FunctionIndex.of(
      "const x = { e: async () => {\n  const w = async () => {\n    await t();\n  };\n  await w();\n} };\nconst f = () => {\n  const r = async () => {\n    await r();\n  };\n  r();\n};",
    );
    const [once, recursive] = [index.at(3, 5), index.at(9, 5)];
    if (!once || !recursive) throw new Error("a function is missing");
    expect(index.callerAtEnd(once, 3, 13)).toEqual({ name: "e", line: 1 });
    // What it calls there, and what may have called itself.
    expect(index.callerAtEnd(once, 3, 11)).toBeUndefined();
    expect(index.callerAtEnd(once, 99, 1)).toBeUndefined();
    expect(index.callerAtEnd(recursive, 9, 13)).toBeUndefined();
    for (const [length, caller] of [
      [19_000, { name: "e", line: 1 }],
      [21_000, undefined],
    ] as const) {
      const text = `const e = () => { const w = () => {/*${"-".repeat(length)}*/ t()}; w(); }`;
      const long = FunctionIndex.of(text);
      const inner = long.at(1, 50);
      if (!inner) throw new Error("a function is missing");
      expect(long.callerAtEnd(inner, 1, text.indexOf("t()") + 3)).toEqual(caller as typeof inner);
    }
  });

  test("tells the end of the call whose last argument a function is", () => {
    const index = FunctionIndex.of("f(() => {\n  g();\n}, 1);\nf(1, (() => h(),\n) );\nx = () => [() => i()];\nj(x)");
    const [first, second, list] = [index.at(2, 3), index.at(4, 13), index.at(6, 18)];
    if (!first || !second || !list) throw new Error("a function is missing");
    expect(index.isAtEndOfCallWith(second, 5, 1)).toBe(true);
    expect(index.isAtEndOfCallWith(second, 5, 3)).toBe(true);
    expect(index.isAtEndOfCallWith(list, 6, 21)).toBe(true);
    // What follows the call, as a map tells it.
    expect(index.isAtEndOfCallWith(second, 5, 4)).toBe(true);
    expect(index.isAtEndOfCallWith(second, 6, 1)).toBe(true);
    // Another argument follows, more than that does, it has not ended yet, and no such line.
    expect(index.isAtEndOfCallWith(first, 3, 5)).toBe(false);
    expect(index.isAtEndOfCallWith(second, 6, 3)).toBe(false);
    expect(index.isAtEndOfCallWith(second, 4, 12)).toBe(false);
    expect(index.isAtEndOfCallWith(second, 99, 1)).toBe(false);
    // What a place on another line says nothing of.
    expect(index.isAtEndOfCallWith(list, 7, 4)).toBe(false);
  });

  test("tells whether a function stands in another's text", () => {
    const index = FunctionIndex.of("function a() {\n  b(() => c());\n}\nfunction d() {\n  e();\n}");
    const [a, callback, d] = [index.at(1, 14), index.at(2, 11), index.at(5, 3)];
    if (!a || !callback || !d) throw new Error("a function is missing");
    expect([index.isWithin(callback, a), index.isWithin(a, a)]).toEqual([true, true]);
    expect([index.isWithin(a, callback), index.isWithin(callback, d), index.isWithin(d, a)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  test("finds a function by its name if only one has it", () => {
    const index = FunctionIndex.of(
      "function a() {} function b() {} x = { b() {} }; y(() => 1);\nclass C { x = 1 }\nclass D {\n constructor() {} }",
    );
    expect(index.named("a")).toEqual({ name: "a", line: 1 });
    expect(index.named("b")).toBeUndefined();
    expect(index.named("none")).toBeUndefined();
    expect(index.named("<anonymous>")).toBeUndefined();
    expect(index.named("C")).toEqual({ name: "C", line: 2 });
    expect(index.named("D")).toEqual({ name: "D", line: 4 });
  });
});

describe("FunctionIndex of text that is no program", () => {
  const broken: readonly string[] = [
    "function f( {\n a }",
    "class { ( [ } ) ]",
    "`${ } ${`",
    ") ] } => : , ; .",
    "f(a ? (b : c => { ",
    "<a><b></a> {",
    "class A { x = ",
    "@ @( [#] 'unclosed\n /unclosed\n /* unclosed",
    "\u0000\uD800 \\u{} 1n2 0b9",
  ];

  test.each(broken)("%j has an index", (text) => {
    for (const jsx of [false, true]) {
      const index = FunctionIndex.of(text, { jsx });
      expect(() => index.at(1, 1)).not.toThrow();
    }
  });

  test("lacking an end has what begins there", () => {
    const index = FunctionIndex.of("function f() {\n  g(() => {\n    h(");
    expect(index.at(1, 14)).toEqual({ name: "f", line: 1 });
    expect(index.at(3, 6)).toEqual({ name: "<anonymous>", line: 2 });
  });

  test("with brackets too many finds the functions after them", () => {
    const index = FunctionIndex.of("a) } ];\nfunction f() { b( ] }\nfunction g() { c }");
    expect(index.at(2, 16)).toEqual({ name: "f", line: 2 });
    expect(index.at(3, 16)).toEqual({ name: "g", line: 3 });
  });

  const pieces: readonly string[] = ["{", "(", "[", "`${", "() => {", "a => ", "f(function () {", "x = { a() {", "class A { a = ", "class extends ", "a ? (b) : ", "<T>(", "a < ", "let a: ", "({ a: ", "a.", "<A", "<b c={", "/*", "a\n"];

  // What is not linear, or recursive, does not get through these within the time of a test.
  test.each(pieces)("takes 50,000 times %j", (piece) => {
    for (const jsx of [false, true]) {
      const index = FunctionIndex.of(piece.repeat(50_000), { jsx });
      expect(() => index.at(1, 25_000 * piece.length)).not.toThrow();
    }
  });
});
