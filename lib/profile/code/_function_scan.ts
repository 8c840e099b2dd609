// SPDX-License-Identifier: Apache-2.0

import type { Steps } from "../../base/steps.ts";
import { readMember } from "./_function_scan_members.ts";
import { ANONYMOUS, ScanContext, type ScannedRange } from "./_function_scan_state.ts";
import { readTokens } from "./_function_scan_tokens.ts";
import { readWord } from "./_function_scan_words.ts";

/** Tokens that are scanned in one step: the code is cold when a task asks for it, and each then takes 2 µs. */
const STEP = 100;

const ASSIGNMENTS: ReadonlySet<string> = new Set(["=", "||=", "&&=", "??="]);

/**
 * Finds the functions of a JavaScript or TypeScript text, each with the ranges that belong to it, ordered by
 * start and nested.
 *
 * This is no parser: it knows just enough of the grammar to tell a function's body from other braces, and has
 * an answer for every text. It keeps what is open on its own stack, so depth costs memory, never an overflow.
 */
export function* scanFunctions(source: string, jsx: boolean): Steps<ScannedRange[]> {
  const tokens = yield* readTokens(source, jsx);
  const scan = new ScanContext(tokens);
  const count = tokens.kinds.length;
  // Every step reads a token or ends a scope, apart from a change of state now and then.
  for (let steps = 4 * count; scan.at < count && steps > 0; steps--) {
    step(scan);
    if (steps % STEP === 0) yield;
  }
  scan.at = Math.min(scan.at, count);
  scan.popAll(source.length);
  return scan.ranges;
}

function step(scan: ScanContext): void {
  const { top, tokens, at } = scan;
  const kind = tokens.kinds[at];
  const value = scan.value();
  if (kind === "tail" || kind === "jsxClose" || kind === "middle") {
    close(scan);
    return;
  }
  if (kind === "punctuator" && (value === ")" || value === "]" || value === "}")) {
    close(scan);
    return;
  }
  if (top.state === "key" || top.state === "afterKey") {
    readMember(scan);
    return;
  }
  switch (kind) {
    case "word":
      readWord(scan);
      return;
    case "head":
    case "jsxOpen":
      scan.push("hole", at, "operator");
      return;
    case "punctuator":
      readPunctuator(scan, value);
      return;
    default:
      if (kind !== "operand" && endsLine(scan) && scan.endLine()) return;
      top.state = "operator";
      top.target = kind === "private" ? value : "";
      scan.at++;
  }
}

/** Whether the next token, which begins an operand, comes after a whole one and a line break. */
function endsLine(scan: ScanContext): boolean {
  return scan.top.state === "operator" && scan.tokens.breaks[scan.at] === 1;
}

function close(scan: ScanContext): void {
  const { tokens, at } = scan;
  const opening = tokens.pairs[at] ?? -1;
  if (opening >= 0) {
    while (scan.top.opening > opening) drop(scan);
  }
  if (opening < 0 || scan.top.opening !== opening) {
    scan.at++;
  } else if (tokens.kinds[at] === "middle") {
    scan.top.state = "operand";
    scan.at++;
  } else if (scan.top.kind === "params") {
    closeParams(scan);
  } else {
    const { range, after } = scan.pop(scan.end(at));
    scan.at++;
    if (!range || after !== "operator") return;
    // In `x = function () {}()` the name is that of the result.
    if (range.place.isInferred && scan.usesValue(scan.at)) range.place.name = ANONYMOUS;
    range.place.isInvoked ||= scan.value() === "(" && !tokens.breaks[scan.at];
  }
}

/** Ends a scope whose bracket is missing, or an expression, which has none. */
function drop(scan: ScanContext): void {
  const { kind, range } = scan.pop();
  if (kind === "params" && range) range.end = range.start;
}

function closeParams(scan: ScanContext): void {
  const { values } = scan.tokens;
  const { range, arrowAt, after } = scan.pop();
  if (!range) return;
  if (arrowAt >= 0) {
    scan.openArrowBody(arrowAt, range);
    return;
  }
  scan.at++;
  if (scan.value() === ":") scan.at = scan.types.type(scan.at + 1);
  if (values[scan.at] === "{") {
    scan.push("block", scan.at, after, { range });
    return;
  }
  // A signature without a body: of an overload, an abstract method or a declaration.
  range.end = range.start;
}

function readPunctuator(scan: ScanContext, value: string): void {
  const { top, at } = scan;
  const isOperator = top.state === "operator";
  switch (value) {
    case "{":
      readBrace(scan);
      return;
    case "(":
      readParen(scan);
      return;
    case "[":
      scan.push("bracket", at, "operator");
      return;
    case "<":
    case "<<":
      readAngle(scan);
      return;
    case ":":
      readColon(scan);
      return;
    case ".":
    case "?.": {
      scan.at++;
      top.state = value === "." ? "operand" : "operator";
      const kind = scan.tokens.kinds[at + 1];
      if (kind !== "word" && kind !== "private") return;
      top.state = "operator";
      top.target = scan.value();
      scan.at++;
      return;
    }
    case "?":
      scan.at++;
      if (top.binding && isOperator) return;
      top.questions++;
      top.state = "operand";
      return;
    case ",":
      scan.popArrows();
      scan.at++;
      scan.top.questions = 0;
      scan.top.binding = scan.top.declares;
      scan.top.state = scan.top.kind === "object" ? "key" : "operand";
      return;
    case ";":
      readSemicolon(scan);
      return;
    case "@":
      if (endsLine(scan) && scan.endLine()) return;
      scan.readDecorator();
      return;
    case "!":
    case "++":
    case "--":
    case "~":
      if (endsLine(scan)) {
        if (scan.endLine()) return;
      } else if (isOperator && value !== "~") {
        scan.at++;
        return;
      }
      break;
    case "...":
      scan.at++;
      return;
    default:
      if (!ASSIGNMENTS.has(value)) break;
      scan.at++;
      top.state = "operand";
      top.binding = false;
      scan.nameNext(top.target);
      return;
  }
  top.state = "operand";
  scan.at++;
}

function readBrace(scan: ScanContext): void {
  const { top, at } = scan;
  if (top.state === "operator" && top.heritage) {
    const { place, after, outer } = top.heritage;
    top.heritage = outer;
    scan.openClassBody(at, place, after);
    return;
  }
  if (endsLine(scan) && scan.endLine()) return;
  if (top.state === "operand") {
    scan.push("object", at, "operator");
    return;
  }
  scan.push("block", at, "start");
}

function readParen(scan: ScanContext): void {
  const { top, at } = scan;
  if (top.state !== "operator") {
    const arrowAt = scan.types.arrow(at, top.questions > 0 || top.inQuestion);
    if (arrowAt >= 0) {
      scan.openArrow(at, at, at, arrowAt);
      return;
    }
  }
  const isOperand = top.state !== "operator";
  scan.push("paren", at, "operator");
  if (isOperand) scan.openOperand();
}

/** Type arguments, type parameters of an arrow function, a type assertion, or less-than. */
function readAngle(scan: ScanContext): void {
  const { top, tokens, at } = scan;
  const isOperator = top.state === "operator";
  const end = scan.types.angles(at);
  const next = tokens.values[end] ?? "";
  if (end < 0) {
    top.state = "operand";
    scan.at++;
  } else if (isOperator) {
    const isCall = next === "(" || next.startsWith("`") || top.heritage !== undefined;
    if (!isCall) top.state = "operand";
    scan.at = isCall ? end : at + 1;
  } else {
    const arrowAt = next === "(" ? scan.types.arrow(end, top.questions > 0 || top.inQuestion) : -1;
    if (arrowAt >= 0) {
      scan.openArrow(at, end, end, arrowAt);
      return;
    }
    scan.at = end;
  }
}

function readColon(scan: ScanContext): void {
  while (scan.top.kind === "arrow" && scan.top.questions === 0) scan.pop();
  const { top } = scan;
  scan.at++;
  if (top.questions > 0) {
    top.questions--;
    top.state = "operand";
  } else if (top.binding) {
    scan.at = scan.types.type(scan.at);
    top.state = "operator";
  } else top.state = top.kind === "block" ? "start" : "operand";
}

function readSemicolon(scan: ScanContext): void {
  scan.popArrows();
  if (scan.top.kind === "field") {
    scan.pop();
    return;
  }
  scan.at++;
  const { kind } = scan.top;
  if (kind === "object") scan.top.kind = "block";
  scan.restart();
  if (kind !== "block" && kind !== "object") scan.top.state = "operand";
}
