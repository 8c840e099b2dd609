// SPDX-License-Identifier: Apache-2.0
/**
 * A request as libraries make it: steps of different kinds, one after the other, most of which await or tick dozens of
 * times for each time that they wait. `/all` answers with what each took, in milliseconds.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable, Transform } from "node:stream";

type Truth = Record<string, number>;

function burn(ms: number): void {
  const until = performance.now() + ms;
  let x = 1;
  while (performance.now() < until) for (let i = 0; i < 500; i++) x = (x * 31 + i) | 0;
}

function timer(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Middlewares around a call, as clients of clouds have them. */
async function layer(depth: number): Promise<void> {
  for (let i = 0; i < 4; i++) await i;
  if (depth > 0) await layer(depth - 1);
  else await timer(30);
  for (let i = 0; i < 4; i++) await i;
}

/** Events of a stream through generators, each around another one. */
async function* through(depth: number): AsyncGenerator<Uint8Array> {
  if (depth > 0) {
    for await (const each of through(depth - 1)) yield each;
  } else yield* (await fetch(`${slow}/events`)).body ?? [];
}

/** A promise that asks when somebody waits for it, as clients of services have it. */
class Call extends Promise<string> {
  static override readonly [Symbol.species] = Promise;
  readonly #request: Promise<Response>;

  constructor(request: Promise<Response>) {
    super((resolve) => resolve(""));
    this.#request = request;
  }

  // biome-ignore lint/suspicious/noThenProperty: it is one
  override then<A, B>(
    fulfilled?: ((value: string) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#request.then((response) => response.text()).then(fulfilled, rejected);
  }
}

async function request(options: Promise<{ readonly path: string }>): Promise<Response> {
  const { path } = await options;
  for (let i = 0; i < 4; i++) await i;
  return await (async () => await send(path))();
}

async function send(path: string): Promise<Response> {
  for (let i = 0; i < 4; i++) await i;
  return await fetch(slow + path);
}

async function* rows(): AsyncGenerator<number> {
  for (let i = 0; i < 3; i++) {
    await timer(10);
    for (let k = 0; k < 150; k++) yield k;
  }
}

const steps: Record<string, () => Promise<void>> = {
  async layered(): Promise<void> {
    await layer(20);
  },
  async streamed(): Promise<void> {
    for await (const _ of through(4)) burn(3);
  },
  async called(): Promise<void> {
    await new Call(request(Promise.resolve({ path: "/answer" })));
  },
  async parsed(): Promise<void> {
    const parser = new Transform({ objectMode: true, transform: (row, _, done) => done(null, row) });
    let count = 0;
    for await (const _ of Readable.from(rows()).pipe(parser)) count++;
    if (count > 0) burn(15);
  },
  async queued(): Promise<void> {
    await new Promise<void>((resolve) => {
      queueMicrotask(() => {
        burn(25);
        setImmediate(resolve);
      });
    });
  },
  async calledAgain(): Promise<void> {
    await new Call(request(Promise.resolve({ path: "/answer" })));
  },
};

async function respond(path: string): Promise<string> {
  const truth: Truth = {};
  for (const [name, step] of path === "/all" ? Object.entries(steps) : []) {
    const from = performance.now();
    await step();
    truth[name] = performance.now() - from;
  }
  return JSON.stringify(truth);
}

const others = createServer(async (asked, response) => {
  if (asked.url === "/answer") await timer(40);
  else
    for (let i = 0; i < 4; i++) {
      response.write("event");
      await timer(10);
    }
  response.end("last");
}).listen(0, "127.0.0.1");
let slow = "";
others.once("listening", () => {
  slow = `http://127.0.0.1:${(others.address() as AddressInfo).port}`;
});

const server = createServer((asked, response) => {
  respond(asked.url ?? "/").then((body) => response.end(body));
});
server.listen(0, "127.0.0.1", () => {
  // biome-ignore lint/suspicious/noConsole: the address is the app's output
  console.log(`listening ${(server.address() as AddressInfo).port}`);
});
