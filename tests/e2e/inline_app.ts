// SPDX-License-Identifier: Apache-2.0
/** An app as many are written: what it does is in functions that are given to calls, inside of one another. */
import { createServer } from "node:http";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

type Handler = () => Promise<void>;

const routes = new Map<string | undefined, Handler>();

function burn(ms: number): void {
  const until = performance.now() + ms;
  let x = 1;
  while (performance.now() < until) for (let i = 0; i < 500; i++) x = (x * 31 + i) | 0;
}

function get(path: string, handler: Handler): void {
  routes.set(path, handler);
}

async function each(list: readonly number[], work: (n: number) => Promise<void>): Promise<void> {
  for (const n of list) await work(n);
}

function made(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function chained(ms: number): Promise<void> {
  return new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
  }).then(function own() {
    burn(30);
  });
}

function main(): void {
  get("/inline", async function handle() {
    burn(30);
    await sleep(20);
    await each([1, 2], async function work(n) {
      burn(15 * n);
      await sleep(20);
    });
    await Promise.all(
      [1, 2].map(async function map(n) {
        burn(15 * n);
        await sleep(20);
      }),
    );
    await made(20).then(async function given() {
      burn(30);
      await sleep(20);
    });
    await chained(20);
  });

  const server = createServer(async ({ url }, response) => {
    burn(30);
    await routes.get(url)?.();
    response.end("{}");
  });
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    process.stdout.write(`listening ${typeof address === "object" && address?.port}\n`);
  });
}

main();
