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
  response.end(JSON.stringify({ compiled: performance.now() - from, inner: innerMs }));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`listening ${typeof address === "object" && address?.port}\n`);
});
