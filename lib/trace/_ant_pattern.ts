// SPDX-License-Identifier: Apache-2.0

/** Whether a path matches. */
export type AntPattern = (path: string) => boolean;

/** One character other than `/`. */
const ONE = 0;
/** Any characters other than `/`. */
const MANY = 1;
/** Any characters. */
const ANY = 2;
/** Nothing, or `/` and any characters: with two stars as a whole part, the path may also lack that part. */
const PARTS = 3;

type Token = string | typeof ONE | typeof MANY | typeof ANY | typeof PARTS;

const TOKENS = /\/\*\*(?=\/|$)|\*\*|\*|\?|./gsu;
const WILDCARDS: Readonly<Record<string, Token>> = { "/**": PARTS, "**": ANY, "*": MANY, "?": ONE };

/**
 * Reads an Ant pattern. It is matched by following all readings at once, never by a regular expression: the
 * path comes from outside, and with several `**` one could be made that takes minutes.
 */
export function antPattern(pattern: string): AntPattern {
  const tokens: Token[] = (pattern.match(TOKENS) ?? []).map((text) => WILDCARDS[text] ?? text);
  const literal = tokens.findIndex((token) => typeof token !== "string");
  if (literal < 0) return (path) => path === pattern;
  const start = tokens.slice(0, literal).join("");
  return (path) => {
    if (!path.startsWith(start)) return false;
    let states = new Set<number>();
    reach(tokens, 0, states);
    for (const char of path) {
      const next = new Set<number>();
      for (const state of states) step(tokens, state, char, next);
      if (next.size === 0) return false;
      states = next;
    }
    return states.has(tokens.length * 2);
  };
}

/** A state is twice the position of a token, plus one inside {@link PARTS}. */
function reach(tokens: readonly Token[], position: number, states: Set<number>): void {
  states.add(position * 2);
  const token = tokens[position];
  if (token === MANY || token === ANY || token === PARTS) reach(tokens, position + 1, states);
}

function step(tokens: readonly Token[], state: number, char: string, next: Set<number>): void {
  const position = state >> 1;
  const token = tokens[position];
  if (state & 1 || token === ANY || (token === MANY && char !== "/")) {
    next.add(state);
    reach(tokens, position + 1, next);
  } else if (token === PARTS) {
    if (char !== "/") return;
    next.add(state + 1);
    reach(tokens, position + 1, next);
  } else if (token === ONE ? char !== "/" : token === char) {
    reach(tokens, position + 1, next);
  }
}
