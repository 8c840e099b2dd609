// SPDX-License-Identifier: Apache-2.0
/**
 * Functions that wait for what the runtime does for them in many turns: streams, pipelines, processes. `/all` calls
 * them one after the other, and answers with what each took, in milliseconds.
 *
 * `streams.test.ts` finds the line where a function waits by a text of that line, so each stands once.
 */
import { exec, spawn } from "node:child_process";
import { EventEmitter, on } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { Readable, Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { scheduler, setInterval as ticks } from "node:timers/promises";
import { promisify } from "node:util";

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

async function* source(): AsyncGenerator<number> {
  for (let i = 0; i < 4; i++) {
    await timer(15);
    yield i;
  }
}

function squeeze(): void {
  burn(8);
}

const execute = promisify(exec);

const TALKING = ["-c", "sleep 0.06; echo one; sleep 0.06; echo two"];

const slow = createServer((_, response) => {
  response.write("first");
  setTimeout(() => response.end("last"), 80);
}).listen(0, "127.0.0.1");
const echo = createTcpServer((socket) => {
  socket.on("data", (data) => setTimeout(() => socket.write(data), 60));
}).listen(0, "127.0.0.1");
const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

/** A connection from before all requests that answers in the order of the questions, as a database's. */
class Client {
  readonly #socket: Socket;
  readonly #asked: ((answer: unknown) => void)[] = [];
  /** As libraries have it that let an app choose its promises. */
  readonly #Promise = Promise;

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#socket.on("data", (data) => this.#asked.shift()?.(data));
  }

  ask(question: string): Promise<unknown> {
    return new this.#Promise((resolve) => {
      process.nextTick(() => {
        this.#asked.push(resolve);
        this.#socket.write(question);
      });
    });
  }
}

let client: Client | undefined;
echo.once("listening", () => {
  client = new Client(portOf(echo));
});

const shapes = {
  async pump(): Promise<void> {
    const squeezing = new Transform({
      objectMode: true,
      transform(chunk, _, done) {
        squeeze();
        done(null, chunk);
      },
    });
    const sink = new Writable({
      objectMode: true,
      write(_chunk, _, done) {
        setTimeout(done, 5);
      },
    });
    await pipeline(Readable.from(source()), squeezing, sink);
  },
  async run(): Promise<void> {
    await execute("sleep 0.1");
  },
  async chunks(): Promise<void> {
    const { stdout } = spawn("sh", TALKING);
    for await (const _ of stdout);
  },
  async lines(): Promise<void> {
    const { stdout: input } = spawn("sh", TALKING);
    for await (const _ of createInterface({ input }));
  },
  async body(): Promise<void> {
    const response = await fetch(`http://127.0.0.1:${portOf(slow)}/`);
    for await (const _ of response.body as unknown as AsyncIterable<Uint8Array>);
  },
  async reader(): Promise<void> {
    const reader = (await fetch(`http://127.0.0.1:${portOf(slow)}/`)).body?.getReader();
    while (!(await reader?.read())?.done);
  },
  async emitted(): Promise<void> {
    const emitter = new EventEmitter();
    const interval = setInterval(() => emitter.emit("tick"), 30);
    let count = 0;
    for await (const _ of on(emitter, "tick")) if (++count === 3) break;
    clearInterval(interval);
  },
  async ticking(): Promise<void> {
    let count = 0;
    for await (const _ of ticks(30)) if (++count === 3) break;
  },
  async scheduled(): Promise<void> {
    await scheduler.wait(50);
  },
  /** What it awaits comes of what it has begun and left, as a page that is rendered. */
  async page(): Promise<void> {
    const page = new Page([part, fetched, part]);
    await turn();
    await complete(page);
  },
  /** More awaits than are captured, right before the next one. */
  async dense(): Promise<void> {
    for (let i = 0; i < 1_500; i++) await turn();
  },
  async asking(): Promise<void> {
    await client?.ask("who?");
  },
  async conversation(): Promise<void> {
    const socket = await dial();
    await ask(socket);
    socket.destroy();
  },
  async queue(): Promise<void> {
    const delays = [30, 30, 30];
    const worker = async (): Promise<void> => {
      for (let ms = delays.shift(); ms; ms = delays.shift()) await timer(ms);
    };
    await Promise.all([worker()]);
  },
};

/** Calls one function after the other, each when the one before is done. */
class Page {
  readonly #parts: (() => Promise<void>)[];
  readonly whole: Promise<void>;
  #settle = (): void => {};

  constructor(parts: (() => Promise<void>)[]) {
    this.#parts = parts;
    this.whole = new Promise((resolve) => {
      this.#settle = resolve;
    });
    setImmediate(() => this.#next());
  }

  #next(): void {
    const part = this.#parts.shift();
    if (part) part().then(() => queueMicrotask(() => this.#next()));
    else this.#settle();
  }
}

async function part(): Promise<void> {
  const from = performance.now();
  await timer(40);
  parted += performance.now() - from;
}

async function fetched(): Promise<void> {
  const from = performance.now();
  await (await fetch(`http://127.0.0.1:${portOf(slow)}/`)).text();
  fetching = performance.now() - from;
}

async function complete({ whole }: Page): Promise<void> {
  await whole;
}

let parted = 0;
let fetching = 0;

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

async function dial(): Promise<Socket> {
  const socket = connect(portOf(echo), "127.0.0.1");
  await new Promise<void>((connected) => socket.once("connect", () => connected()));
  return socket;
}

/** What opened the connection is over: only this one waits for the answer on it. */
async function ask(socket: Socket): Promise<void> {
  const from = performance.now();
  await new Promise((resolve) => {
    socket.once("data", resolve).write("hello");
  });
  asked = performance.now() - from;
}

let asked = 0;

async function respond(path: string): Promise<string> {
  const truth: Truth = {};
  parted = 0;
  const found = path === "/all" ? Object.entries(shapes) : [];
  for (const [name, shape] of found) {
    const from = performance.now();
    await shape();
    truth[name] = performance.now() - from;
  }
  truth.ask = asked;
  truth.part = parted;
  truth.fetched = fetching;
  return JSON.stringify(truth);
}

const server = createServer((request, response) => {
  respond(request.url ?? "/").then((body) => response.end(body));
});
server.listen(0, "127.0.0.1", () => {
  // biome-ignore lint/suspicious/noConsole: the address is the app's output
  console.log(`listening ${portOf(server)}`);
});
