// SPDX-License-Identifier: Apache-2.0
/** Has frozen what it is made of, as hardened apps do (SES): nobody can set or replace anything there any more. */
import { createServer } from "node:http";
import { Socket } from "node:net";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

for (const frozen of [Error, Promise, Promise.prototype]) Object.freeze(frozen);
Object.defineProperty(globalThis, "Promise", { writable: false, configurable: false });
Object.preventExtensions(Socket.prototype);

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
  const burnt = await timed(() => burn(60));
  const waited = await timed(async function wait() {
    await sleep(30);
  });
  response.end(JSON.stringify({ burnt, waited }));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`listening ${typeof address === "object" && address?.port}\n`);
});
