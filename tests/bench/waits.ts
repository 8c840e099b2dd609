// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { StackElement } from "../support/backend_client.ts";
import { Tree } from "../support/call_tree.ts";
import { type Installed, ROOT } from "../support/spawn.ts";
import { Delays } from "./delays.ts";
import { Session } from "./session.ts";
import { mean, sum } from "./statistics.ts";

const APP = "tests/bench/apps/kinds.mjs";
/** Calls every kind in turn (`waits.mjs`). */
const CALLER = "everyWay";

/** How one kind of wait was told, as shares of the time it took. */
export interface KindOfWait {
  readonly name: string;
  /** Milliseconds, less what was told to be on the CPU. */
  readonly waited: number;
  /** Below the function that waits and its caller. */
  readonly told: number;
  /** At the line that waits. */
  readonly onLine: number;
  /** By what it waits for. */
  readonly labelled: number;
  /** What it was called, for those who want to see it. */
  readonly leaves: readonly string[];
}

/** Where a function waits by the comments in the app, and what that may be called. */
function expectations(): Map<string, { lines: number[]; label: RegExp }> {
  const found = new Map<string, { lines: number[]; label: RegExp }>();
  let name = "";
  readFileSync(join(ROOT, APP), "utf8")
    .split("\n")
    .forEach((text, i) => {
      name = /^async function\*? (\w+)/.exec(text)?.[1] ?? name;
      const label = /\/\/ waits: (\S+)$/.exec(text)?.[1];
      if (!label) return;
      const lines = [...(found.get(name)?.lines ?? []), i + 1];
      found.set(name, { lines, label: new RegExp(`^\\(waiting for .*(${label})`, "i") });
    });
  return found;
}

/** Waits in every way, `requests` times; means of each kind. */
export async function waitInEveryWay(runtime: Installed, requests: number): Promise<KindOfWait[]> {
  await using delays = await Delays.start();
  await using session = await Session.open({ runtime, app: "waits.mjs", env: delays.env });
  await session.arm({ endpoint: "GET:/waits", samples: requests, warm: "/warm" });
  for (let i = 0; i < requests; i++) await session.get("/waits");
  const profiled = await session.profiled<Record<string, number>>(requests);
  const expected = expectations();
  return Object.keys(profiled[0]?.answer ?? {}).map((name) => {
    const { lines, label } = expected.get(name === "iteration" ? "ticks" : name) ?? { lines: [], label: /^/ };
    const each = profiled.map(({ elements, answer }) => {
      const leaves = waitsBelow(elements, name);
      const time = (matches: (leaf: StackElement) => boolean) =>
        sum(leaves.filter(matches).map(({ duration }) => duration));
      return {
        waited: (answer[name] ?? Number.NaN) - (new Tree(elements).inclusive(name) - time(() => true)),
        told: time(() => true),
        onLine: time(({ codeSignature }) => lines.some((line) => codeSignature.endsWith(`${APP}:${line})`))),
        labelled: time(({ codeSignature }) => label.test(codeSignature)),
        leaves: leaves.map(({ codeSignature, duration }) => `${codeSignature} ${duration}`),
      };
    });
    // A backend counts whole milliseconds: over several requests their mean is right, and their median is not.
    const middle = (read: (one: (typeof each)[number]) => number) => mean(each.map(read));
    return {
      name,
      waited: middle(({ waited }) => waited),
      told: middle(({ told }) => told),
      onLine: middle(({ onLine }) => onLine),
      labelled: middle(({ labelled }) => labelled),
      leaves: each[0]?.leaves ?? [],
    };
  });
}

/** The waits below a function that has all its callers. */
function waitsBelow(elements: readonly StackElement[], name: string): StackElement[] {
  const byId = new Map(elements.map((element) => [element.id, element]));
  const isBelow = (element: StackElement, caller: string): boolean => {
    const parent = byId.get(element.parentId);
    if (!parent) return false;
    if (!parent.codeSignature.startsWith(`${caller} (`)) return isBelow(parent, caller);
    return caller === CALLER || isBelow(parent, CALLER);
  };
  return elements.filter((element) => element.codeSignature.startsWith("(waiting") && isBelow(element, name));
}
