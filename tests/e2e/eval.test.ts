// SPDX-License-Identifier: Apache-2.0
import { describe, test } from "bun:test";
import { median } from "../demo/print.ts";
import { Tree } from "../support/call_tree.ts";
import type { Profiled } from "../support/profiled_app.ts";
import { type Installed, RUN_BUILT } from "../support/spawn.ts";
import { requestsOf, runnable, settled } from "./truth.ts";

const NEAR_MS = 8;

/** Milliseconds that are told, and that it took. */
type Times = Readonly<Record<string, readonly [told: number, truth: number]>>;

/** A function of a text has a name, if it was given one, and the file that the text says, if any. */
function timesOnV8({ elements, truth }: Profiled): Times {
  const tree = new Tree(elements);
  const { compiled = 0, inner = 0, nameless = 0, placed = 0, bundled = 0 } = truth;
  const once = (signature: RegExp) => {
    const nodes = elements.filter(({ codeSignature }) => signature.test(codeSignature));
    return nodes.length === 1 ? (nodes[0]?.duration ?? 0) : 0;
  };
  return {
    compiled: [once(/^compiled \(eval\)$/), compiled],
    inner: [tree.inclusive("inner"), inner],
    nameless: [once(/^<anonymous> \(eval\)$/), nameless],
    placed: [once(/^placed \(eval tests\/e2e\/eval\.test\.ts\)$/), placed],
    bundled: [once(/^bundled \(eval webpack-internal:\/\/\/\.\/bundled\.js\)$/), bundled],
    waits: [tree.leaves("(waiting for setTimeout eval)"), 60],
  };
}

/** JavaScriptCore does not tell it from its own code: it is who called it. */
function timesOnBun({ elements, truth }: Profiled): Times {
  const tree = new Tree(elements);
  const { compiled = 0, nameless = 0, placed = 0, bundled = 0 } = truth;
  return {
    serve: [tree.inclusive("serve"), compiled + nameless + placed + bundled],
    burn: [tree.inclusive("burn"), 60 + 45 + 40 + 40],
    waits: [tree.leaves("(waiting for setTimeout "), 120],
    compiled: [tree.leaves("(native compiled)"), 30],
  };
}

async function off(runtime: Installed, folder: string): Promise<string[]> {
  const program = await runnable(runtime, "tests/e2e/eval_app.ts", folder);
  const requests = await requestsOf(runtime, { program, path: "/" });
  const times = requests.map(runtime === "bun" ? timesOnBun : timesOnV8);
  return Object.keys(times[0] ?? {}).flatMap((name) => {
    const error = median(times.map((each) => (each[name]?.[0] ?? 0) - (each[name]?.[1] ?? 0)));
    return Math.abs(error) <= NEAR_MS ? [] : [`${name} is off by ${error} ms`];
  });
}

describe("a function that was made from a text", () => {
  for (const runtime of RUN_BUILT) {
    test(`is told as such, on ${runtime}`, () => settled((folder) => off(runtime, folder)), 90_000);
  }
});
