// SPDX-License-Identifier: Apache-2.0
import jsTokens from "js-tokens";
import type { Steps } from "../../base/steps.ts";

/** What the scanner tells apart: `operand` is a literal or a piece of JSX, `head`/`middle`/`tail` are a template's. */
export type TokenKind =
  | "word"
  | "private"
  | "punctuator"
  | "string"
  | "operand"
  | "head"
  | "middle"
  | "tail"
  | "jsxOpen"
  | "jsxClose";

/** The significant tokens of a source text, as parallel lists. */
export interface Tokens {
  readonly kinds: readonly TokenKind[];
  readonly values: readonly string[];
  /** Offsets in the text. */
  readonly starts: Int32Array;
  /** 1 where a line break stands before the token, else 0. */
  readonly breaks: Uint8Array;
  /**
   * For an opening bracket its closing one (where it is missing, the token before that of the bracket around
   * it); for a closing bracket its opening one, -1 where it has none.
   */
  readonly pairs: Int32Array;
}

/** Tokens that are read in one step. */
const STEP = 100;

/** Reads what it can: text that is no JavaScript gives tokens too, though poor ones. */
export function* readTokens(source: string, jsx: boolean): Steps<Tokens> {
  const list = new TokenList(source.length);
  const { text, angles } = disambiguate(source, jsx);
  try {
    let offset = 0;
    let angle = 0;
    let count = 0;
    for (const { type, value } of jsTokens(text, { jsx })) {
      for (let at = angles[angle]; at !== undefined && at < offset + value.length; at = angles[++angle]) {
        if (type === "WhiteSpace") list.add("punctuator", "<", at);
      }
      list.read(type, value, offset);
      offset += value.length;
      if (++count % STEP === 0) yield;
    }
  } catch {
    // The lexer's regular expressions can exhaust the engine's stack on absurd text: keep what came before.
  }
  return list.finish();
}

/**
 * Blanks what TypeScript writes where a JavaScript lexer would go astray: `x! / 2` is no regular expression,
 * `<T,>(x: T) => x` and `<Select<Option> …/>` in TSX open no elements of those names. Offsets stay.
 */
function disambiguate(source: string, jsx: boolean): { text: string; angles: number[] } {
  const angles: number[] = [];
  let text = source.replace(/!(?<=[\w$)\]]!)(?=[ \t]+\/(?![/*]))/g, " ");
  if (!jsx) return { text, angles };
  const elements = new Set<string>();
  for (const [, name] of text.matchAll(/<\/\s*([A-Za-z_$][\w$]*)/g)) elements.add(name ?? "");
  text = text.replace(/<(?<=<[A-Z][\w.]*<)[^<>(){}=;]*>(?=[\s/>])/g, (types) => " ".repeat(types.length));
  text = text.replace(
    /<(?=\s*(?:const\s+)?([A-Za-z_$][\w$]*)\s*(?:([,=>])|(?:extends\s+[^=/>\s])))/g,
    (angle, name: string, mark: string | undefined, at: number) => {
      if (mark === ">" && elements.has(name)) return angle;
      angles.push(at);
      return " ";
    },
  );
  return { text, angles };
}

const OPENING: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

interface Opened {
  readonly at: number;
  readonly closing: string;
}

class TokenList {
  readonly #kinds: TokenKind[] = [];
  readonly #values: string[] = [];
  // As long as they can get: pages that stay untouched cost nothing, growing does.
  readonly #starts: Int32Array;
  readonly #breaks: Uint8Array;
  readonly #pairs: Int32Array;
  readonly #open: Opened[] = [];
  /** How many of `#open` wait for each closing bracket. */
  readonly #awaited = new Map<string, number>();
  #break = 0;

  constructor(length: number) {
    this.#starts = new Int32Array(length);
    this.#breaks = new Uint8Array(length);
    this.#pairs = new Int32Array(length);
  }

  read(type: string, value: string, offset: number): void {
    switch (type) {
      case "WhiteSpace":
      case "SingleLineComment":
      case "HashbangComment":
        return;
      case "LineTerminatorSequence":
        this.#break = 1;
        return;
      case "MultiLineComment":
        if (/[\n\r\u2028\u2029]/.test(value)) this.#break = 1;
        return;
      case "IdentifierName":
        this.add("word", value, offset);
        return;
      case "PrivateIdentifier":
        this.add("private", value, offset);
        return;
      case "Punctuator":
        this.#punctuator(value, offset);
        return;
      case "StringLiteral":
        this.add("string", value, offset);
        return;
      case "TemplateHead":
        this.add("head", value, offset);
        this.#opened("`");
        return;
      case "TemplateMiddle":
        this.add("middle", value, offset);
        this.#continued("`");
        return;
      case "TemplateTail":
        this.add("tail", value, offset);
        this.#closed("`");
        return;
      case "JSXPunctuator":
        if (value === "{") {
          this.add("jsxOpen", value, offset);
          this.#opened("jsx");
          return;
        }
        if (value === "}") {
          this.add("jsxClose", value, offset);
          this.#closed("jsx");
          return;
        }
        this.add("operand", value, offset);
        return;
      case "Invalid":
        // A decorator's mark is no token of the lexer's JavaScript.
        if (value === "@") this.add("punctuator", value, offset);
        return;
      default:
        this.add("operand", value, offset);
        return;
    }
  }

  add(kind: TokenKind, value: string, offset: number): void {
    const at = this.#kinds.push(kind) - 1;
    this.#values.push(value);
    this.#starts[at] = offset;
    this.#breaks[at] = this.#break;
    this.#pairs[at] = -1;
    this.#break = 0;
  }

  finish(): Tokens {
    const count = this.#kinds.length;
    for (const { at } of this.#open) this.#pairs[at] = count - 1;
    return {
      kinds: this.#kinds,
      values: this.#values,
      starts: this.#starts.subarray(0, count),
      breaks: this.#breaks.subarray(0, count),
      pairs: this.#pairs.subarray(0, count),
    };
  }

  #punctuator(value: string, offset: number): void {
    this.add("punctuator", value, offset);
    const closing = OPENING[value];
    if (closing !== undefined) this.#opened(closing);
    else if (value === ")" || value === "]" || value === "}") this.#closed(value);
  }

  #opened(closing: string): void {
    this.#open.push({ at: this.#kinds.length - 1, closing });
    this.#awaited.set(closing, (this.#awaited.get(closing) ?? 0) + 1);
  }

  /** Pairs the last token with the bracket it closes; brackets inside that one that nothing closed end before it. */
  #closed(closing: string): Opened | undefined {
    const at = this.#kinds.length - 1;
    while (this.#awaited.get(closing)) {
      const opened = this.#open.pop();
      if (!opened) return undefined;
      this.#awaited.set(opened.closing, (this.#awaited.get(opened.closing) ?? 0) - 1);
      this.#pairs[opened.at] = opened.closing === closing ? at : at - 1;
      if (opened.closing !== closing) continue;
      this.#pairs[at] = opened.at;
      return opened;
    }
    return undefined;
  }

  /** The middle of a template ends one hole and begins the next: the template goes on from its head to its tail. */
  #continued(closing: string): void {
    const opened = this.#closed(closing);
    if (!opened) return;
    this.#open.push(opened);
    this.#awaited.set(closing, (this.#awaited.get(closing) ?? 0) + 1);
  }
}
