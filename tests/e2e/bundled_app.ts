// SPDX-License-Identifier: Apache-2.0
/** Waits and works for known times; a bundler puts the agent into the same file. */
import { createServer } from "node:http";
import process from "node:process";

function burn(ms: number): void {
  const until = performance.now() + ms;
  let x = 1;
  while (performance.now() < until) for (let i = 0; i < 500; i++) x = (x * 31 + i) | 0;
}

async function waits(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 30));
}

function works(): void {
  burn(40);
}

async function timed(): Promise<Record<string, number>> {
  const from = performance.now();
  await waits();
  const waitedAt = performance.now();
  works();
  const workedAt = performance.now();
  await waits();
  const end = performance.now();
  return { timed: end - from, waits: waitedAt - from + (end - workedAt), works: workedAt - waitedAt };
}

const server = createServer(async function serve(_, response) {
  response.end(JSON.stringify(await timed()));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`listening ${typeof address === "object" && address?.port}\n`);
});
