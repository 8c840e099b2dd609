// SPDX-License-Identifier: Apache-2.0
import type { Tokens } from "./_function_scan_tokens.ts";
import { TypeSkipper } from "./_function_scan_types.ts";

/** A name for what has none, as the engines' own tools show it. */
export const ANONYMOUS = "<anonymous>";

/** A function, or a class for the code of its fields, static blocks and implied constructor. */
export interface ScannedPlace {
  name: string;
  /** Whether the name is that of what it is assigned to. */
  readonly isInferred: boolean;
  /** Offset of the declaration. */
  readonly at: number;
  readonly isClass: boolean;
  /** Of a class: whether a constructor is written. */
  hasConstructor: boolean;
  /** Of a function expression: whether it is called where it stands. */
  isInvoked: boolean;
}

/** Text that belongs to a place. Ranges nest. */
export interface ScannedRange {
  readonly place: ScannedPlace;
  readonly start: number;
  /** Offset after the last character; -1 if this turned out to be no function. */
  end: number;
}

/**
 * What the next token may be: a statement, an operand, an operator, or in a list of members a key or what
 * follows one.
 */
export type ScanState = "start" | "operand" | "operator" | "key" | "afterKey";

/** Something that is open. `arrow` and `field` are expressions that end without a bracket of their own. */
export interface Scope {
  kind: "block" | "object" | "class" | "paren" | "params" | "bracket" | "hole" | "arrow" | "field";
  /** The opening token; of an expression its first. */
  readonly opening: number;
  state: ScanState;
  /** The state of the scope around it when it ends. */
  readonly after: ScanState;
  /** What ends with the scope. */
  readonly range: ScannedRange | undefined;
  /** Of an arrow function's parameters: the `=>`, else -1. */
  readonly arrowAt: number;
  /** Of a class's members. */
  readonly place: ScannedPlace | undefined;
  /** Whether a line break can end the expression, and whether a `?` around it waits for a `:`. */
  readonly endsWithLine: boolean;
  readonly inQuestion: boolean;
  /** How many `?` wait for their `:`. */
  questions: number;
  /** In `let a, b` and in parameters a comma leads to the next binding, whose `:` begins a type. */
  declares: boolean;
  binding: boolean;
  /** The last name read: what an assignment that follows gives its function. */
  target: string;
  /** Classes whose body is still to come after `extends`, innermost first. */
  heritage: Heritage | undefined;
  /** The member being read: offset where its function begins (-1: at its parameters), and of its declaration. */
  keyStart: number;
  keyAt: number;
  /** Of a class's member: its first token, if that is no plain key. */
  head: ScannedRange | undefined;
}

interface Heritage {
  readonly place: ScannedPlace;
  readonly after: ScanState;
  readonly outer: Heritage | undefined;
}

/** The place in the tokens, what is open there, and what was found: what the readers of tokens share. */
export class ScanContext {
  readonly tokens: Tokens;
  readonly types: TypeSkipper;
  readonly ranges: ScannedRange[] = [];
  /** The token to read next. */
  at = 0;
  top: Scope;
  readonly #scopes: Scope[] = [];
  #name = ANONYMOUS;
  #nameAt = -1;
  #invokedAt = -1;

  constructor(tokens: Tokens) {
    this.tokens = tokens;
    this.types = new TypeSkipper(tokens);
    this.top = newScope("block", -1, "start", {});
  }

  value(offset = 0): string {
    return this.tokens.values[this.at + offset] ?? "";
  }

  isWord(at: number): boolean {
    return this.tokens.kinds[at] === "word";
  }

  start(token: number): number {
    return this.tokens.starts[token] ?? 0;
  }

  end(token: number): number {
    return this.start(token) + (this.tokens.values[token]?.length ?? 0);
  }

  /** The function that begins at the next token is called so. */
  nameNext(name: string): void {
    this.#name = name || ANONYMOUS;
    this.#nameAt = this.at;
  }

  /** Parentheses around a function, just opened, do not take its name away; using their value does. */
  openOperand(): void {
    const paren = this.at - 1;
    const after = (this.tokens.pairs[paren] ?? paren) + 1;
    if (this.#invokedAt === paren || this.tokens.values[after] === "(") this.#invokedAt = this.at;
    if (this.#nameAt === paren && !this.usesValue(after)) this.#nameAt = this.at;
  }

  /** Whether the operand before `at` is called or one of its members is taken. */
  usesValue(at: number): boolean {
    return /^(?:[([.]|\?\.|`)/.test(this.tokens.values[at] ?? "");
  }

  nameAt(token: number): string {
    return this.#nameAt === token ? this.#name : ANONYMOUS;
  }

  addRange(place: ScannedPlace, start: number, end: number): ScannedRange {
    const range = { place, start, end };
    this.ranges.push(range);
    return range;
  }

  openFunction(name: string, start: number, declaredAt: number, isInferred = false): ScannedRange {
    const isInvoked = this.start(this.#invokedAt) === start && this.#invokedAt >= 0;
    const place = { name, isInferred, at: declaredAt, isClass: false, hasConstructor: false, isInvoked };
    return this.addRange(place, start, -1);
  }

  /** Opens a scope at `opening` and goes on at the token after it. */
  push(
    kind: Scope["kind"],
    opening: number,
    after: ScanState,
    more: Partial<Pick<Scope, "range" | "arrowAt" | "place" | "state">> = {},
  ): void {
    const outer = this.top;
    this.#scopes.push(outer);
    this.top = newScope(kind, opening, after, {
      ...more,
      endsWithLine: kind === "field" || (kind === "arrow" && (outer.kind === "block" || outer.endsWithLine)),
      inQuestion: kind === "arrow" && (outer.questions > 0 || outer.inQuestion),
    });
    this.at = opening + 1;
  }

  /** Ends the innermost scope and what ends with it before the token to read next. */
  pop(end: number = this.end(this.at - 1)): Scope {
    const scope = this.top;
    const outer = this.#scopes.pop();
    if (!outer) return scope;
    if (scope.range && scope.kind !== "params") scope.range.end = end;
    this.top = outer;
    outer.state = scope.after;
    if (scope.after === "operator") outer.target = "";
    return scope;
  }

  /** Ends everything: what lacks its bracket goes on to the end of the text. */
  popAll(length: number): void {
    while (this.top.opening >= 0) {
      const isExpression = this.top.kind === "arrow" || this.top.kind === "field";
      this.pop(isExpression ? this.end(this.at - 1) : length);
    }
  }

  popArrows(): void {
    while (this.top.kind === "arrow") this.pop();
  }

  /** Begins a statement in the current block. */
  restart(): void {
    const { top } = this;
    top.state = "start";
    top.questions = 0;
    top.declares = false;
    top.binding = false;
    top.heritage = undefined;
  }

  /** Ends the statement or field before a line break, if one can end there. */
  endLine(): boolean {
    if (this.top.kind === "block") {
      this.restart();
      return true;
    }
    if (!this.top.endsWithLine) return false;
    this.popArrows();
    if (this.top.kind === "field") this.pop();
    else this.restart();
    return true;
  }

  /** Opens the parameters at `paren` of the arrow function that begins at `first` and is declared at `declared`. */
  openArrow(first: number, declared: number, paren: number, arrowAt: number): void {
    const range = this.openFunction(this.nameAt(first), this.start(first), this.start(declared));
    this.openParams(paren, "operator", range, arrowAt);
  }

  openParams(paren: number, after: ScanState, range: ScannedRange, arrowAt = -1): void {
    this.push("params", paren, after, { range, arrowAt });
    this.top.declares = true;
    this.top.binding = true;
  }

  /** Opens what follows a `=>`. */
  openArrowBody(arrowAt: number, range: ScannedRange): void {
    const body = arrowAt + 1;
    if (this.tokens.values[body] === "{") {
      this.push("block", body, "operator", { range });
    } else {
      this.push("arrow", arrowAt, "operator", { range });
    }
  }

  /** Opens a class's members at `brace`. */
  openClassBody(brace: number, place: ScannedPlace, after: ScanState): void {
    // V8 puts the functions that initialise fields at the brace.
    this.addRange(place, this.start(brace), this.end(brace));
    this.push("class", brace, after, { place });
  }

  /** Goes past a decorator: `@a.b`, and into the parentheses of `@a.b(…)` or `@(…)`. */
  readDecorator(): void {
    const { tokens } = this;
    const { state } = this.top;
    let at = this.at + 1;
    if (this.isWord(at)) {
      at++;
      while (tokens.values[at] === ".") at += 2;
      const end = tokens.values[at] === "<" ? this.types.angles(at) : -1;
      if (end > 0) at = end;
    }
    if (tokens.values[at] === "(") this.push("paren", at, state);
    else this.at = at;
  }
}

function newScope(
  kind: Scope["kind"],
  opening: number,
  after: ScanState,
  more: Partial<Pick<Scope, "range" | "arrowAt" | "place" | "state" | "endsWithLine" | "inQuestion">>,
): Scope {
  return {
    kind,
    opening,
    after,
    state: more.state ?? FIRST_STATE[kind],
    range: more.range,
    arrowAt: more.arrowAt ?? -1,
    place: more.place,
    endsWithLine: more.endsWithLine ?? false,
    inQuestion: more.inQuestion ?? false,
    questions: 0,
    declares: false,
    binding: false,
    target: "",
    heritage: undefined,
    keyStart: -1,
    keyAt: 0,
    head: undefined,
  };
}

const FIRST_STATE: Readonly<Record<Scope["kind"], ScanState>> = {
  block: "start",
  object: "key",
  class: "key",
  paren: "operand",
  params: "operand",
  bracket: "operand",
  hole: "operand",
  arrow: "operand",
  field: "operand",
};
