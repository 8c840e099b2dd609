// SPDX-License-Identifier: Apache-2.0
/** Uses up its stack, in each way in which there is something to note, catches that, and goes on. */
import { createServer } from "node:http";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

/** So large that most of the stack is used up by some hundred calls. */
const PADDING = Array.from({ length: 600 }, (_, i) => i);
/** How often async functions are tried, which on Bun are what may end the app. */
const ASYNC_TIMES = 8;

const settled = Promise.resolve();
function nothing(): void {}

const ways: Readonly<Record<string, () => unknown>> = {
  reaction: () => settled.then(nothing),
  timer: () => clearTimeout(setTimeout(nothing, 10)),
  immediate: () => clearImmediate(setImmediate(nothing)),
  tick: () => process.nextTick(nothing),
  microtask: () => queueMicrotask(nothing),
};

let depth = 0;
let deepest = 0;

/** Calls after so many large frames. */
function below<T>(frames: number, call: () => T, ...padding: readonly number[]): T {
  depth++;
  deepest = Math.max(depth, deepest);
  // So it is no tail call, which would take no room on JavaScriptCore.
  try {
    return frames === 0 ? call() : below(frames - 1, call, ...padding);
  } finally {
    depth--;
  }
}

/** Whether the stack was used up by what is tried, and not before. */
let isReached = false;

/** By small frames, so that it is tried with little more and little less room than what is to be noted needs. */
function narrow(way: () => unknown): number {
  way();
  isReached = true;
  return narrow(way) + 1;
}

async function narrowAsync(): Promise<number> {
  isReached = true;
  return (await narrowAsync()) + 1;
}

/** How many large frames there is room for. */
function room(): number {
  deepest = 0;
  try {
    below(Number.POSITIVE_INFINITY, nothing, ...PADDING);
  } catch {
    // As it is meant to.
  }
  return deepest;
}

/** How many of all ways have ended as they do without an agent. */
async function overflow(): Promise<number> {
  // A frame's size differs by what the engine has made of its function meanwhile.
  const frames = Math.floor(0.95 * room());
  let caught = 0;
  const counted = (error: unknown): void => {
    if (error instanceof RangeError && isReached) caught++;
    isReached = false;
  };
  for (const way of Object.values(ways)) {
    try {
      below(frames, () => narrow(way), ...PADDING);
    } catch (error) {
      counted(error);
    }
  }
  for (let time = 0; time < ASYNC_TIMES; time++) {
    try {
      await below(frames, narrowAsync, ...PADDING);
    } catch (error) {
      counted(error);
    }
  }
  return caught;
}

function burn(ms: number): void {
  const until = performance.now() + ms;
  let x = 1;
  while (performance.now() < until) for (let i = 0; i < 500; i++) x = (x * 31 + i) | 0;
}

async function timed(work: () => Promise<void> | void): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

const server = createServer(async function serve(_, response) {
  const missed = Object.keys(ways).length + ASYNC_TIMES - (await overflow());
  const burnt = await timed(() => burn(120));
  const waited = await timed(async function wait() {
    await sleep(80);
  });
  response.end(JSON.stringify({ missed, burnt, waited }));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`listening ${typeof address === "object" && address?.port}\n`);
});
