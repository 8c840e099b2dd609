// SPDX-License-Identifier: Apache-2.0
import type { Tokens } from "./_function_scan_tokens.ts";

/** A word of this set before the start of another type belongs to that type. */
const TYPE_OPERATORS: ReadonlySet<string> = new Set([
  "keyof",
  "typeof",
  "readonly",
  "unique",
  "infer",
  "new",
  "abstract",
  "asserts",
]);

/** Words after which the type operators above are names of types themselves. */
const TYPE_CONNECTIVES: ReadonlySet<string> = new Set(["is", "extends", "as", "satisfies"]);

const NEVER_IN_TYPES: ReadonlySet<string> = new Set([
  "function",
  "class",
  "await",
  "return",
  "instanceof",
  "delete",
  "throw",
]);

/** What may stand between the angle brackets of a type beside names, literals and bracketed pieces. */
const PUNCTUATORS_OF_TYPES: ReadonlySet<string> = new Set([
  "<",
  "<<",
  ">",
  ">>",
  ">>>",
  ">=",
  ">>=",
  ">>>=",
  ",",
  ".",
  "|",
  "&",
  "=>",
  "-",
  "...",
  "=",
]);

/**
 * Finds the ends of TypeScript's types by looking ahead, which never moves the scanner's own place.
 *
 * A look may run in vain and be repeated from the next token on, so all of them share one allowance that grows
 * with the text: where it is used up they find nothing, and the time stays linear on any input.
 */
export class TypeSkipper {
  readonly #tokens: Tokens;
  #allowance: number;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
    this.#allowance = 1000 + 8 * tokens.kinds.length;
  }

  /** The token after the type that begins at `at`; `at` itself where none begins. */
  type(at: number): number {
    const { kinds, values, breaks } = this.#tokens;
    let i = at;
    let conditions = 0;
    let alternatives = 0;
    for (let operand = true; this.#allowed(i); ) {
      const kind = kinds[i];
      const value = values[i] ?? "";
      if (operand) {
        if (kind === "punctuator") {
          if (value === "(") {
            const isFunction = this.#opensFunctionType(i);
            i = this.#past(i);
            if (isFunction && values[i] === "=>") i++;
            else operand = false;
          } else if (value === "{" || value === "[") {
            i = this.#past(i);
            operand = false;
          } else if (value === "<") {
            const end = this.angles(i);
            if (end < 0) return i;
            i = end;
          } else if (value === "|" || value === "&" || value === "-") i++;
          else return i;
        } else if (kind === "word") {
          operand = TYPE_OPERATORS.has(value) && this.#beginsOperand(i + 1);
          i++;
          if (value === "import" && values[i] === "(") i = this.#past(i);
        } else if (kind === "head") {
          i = this.#past(i);
          operand = false;
        } else if (kind === "string" || kind === "operand") {
          i++;
          operand = false;
        } else return i;
        continue;
      }
      if (value === ".") i += 2;
      else if (value === "|" || value === "&") {
        i++;
        operand = true;
      } else if (value === "?" && conditions > 0) {
        conditions--;
        alternatives++;
        i++;
        operand = true;
      } else if (value === ":" && alternatives > 0) {
        alternatives--;
        i++;
        operand = true;
      } else if (breaks[i]) return i;
      else if (value === "[") i = this.#past(i);
      else if (value === "<" || value === "<<") {
        const end = this.angles(i);
        if (end < 0) return i;
        i = end;
      } else if (kind === "word" && (value === "is" || value === "extends")) {
        if (value === "extends") conditions++;
        i++;
        operand = true;
      } else return i;
    }
    return i;
  }

  /**
   * The token after the type parameters or arguments that open at `at`, -1 if they are none.
   * A `>=` is left standing: its second half is the assignment that follows.
   */
  angles(at: number): number {
    const { kinds, values } = this.#tokens;
    let depth = 0;
    let conditional = false;
    for (let i = at; this.#allowed(i); ) {
      const kind = kinds[i];
      const value = values[i] ?? "";
      if (kind === "word") {
        if (NEVER_IN_TYPES.has(value)) return -1;
        conditional ||= value === "extends";
        i++;
      } else if (kind === "string" || kind === "operand") i++;
      else if (kind === "head" || value === "(" || value === "[" || value === "{") i = this.#past(i);
      else if (PUNCTUATORS_OF_TYPES.has(value)) {
        if (value.startsWith("<")) depth += value.length;
        else if (value.startsWith(">")) {
          const assigns = value.endsWith("=");
          depth -= assigns ? value.length - 1 : value.length;
          if (depth < 0) return -1;
          if (depth === 0) return assigns ? i : i + 1;
        }
        i++;
      } else if (conditional && (value === "?" || value === ":")) i++;
      else return -1;
    }
    return -1;
  }

  /**
   * The `=>` of the arrow function whose parameters open at `at`, -1 if they are no parameters.
   * After a `?`, in `a ? (b) : c => d`, the colon is the question's unless `(b)` can only be parameters.
   */
  arrow(at: number, inQuestion: boolean): number {
    const { values, kinds } = this.#tokens;
    let i = this.#past(at);
    if (values[i] === ":" && kinds[i] === "punctuator" && (!inQuestion || this.#hasTypedParameters(at))) {
      i = this.type(i + 1);
    }
    return values[i] === "=>" ? i : -1;
  }

  /** The end of the list of types that begins at `at`, as after `implements`. */
  types(at: number): number {
    let i = this.type(at);
    while (this.#tokens.values[i] === "," && i > at) {
      const end = this.type(i + 1);
      if (end === i + 1) break;
      i = end;
    }
    return i;
  }

  #allowed(i: number): boolean {
    return i < this.#tokens.kinds.length && this.#allowance-- > 0;
  }

  #past(opening: number): number {
    return Math.max(this.#tokens.pairs[opening] ?? 0, opening) + 1;
  }

  #beginsOperand(i: number): boolean {
    const { kinds, values, breaks } = this.#tokens;
    const value = values[i] ?? "";
    if (breaks[i]) return false;
    if (kinds[i] === "word") return !TYPE_CONNECTIVES.has(value);
    return kinds[i] === "string" || kinds[i] === "head" || /^[([{<]$/.test(value);
  }

  /** TypeScript's own test: what else `(` may open is a type in parentheses. */
  #opensFunctionType(at: number): boolean {
    const { kinds, values } = this.#tokens;
    const first = values[at + 1] ?? "";
    if (first === ")" || first === "...") return true;
    const bound = first === "{" || first === "[";
    if (!bound && kinds[at + 1] !== "word") return false;
    const next = bound ? this.#past(at + 1) : at + 2;
    const value = values[next] ?? "";
    return /^[:,?=]$/.test(value) || (value === ")" && values[next + 1] === "=>");
  }

  #hasTypedParameters(at: number): boolean {
    const { kinds, values } = this.#tokens;
    const first = values[at + 1] ?? "";
    if (first === ")" || first === "...") return true;
    if (first === "{" || first === "[") return values[this.#past(at + 1)] === ":";
    if (kinds[at + 1] !== "word") return false;
    return values[at + 2] === ":" || (values[at + 2] === "?" && /^[:,)]$/.test(values[at + 3] ?? ""));
  }
}
