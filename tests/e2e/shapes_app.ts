// SPDX-License-Identifier: Apache-2.0
/**
 * Functions and awaits of many shapes, each an endpoint, and `/all` of them. Every endpoint answers with what its functions took, by name, in
 * milliseconds.
 */
import { AsyncResource } from "node:async_hooks";
import { execFile } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

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

/** Measures a function from its call to its end, also where that comes later. */
class Stopwatch {
  readonly truth: Truth = {};
  start(name: string): () => void {
    const from = performance.now();
    return () => {
      this.truth[name] = (this.truth[name] ?? 0) + performance.now() - from;
    };
  }
}

interface Shape<T> {
  readonly value: T;
}

class Repository<T extends object> {
  readonly #watch: Stopwatch;
  private cache: Shape<T>[] = [];
  constructor(watch: Stopwatch) {
    this.#watch = watch;
  }
  async find(): Promise<Shape<T>[]> {
    const stop = this.#watch.start("find");
    await timer(40);
    this.#parse();
    stop();
    return this.cache;
  }
  #parse(): void {
    const stop = this.#watch.start("#parse");
    burn(50);
    stop();
  }
  get size(): number {
    const stop = this.#watch.start("size");
    burn(40);
    stop();
    return this.cache.length;
  }
  static async create(watch: Stopwatch): Promise<Repository<object>> {
    const stop = watch.start("create");
    await sleep(45);
    stop();
    return new Repository(watch);
  }
  load = async (): Promise<void> => {
    const stop = this.#watch.start("load");
    await this.find();
    stop();
  };
}

async function* pages(watch: Stopwatch): AsyncGenerator<number> {
  const stop = watch.start("pages");
  for (let page = 0; page < 3; page++) {
    await timer(30);
    yield page;
  }
  stop();
}

/** What a pool calls back, for whoever asked, when something is free: no request of its own tells it so. */
const asked: (() => void)[] = [];
setInterval(() => asked.shift()?.(), 30).unref();

const handlers = {
  async classes(watch: Stopwatch): Promise<void> {
    const stop = watch.start("classes");
    const repository = await Repository.create(watch);
    await repository.load();
    burn(repository.size);
    stop();
  },
  async generator(watch: Stopwatch): Promise<void> {
    const stop = watch.start("generator");
    for await (const page of pages(watch)) if (page === 1) burn(45);
    stop();
  },
  async parallel(watch: Stopwatch): Promise<void> {
    const stop = watch.start("parallel");
    const left = async (): Promise<void> => {
      await timer(60);
      burn(40);
    };
    const right = async (): Promise<void> => {
      await sleep(120);
    };
    await Promise.all([left(), right()]);
    stop();
  },
  callbacks(watch: Stopwatch): Promise<void> {
    return new Promise((resolve) => {
      const stop = watch.start("callbacks");
      setTimeout(function first() {
        const stopFirst = watch.start("first");
        burn(50);
        stopFirst();
        setTimeout(() => {
          stop();
          resolve();
        }, 60);
      }, 70);
    });
  },
  async events(watch: Stopwatch): Promise<void> {
    const stop = watch.start("events");
    const emitter = new EventEmitter();
    setTimeout(() => emitter.emit("ready"), 80);
    await once(emitter, "ready");
    burn(40);
    stop();
  },
  async resources(watch: Stopwatch): Promise<void> {
    const stop = watch.start("resources");
    await readFile("/etc/hosts");
    const child = watch.start("child");
    await child_(watch);
    child();
    burn(40);
    stop();
  },
  async recursion(watch: Stopwatch): Promise<void> {
    const stop = watch.start("recursion");
    await countdown(3);
    stop();
  },
  async bursts(watch: Stopwatch): Promise<void> {
    const stop = watch.start("bursts");
    for (let i = 0; i < 20; i++) {
      await timer(6);
      chew(watch);
    }
    stop();
  },
  chained(watch: Stopwatch): Promise<void> {
    const stop = watch.start("chained");
    return timer(30)
      .then(function second() {
        burn(20);
        return timer(40);
      })
      .then(() => {
        burn(30);
        stop();
      });
  },
  async queued(watch: Stopwatch): Promise<void> {
    const stop = watch.start("queued");
    let last = Promise.resolve();
    const enqueue = (task: () => Promise<void>): Promise<void> => {
      last = last.then(task);
      return last;
    };
    await Promise.all([30, 40].map((ms) => enqueue(() => queuedTask(watch, ms))));
    stop();
  },
  /** Two calls of one function at once: a moment is of what ended it, `sooner` until the slow one's has ended. */
  async siblings(watch: Stopwatch): Promise<void> {
    const stop = watch.start("siblings");
    const stopSooner = watch.start("sooner");
    let stopLater = (): void => {};
    const between = (): void => {
      stopSooner();
      stopLater = watch.start("later");
    };
    await Promise.all([steps(30, () => {}, 90), steps(70, between, 20)]);
    stopLater();
    stop();
  },
  async compiled(watch: Stopwatch): Promise<void> {
    const stop = watch.start("compiled");
    await driven(function* (): Generator<Promise<void>> {
      yield timer(20);
      yield timer(30);
    });
    stop();
  },
  async compiledToo(watch: Stopwatch): Promise<void> {
    const stop = watch.start("compiledToo");
    await driven(function* (): Generator<Promise<void>> {
      yield timer(30);
      burn(40);
      yield timer(20);
    });
    stop();
  },
  async pooled(watch: Stopwatch): Promise<void> {
    const stop = watch.start("pooled");
    await new Promise<void>((resolve) => {
      const request = new AsyncResource("PoolRequest");
      const answer = (): void => {
        const stopAnswer = watch.start("answer");
        burn(40);
        stopAnswer();
        resolve();
      };
      asked.push(() => request.runInAsyncScope(answer));
    });
    stop();
  },
  beginning,
  async thrown(watch: Stopwatch): Promise<void> {
    const stop = watch.start("thrown");
    try {
      await failing();
    } catch {
      burn(40);
    }
    stop();
  },
};

/** Begins what `deferred` awaits. */
async function beginning(watch: Stopwatch): Promise<void> {
  const stop = watch.start("beginning");
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  setTimeout(() => end(), 50);
  await deferred(watch, ended);
  burn(30);
  stop();
}

async function deferred(watch: Stopwatch, ended: Promise<void>): Promise<void> {
  const stop = watch.start("deferred");
  await ended;
  stop();
}

/** An async function as compilers write it for old engines: callbacks of one helper drive a generator. */
function driven(body: () => Generator<Promise<void>>): Promise<void> {
  return new Promise((resolve, reject) => {
    const generator = body();
    const next = (): void => {
      const { done, value } = generator.next();
      if (done) resolve();
      else value.then(next, reject);
    };
    next();
  });
}

async function steps(soonerMs: number, between: () => void, laterMs: number): Promise<void> {
  await sooner(soonerMs);
  between();
  await later(laterMs);
}

async function sooner(ms: number): Promise<void> {
  await timer(ms);
}

async function later(ms: number): Promise<void> {
  await timer(ms);
}

async function child_(watch: Stopwatch): Promise<void> {
  const stop = watch.start("child_");
  await new Promise<void>((resolve) => {
    execFile("sleep", ["0.1"], () => resolve());
  });
  stop();
}

async function queuedTask(watch: Stopwatch, ms: number): Promise<void> {
  const stop = watch.start("queuedTask");
  await timer(ms);
  burn(15);
  stop();
}

function chew(watch: Stopwatch): void {
  const stop = watch.start("chew");
  burn(4);
  stop();
}

async function countdown(n: number): Promise<void> {
  await timer(25);
  if (n > 1) await countdown(n - 1);
  burn(20);
}

async function failing(): Promise<void> {
  await timer(50);
  throw new Error("expected");
}

interface Globals {
  Bun?: { serve(options: object): { port: number } };
  Deno?: { serve(options: object, handler: (request: Request) => Promise<Response>): unknown };
}

async function respond(path: string): Promise<string> {
  const watch = new Stopwatch();
  const handler = handlers[path.slice(1) as keyof typeof handlers];
  if (handler) await handler(watch);
  else for (const shape of Object.values(handlers)) await shape(watch);
  return JSON.stringify(watch.truth);
}

function listening(port: number): void {
  // biome-ignore lint/suspicious/noConsole: the address is the app's output
  console.log(`listening ${port}`);
}

const { Bun, Deno } = globalThis as Globals;
const hostname = "127.0.0.1";
const fetchHandler = async (request: Request): Promise<Response> =>
  new Response(await respond(new URL(request.url).pathname));
if (Bun && !process.env.NODE_HTTP) {
  listening(Bun.serve({ port: 0, hostname, fetch: fetchHandler }).port);
} else if (Deno && !process.env.NODE_HTTP) {
  Deno.serve({ port: 0, hostname, onListen: (at: { port: number }) => listening(at.port) }, fetchHandler);
} else {
  const { createServer } = await import("node:http");
  const server = createServer((request, response) => {
    respond(request.url ?? "/").then((body) => response.end(body));
  });
  server.listen(0, hostname, () => listening((server.address() as { port: number }).port));
}
