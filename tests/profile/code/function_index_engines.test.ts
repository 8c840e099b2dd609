// SPDX-License-Identifier: Apache-2.0
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { plainName } from "../../../lib/profile/code/code_signature.ts";
import { FunctionIndex, type FunctionPlace } from "../../../lib/profile/code/function_index.ts";
import { type Installed, ROOT, RUN_SOURCES, run } from "../../support/spawn.ts";

const FORMS = join(ROOT, "tests/profile/code/function_index_forms.ts");
const SOURCE = readFileSync(FORMS, "utf8");
const INDEX = FunctionIndex.of(SOURCE);

/** What a call of `probe` tells: innermost first, itself included. */
interface Probe {
  /** The functions that are on the stack. */
  readonly ids: string;
  readonly stack: string;
  /** V8: line of the declaration, and the engine's name. */
  readonly sites: readonly (readonly [number, string])[];
  /** V8's profiler: line and column of the declaration, and the engine's name. */
  readonly profile: readonly Position[];
}

/** Line of the declaration by id. */
const DECLARED = new Map<string, number>();
SOURCE.split("\n").forEach((text, line) => {
  for (const [, id] of text.matchAll(/\/\*@([^*]+)\*\//g)) if (id) DECLARED.set(id, line + 1);
});

/** `name:line` of the functions that should be on a stack. */
function expected(ids: string, runtime: Installed): string[] {
  return ids
    .split(" ")
    .filter((id) => runtime !== "bun" || !isNowhereOnBun(id))
    .map((id) => `${id.replace(/(?<=.)#.*/, "")}:${DECLARED.get(id)}`);
}

/** JavaScriptCore runs initialisers inside the constructor, and tells no place for an implied one. */
function isNowhereOnBun(id: string): boolean {
  return id.endsWith("#fields");
}

/** A place, and what the engine calls the function there. */
type Position = readonly [line: number, column: number, name: string];

/** The functions at these places, without repeats: V8's implied constructor calls the initialisers of its class. */
function functionsAt(positions: readonly Position[]): string[] {
  const places = positions.map(([line, column, name]) => INDEX.at(line, column, plainName(name)));
  return places
    .filter((place, i): place is FunctionPlace => place !== undefined && place !== places[i - 1])
    .map(({ name, line }) => `${name}:${line}`);
}

/** Each frame below `probe`; those that await only on demand. */
function positions(stack: string, awaiting: boolean): Position[] {
  return stack
    .split("\n")
    .filter((line) => line.includes("function_index_forms.ts:") && (awaiting || !/at async [^(]/.test(line)))
    .map((line): Position => {
      const [, name, row, column] = /at (?:(.*) \()?.*:(\d+):(\d+)\)?$/.exec(line) ?? [];
      return [Number(row), Number(column), name ?? ""];
    })
    .slice(1);
}

const started = new Map<Installed, Promise<readonly Probe[]>>();

function probesOn(runtime: Installed): Promise<readonly Probe[]> {
  const probes = started.get(runtime) ?? readProbes(runtime);
  started.set(runtime, probes);
  return probes;
}

async function readProbes(runtime: Installed): Promise<readonly Probe[]> {
  // As the agent's launcher does: JavaScriptCore leaves out the caller of `return f()` otherwise.
  const { stdout, stderr, code } = await run(runtime, FORMS, { env: { BUN_JSC_useTailCalls: "0" } });
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout);
}

describe.each(RUN_SOURCES)("FunctionIndex on %s", (runtime) => {
  test("finds each function of every stack by the place that runs, calls or awaits", async () => {
    const probes = await probesOn(runtime);
    expect(new Set(probes.flatMap(({ ids }) => ids.split(" ")))).toEqual(new Set(DECLARED.keys()));
    const found = probes.map(({ ids, stack }) => ({ ids, functions: functionsAt(positions(stack, true)) }));
    expect(found).toEqual(probes.map(({ ids }) => ({ ids, functions: expected(ids, runtime) })));
  });
});

/** V8 counts from the `*` before a method's name. */
const DIFFERENT: ReadonlySet<string> = new Set(["yields"]);

describe.each(["node22", "node24"] as const)("FunctionIndex on %s", (runtime) => {
  test("finds each function of a CPU profile by the place of its declaration", async () => {
    const probes = await probesOn(runtime);
    const found = probes.map(({ ids, profile }) => ({
      ids,
      functions: functionsAt(profile.slice(1)),
    }));
    const physical = probes.map(({ ids, stack }) => ({
      ids,
      functions: functionsAt(positions(stack, false)),
    }));
    expect(found).toEqual(physical);
  });

  test("tells the line that V8 calls the enclosing one", async () => {
    const seen = (await probesOn(runtime)).flatMap(({ sites, stack }) =>
      positions(stack, true).map(([line, column], i) => {
        const place = INDEX.at(line, column);
        const [enclosing, name] = sites[i + 1] ?? [];
        return { place, enclosing, name };
      }),
    );
    const alike = seen.filter(
      ({ place, name }) => place && !DIFFERENT.has(place.name) && !name?.endsWith("_initializer>"),
    );
    expect(alike.length).toBeGreaterThan(50);
    expect(alike.map(({ place, name }) => ({ name, line: place?.line }))).toEqual(
      alike.map(({ enclosing, name }) => ({ name, line: enclosing })),
    );
  });
});
