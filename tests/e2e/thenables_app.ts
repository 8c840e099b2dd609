// SPDX-License-Identifier: Apache-2.0
/**
 * A request that awaits objects with a `then` of their own, as the queries of most clients of databases are. `/all`
 * answers with what each function took, in milliseconds.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

type Truth = Record<string, number>;

function timer(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

class Query implements PromiseLike<number> {
  readonly #ms: number;

  constructor(ms: number) {
    this.#ms = ms;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is one
  then<A, B>(
    fulfilled?: ((value: number) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.execute().then(fulfilled, rejected);
  }

  async execute(): Promise<number> {
    await timer(this.#ms);
    return this.#ms;
  }
}

/** One that runs queries by themselves, as a transaction does. */
async function transact(): Promise<number> {
  await timer(5);
  return await new Query(20).then((ms) => ms);
}

const functions: Record<string, () => Promise<unknown>> = {
  async transacted() {
    return await transact();
  },
  async found() {
    return await new Query(30);
  },
  async listed() {
    await new Query(20);
    return await new Query(25);
  },
  async waited() {
    await timer(10);
    return await new Query(30);
  },
  async gathered() {
    return await Promise.all([new Query(20), new Query(35)]);
  },
  async foundAgain() {
    return await new Query(30);
  },
};

async function respond(path: string): Promise<string> {
  const truth: Truth = {};
  for (const [name, call] of path === "/all" ? Object.entries(functions) : []) {
    const from = performance.now();
    await call();
    truth[name] = performance.now() - from;
  }
  return JSON.stringify(truth);
}

const server = createServer((asked, response) => {
  respond(asked.url ?? "/").then((body) => response.end(body));
});
server.listen(0, "127.0.0.1", () => {
  // biome-ignore lint/suspicious/noConsole: the address is the app's output
  console.log(`listening ${(server.address() as AddressInfo).port}`);
});
