// SPDX-License-Identifier: Apache-2.0
import { ANONYMOUS, type ScanContext } from "./_function_scan_state.ts";

const MODIFIERS: ReadonlySet<string> = new Set(["async", "get", "set"]);

const CLASS_MODIFIERS: ReadonlySet<string> = new Set([
  ...MODIFIERS,
  "static",
  "accessor",
  "readonly",
  "public",
  "private",
  "protected",
  "override",
  "abstract",
  "declare",
]);

/** What stands after a key; a modifier followed by it is a key itself. */
const AFTER_KEY = /^[(,:}=<;?!]$/;

/** Reads a token where a member of a class or of an object literal begins, or after its key. */
export function readMember(scan: ScanContext): void {
  if (scan.top.state === "key") readKey(scan);
  else readAfterKey(scan);
}

function readKey(scan: ScanContext): void {
  const { top, tokens, at } = scan;
  const isClass = top.kind === "class";
  const value = scan.value();
  switch (tokens.kinds[at]) {
    case "word": {
      const next = scan.value(1);
      const isModifier = (isClass ? CLASS_MODIFIERS : MODIFIERS).has(value) && !AFTER_KEY.test(next);
      if (isModifier && isClass && value === "static" && next === "{") {
        markHead(scan);
        endHead(scan, true);
        const range = top.place && scan.addRange(top.place, scan.start(at + 1), -1);
        scan.push("block", at + 1, "key", { range });
        return;
      }
      if (isModifier && !(value === "async" && tokens.breaks[at + 1])) {
        markHead(scan);
        scan.at++;
        return;
      }
      takeKey(scan, value);
      return;
    }
    case "private":
      takeKey(scan, value);
      return;
    case "string":
      takeKey(scan, value.slice(1, -1));
      return;
    case "operand":
      takeKey(scan, value);
      return;
    case "punctuator":
      break;
    default:
      top.state = "operand";
      return;
  }
  if (value === "[") {
    top.target = computedName(scan);
    top.keyStart = -1;
    top.keyAt = scan.start(at);
    markHead(scan);
    scan.push("bracket", at, "afterKey");
  } else if (value === "@") scan.readDecorator();
  else if (value === "..." && !isClass) {
    top.state = "operand";
    scan.at++;
  } else if (value === ";" && !isClass) {
    // An object literal has no semicolon: the brace opened a block after all.
    top.kind = "block";
    scan.restart();
    scan.at++;
  } else if (value === "{" || value === "(") scan.push(value === "(" ? "paren" : "block", at, "key");
  else scan.at++;
}

/** Notes where a class's member begins, before it is known what it is. */
function markHead(scan: ScanContext): void {
  const { top, at } = scan;
  if (top.place && !top.head) top.head = scan.addRange(top.place, scan.start(at), scan.start(at));
}

/** From V8 13 on the function that initialises fields is at the first token of the first of them. */
function endHead(scan: ScanContext, isInitializer: boolean): void {
  const { head } = scan.top;
  if (head && isInitializer) head.end = head.start + 1;
  scan.top.head = undefined;
}

function takeKey(scan: ScanContext, name: string): void {
  const { top, at } = scan;
  top.target = name;
  top.keyStart = top.keyAt = scan.start(at);
  top.state = "afterKey";
  scan.at++;
}

function computedName(scan: ScanContext): string {
  const { tokens, at } = scan;
  const closing = tokens.pairs[at] ?? at;
  const only = tokens.values[at + 1] ?? "";
  if (closing === at + 2 && tokens.kinds[at + 1] === "string") return only.slice(1, -1);
  const names = tokens.values.slice(at, Math.min(closing + 1, at + 20)).join("");
  return /^\[[\w$]+(?:\.[\w$]+)*\]$/.test(names) ? names : ANONYMOUS;
}

function readAfterKey(scan: ScanContext): void {
  const { top, tokens, at } = scan;
  const isClass = top.kind === "class";
  const value = tokens.kinds[at] === "punctuator" ? scan.value() : "";
  switch (value) {
    case "(":
      readMethod(scan);
      return;
    case "<": {
      const end = scan.types.angles(at);
      if (top.keyStart < 0) top.keyStart = scan.start(at);
      scan.at = end < 0 ? at + 1 : end;
      return;
    }
    case "?":
    case "!":
      scan.at++;
      return;
    case ":":
      if (isClass) {
        scan.at = scan.types.type(at + 1);
        return;
      }
      readValue(scan);
      return;
    case "=":
      if (isClass && top.place) {
        const { place, target } = top;
        endHead(scan, true);
        const start = top.keyStart < 0 ? scan.start(at) : top.keyStart;
        scan.push("field", at, "key", { range: scan.addRange(place, start, -1) });
        scan.nameNext(target);
        return;
      }
      readValue(scan);
      return;
    case ",":
    case ";":
      endHead(scan, false);
      top.state = "key";
      if (value === "," || isClass) scan.at++;
      return;
    default:
      if (isClass) {
        endHead(scan, false);
        top.state = "key";
      } else if (tokens.kinds[at] === "word") scan.at++;
      else top.state = "operator";
  }
}

/** Goes on to the value of a property, or to the default of a name in a pattern. */
function readValue(scan: ScanContext): void {
  scan.top.state = "operand";
  scan.at++;
  scan.nameNext(scan.top.target);
}

function readMethod(scan: ScanContext): void {
  const { top, at } = scan;
  endHead(scan, false);
  let name = top.target || ANONYMOUS;
  if (top.place && name === "constructor" && top.keyStart >= 0) {
    // The engines call a constructor by its class.
    name = top.place.name;
    top.place.hasConstructor = true;
  }
  const start = top.keyStart < 0 ? scan.start(at) : top.keyStart;
  scan.openParams(at, "key", scan.openFunction(name, start, top.keyAt));
}
