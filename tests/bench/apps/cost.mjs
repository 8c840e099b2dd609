// SPDX-License-Identifier: Apache-2.0
/** What the cost of the agent is measured on. */
import process from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { serve, spin } from "./serve.mjs";

const ORDERS = Array.from({ length: 60 }, (_, i) => ({
  id: i,
  name: `order ${i}`,
  prices: [i, i * 2, i * 3],
}));

function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}

async function load() {
  await turn();
  return JSON.parse(JSON.stringify(ORDERS));
}

function total(orders) {
  let sum = 0;
  for (let i = 0; i < 20; i++)
    for (const { prices } of orders) for (const price of prices) sum += Math.sqrt(price);
  return sum;
}

/** Half a millisecond or so, with some awaits. */
async function work() {
  let sum = 0;
  for (let i = 0; i < 5; i++) sum += total(await load());
  return { sum };
}

/** Lives for `ms` milliseconds, waits 50 ms at a time and works a little in between. */
async function slow(query) {
  const until = performance.now() + Number(query.get("ms"));
  while (performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    await work();
  }
}

async function step() {
  await turn();
  spin(0.04);
}

/** 5,000 awaits; answers with how long they took. */
async function awaits() {
  const from = performance.now();
  for (let i = 0; i < 2500; i++) await step();
  return { ms: performance.now() - from };
}

/** What is in use after a collection, in MB. */
function live() {
  if (globalThis.Bun) globalThis.Bun.gc(true);
  else {
    setFlagsFromString("--expose-gc");
    runInNewContext("gc")();
  }
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

serve({
  "/hello": () => "hello",
  "/work": work,
  "/slow": slow,
  "/awaits": awaits,
  "/none": () => null,
  "/live": live,
});
