// SPDX-License-Identifier: Apache-2.0
/** Runs a function that was made from a text, as template engines, validators and routers make them. */
import { createServer } from "node:http";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

function burn(ms: number): void {
  const until = performance.now() + ms;
  let x = 1;
  while (performance.now() < until) for (let i = 0; i < 500; i++) x = (x * 31 + i) | 0;
}

const TEXT = `return async function compiled() {
  burn(30);
  await sleep(20);
  await inner();
  const until = performance.now() + 30;
  let x = 1;
  while (performance.now() < until) for (let i = 0; i < 500; i++) x = (x * 31 + i) | 0;
};`;
const compiled: () => Promise<void> = new Function("burn", "sleep", "inner", TEXT)(burn, sleep, inner);

/** It has no name, so that engines give it what name they like. */
const AsyncFunction = compiled.constructor as typeof Function;
const nameless: (burn: (ms: number) => void, sleep: (ms: number) => Promise<void>) => Promise<void> =
  new AsyncFunction(
    "burn",
    "sleep",
    "burn(15); await sleep(20); burn(15); await sleep(20); burn(15);",
  ) as never;

/** A text may say where it comes from: a file with another text, or what a development server serves. */
const placed = named("placed", `${process.cwd()}/tests/e2e/eval.test.ts`);
const bundled = named("bundled", "webpack-internal:///./bundled.js");

function named(name: string, url: string): () => Promise<void> {
  const text = `return async function ${name}() { burn(20); await sleep(20); burn(20); };\n//# sourceURL=${url}`;
  return new Function("burn", "sleep", text)(burn, sleep);
}

let innerMs = 0;

async function inner(): Promise<void> {
  const from = performance.now();
  burn(30);
  await sleep(20);
  innerMs = performance.now() - from;
}

const server = createServer(async function serve(_, response) {
  const from = performance.now();
  await compiled();
  const compiledAt = performance.now();
  await nameless(burn, sleep);
  const namelessAt = performance.now();
  await placed();
  const placedAt = performance.now();
  await bundled();
  const bundledAt = performance.now();
  const times = {
    compiled: compiledAt - from,
    inner: innerMs,
    nameless: namelessAt - compiledAt,
    placed: placedAt - namelessAt,
    bundled: bundledAt - placedAt,
  };
  response.end(JSON.stringify(times));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`listening ${typeof address === "object" && address?.port}\n`);
});
