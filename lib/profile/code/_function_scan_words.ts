// SPDX-License-Identifier: Apache-2.0
import type { ScanContext, ScannedPlace } from "./_function_scan_state.ts";

const OPERATORS: ReadonlySet<string> = new Set(["in", "instanceof", "of"]);

const PARAMETER_MODIFIERS: ReadonlySet<string> = new Set([
  "public",
  "private",
  "protected",
  "readonly",
  "override",
]);

/** Reads a word where a statement, an operand or an operator may stand. */
export function readWord(scan: ScanContext): void {
  const { top, tokens, at } = scan;
  const word = scan.value();
  if (top.state === "operator" && readAfterOperand(scan, word)) return;
  const isStart = top.state === "start";
  if (scan.value(1) === "=>") {
    const range = scan.openFunction(scan.nameAt(at), scan.start(at), scan.start(at));
    scan.openArrowBody(at + 1, range);
    return;
  }
  const continues = !tokens.breaks[at + 1];
  switch (word) {
    case "function":
      readFunction(scan, at);
      return;
    case "async":
      if (continues && readAsync(scan)) return;
      break;
    case "class":
      readClass(scan);
      return;
    case "if":
    case "while":
    case "for":
    case "with":
    case "switch":
    case "catch": {
      const head = scan.value(1) === "await" ? at + 2 : at + 1;
      if (tokens.values[head] === "(") {
        scan.push("paren", head, "start");
        return;
      }
      top.state = "start";
      scan.at = head;
      return;
    }
    case "else":
    case "do":
    case "try":
    case "finally":
      top.state = "start";
      scan.at++;
      return;
    case "return":
    case "throw":
    case "case":
    case "typeof":
    case "void":
    case "delete":
    case "await":
    case "yield":
    case "new":
    case "import":
      top.state = "operand";
      scan.at++;
      return;
    case "export":
      top.state = scan.value(1) === "{" ? "operand" : "start";
      scan.at++;
      return;
    case "default":
      if (scan.value(-1) !== "export") break;
      scan.at++;
      scan.nameNext("default");
      top.state = scan.value() === "{" ? "operand" : "start";
      return;
    case "var":
    case "let":
    case "const":
      readDeclaration(scan);
      return;
    case "using":
      if (isStart && continues && scan.isWord(at + 1) && !OPERATORS.has(scan.value(1))) {
        readDeclaration(scan);
        return;
      }
      break;
    default:
      if (isStart && continues && readTypeStatement(scan, word)) return;
  }
  if (top.kind === "params" && top.binding && PARAMETER_MODIFIERS.has(word) && beginsBinding(scan, at + 1)) {
    scan.at++;
    return;
  }
  top.state = "operator";
  top.target = word;
  scan.at++;
}

/** Reads a word after a whole operand; false if it does not continue the expression. */
function readAfterOperand(scan: ScanContext, word: string): boolean {
  const { top, tokens, at } = scan;
  const isNewLine = tokens.breaks[at] === 1;
  if (word === "implements" && top.heritage) {
    scan.at = scan.types.types(at + 1);
    return true;
  }
  if (OPERATORS.has(word) && !(isNewLine && word === "of")) {
    top.state = "operand";
    top.binding = false;
    scan.at++;
    return true;
  }
  if (!isNewLine && (word === "as" || word === "satisfies")) {
    scan.at = scan.types.type(at + 1);
    return true;
  }
  if (isNewLine && scan.endLine()) return true;
  if (top.kind === "block") top.state = "start";
  return false;
}

function readDeclaration(scan: ScanContext): void {
  scan.top.declares = true;
  scan.top.binding = true;
  scan.top.state = "operand";
  scan.at++;
}

function beginsBinding(scan: ScanContext, at: number): boolean {
  return scan.isWord(at) || scan.tokens.values[at] === "{" || scan.tokens.values[at] === "[";
}

/** Reads the head of a function whose `function` is the next token and whose first token is `first`. */
function readFunction(scan: ScanContext, first: number): void {
  const { tokens, top } = scan;
  const keyword = scan.at;
  let at = keyword + 1;
  if (tokens.values[at] === "*") at++;
  const ownName = scan.isWord(at) ? tokens.values[at++] : undefined;
  if (tokens.values[at] === "<") at = Math.max(scan.types.angles(at), at);
  const after = top.state === "start" ? "start" : "operator";
  if (tokens.values[at] !== "(") {
    top.state = "operator";
    scan.at = at;
    return;
  }
  const name = ownName ?? scan.nameAt(first);
  const isInferred = ownName === undefined && after === "operator";
  scan.openParams(at, after, scan.openFunction(name, scan.start(first), scan.start(keyword), isInferred));
}

/** Reads what `async` begins; false if it is a mere name. */
function readAsync(scan: ScanContext): boolean {
  const { at, tokens, top } = scan;
  if (scan.value(1) === "function") {
    scan.at++;
    readFunction(scan, at);
    return true;
  }
  if (scan.isWord(at + 1) && scan.value(2) === "=>") {
    scan.openArrowBody(at + 2, scan.openFunction(scan.nameAt(at), scan.start(at), scan.start(at)));
    return true;
  }
  const paren = scan.value(1) === "<" ? scan.types.angles(at + 1) : at + 1;
  if (paren < 0 || tokens.values[paren] !== "(") return false;
  const arrowAt = scan.types.arrow(paren, top.questions > 0 || top.inQuestion);
  if (arrowAt < 0) return false;
  scan.openArrow(at, at, paren, arrowAt);
  return true;
}

function readClass(scan: ScanContext): void {
  const { tokens, top } = scan;
  const keyword = scan.at;
  let at = keyword + 1;
  let name = scan.nameAt(keyword);
  let headEnd = keyword;
  const word = tokens.values[at] ?? "";
  if (scan.isWord(at) && word !== "extends" && word !== "implements") {
    name = word;
    headEnd = at++;
  }
  const place: ScannedPlace = {
    name,
    isInferred: false,
    at: scan.start(keyword),
    isClass: true,
    hasConstructor: false,
    isInvoked: false,
  };
  // V8 puts the constructor that nobody wrote at the keyword.
  scan.addRange(place, scan.start(keyword), scan.end(headEnd));
  if (tokens.values[at] === "<") at = Math.max(scan.types.angles(at), at);
  const after = top.state === "start" ? "start" : "operator";
  if (tokens.values[at] === "extends") {
    top.heritage = { place, after, outer: top.heritage };
    top.state = "operand";
    scan.at = at + 1;
    return;
  }
  if (tokens.values[at] === "implements") at = scan.types.types(at + 1);
  if (tokens.values[at] === "{") {
    scan.openClassBody(at, place, after);
    return;
  }
  top.state = "operator";
  scan.at = at;
}

/** Goes past what only types have, and into namespaces and enums; false if the word begins none of them. */
function readTypeStatement(scan: ScanContext, word: string): boolean {
  const { tokens, top, at } = scan;
  const isNamed = scan.isWord(at + 1);
  switch (word) {
    case "declare":
    case "abstract":
      if (!isNamed) return false;
      scan.at++;
      return true;
    case "enum":
      if (!isNamed || scan.value(2) !== "{") return false;
      scan.push("object", at + 2, "start");
      return true;
    case "namespace":
    case "module": {
      let brace = at + 2;
      while (tokens.values[brace] === ".") brace += 2;
      if (!(isNamed || tokens.kinds[at + 1] === "string") || tokens.values[brace] !== "{") return false;
      scan.push("block", brace, "start");
      return true;
    }
    case "interface":
    case "type": {
      if (!isNamed) return false;
      let end = at + 2;
      if (tokens.values[end] === "<") end = Math.max(scan.types.angles(end), end);
      if (word === "interface" && tokens.values[end] === "extends") end = scan.types.types(end + 1);
      if (tokens.values[end] !== (word === "type" ? "=" : "{")) return false;
      scan.at = scan.types.type(word === "type" ? end + 1 : end);
      top.state = word === "type" ? "operator" : "start";
      return true;
    }
    default:
      return false;
  }
}
