// SPDX-License-Identifier: Apache-2.0
/**
 * The slow app: method3 calls method2 calls method1, each with 20 ms of its own, and then 500 ms more. It
 * knows nothing of the agent. Its functions measure themselves, so that an answer tells the truth beside which
 * the profile is held: `{ request, method1, method2, method3 }` in milliseconds.
 */

interface Truth {
  request?: number;
  method1?: number;
  method2?: number;
  method3?: number;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function burn(ms: number): void {
  const until = performance.now() + ms;
  let x = 0;
  while (performance.now() < until) for (let i = 0; i < 500; i++) x = (x * 31 + i) | 0;
}

const waiting = {
  async method1(truth: Truth): Promise<void> {
    const from = performance.now();
    await sleep(20);
    truth.method1 = performance.now() - from;
  },
  async method2(truth: Truth): Promise<void> {
    const from = performance.now();
    await sleep(20);
    await waiting.method1(truth);
    truth.method2 = performance.now() - from;
  },
  async method3(truth: Truth): Promise<void> {
    const from = performance.now();
    await sleep(20);
    await waiting.method2(truth);
    truth.method3 = performance.now() - from;
  },
  async handle(truth: Truth): Promise<void> {
    await waiting.method3(truth);
    await sleep(500);
  },
};

function method1(truth: Truth): void {
  const from = performance.now();
  burn(20);
  truth.method1 = performance.now() - from;
}

function method2(truth: Truth): void {
  const from = performance.now();
  burn(20);
  method1(truth);
  truth.method2 = performance.now() - from;
}

function method3(truth: Truth): void {
  const from = performance.now();
  burn(20);
  method2(truth);
  truth.method3 = performance.now() - from;
}

function burning(truth: Truth): void {
  method3(truth);
  burn(500);
}

class Mixed {
  async method1(truth: Truth): Promise<void> {
    const from = performance.now();
    burn(20);
    await sleep(20);
    truth.method1 = performance.now() - from;
  }
  async method2(truth: Truth): Promise<void> {
    const from = performance.now();
    burn(20);
    await sleep(20);
    await this.method1(truth);
    truth.method2 = performance.now() - from;
  }
  async method3(truth: Truth): Promise<void> {
    const from = performance.now();
    burn(20);
    await sleep(20);
    await this.method2(truth);
    truth.method3 = performance.now() - from;
  }
  async handle(truth: Truth): Promise<void> {
    await this.method3(truth);
    await sleep(500);
  }
}

const mixed = new Mixed();

/** What the unrelated requests do. */
async function unrelated(): Promise<void> {
  for (let i = 0; i < 4; i++) {
    burn(4);
    await sleep(40);
  }
}

const routes: Record<string, (truth: Truth) => Promise<void> | void> = {
  "/waiting": waiting.handle,
  "/burning": burning,
  "/mixed": (truth) => mixed.handle(truth),
  "/unrelated": unrelated,
};

/** Answers a path with the truth about the request, or with `undefined` where there is nothing. */
async function answer(path: string): Promise<Truth | undefined> {
  const route = routes[path];
  if (!route) return undefined;
  const truth: Truth = {};
  const from = performance.now();
  await route(truth);
  truth.request = performance.now() - from;
  return truth;
}

/** The shape of the two runtimes' own servers. */
interface Globals {
  Bun?: { serve(options: object): { port: number } };
  Deno?: { serve(options: object, handler: (request: Request) => Promise<Response>): unknown };
}

async function respond(request: Request): Promise<Response> {
  const truth = await answer(new URL(request.url).pathname);
  return truth ? Response.json(truth) : new Response(null, { status: 404 });
}

function listening(port: number): void {
  // biome-ignore lint/suspicious/noConsole: the address is the app's output
  console.log(`listening ${port}`);
}

const { Bun, Deno } = globalThis as Globals;
const hostname = "127.0.0.1";
if (Bun && !process.env.NODE_HTTP) {
  listening(Bun.serve({ port: 0, hostname, fetch: respond }).port);
} else if (Deno && !process.env.NODE_HTTP) {
  Deno.serve({ port: 0, hostname, onListen: (at: { port: number }) => listening(at.port) }, respond);
} else {
  const { createServer } = await import("node:http");
  const server = createServer(async (request, response) => {
    const truth = await answer(new URL(request.url ?? "/", "http://localhost").pathname);
    response.writeHead(truth ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify(truth ?? null));
  });
  server.listen(0, hostname, () => listening((server.address() as { port: number }).port));
}
