// SPDX-License-Identifier: Apache-2.0
/**
 * Requests that share the connections of a pool, as with a database: what one waits for comes by a connection that
 * another has opened. Each answers with the time in each function by that function's own watch, in milliseconds.
 */
import net from "node:net";
import { randoms } from "./random.mjs";
import { serve, spin } from "./serve.mjs";

const CONNECTIONS = 3;

/** Answers `id ms` with `id` after so many milliseconds. */
const server = net.createServer((socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("data", (data) => {
    for (const line of String(data).trim().split("\n")) {
      const [id, ms] = line.split(" ");
      setTimeout(() => socket.write(`${id}\n`), Number(ms));
    }
  });
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

/** Nobody else uses it until it has answered. */
class Connection {
  #answered = () => {};
  #socket = net.connect(server.address().port, "127.0.0.1");
  #count = 0;

  constructor() {
    this.#socket.on("data", () => this.#answered());
  }

  ask(ms) {
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#socket.write(`${this.#count++} ${ms}\n`);
    });
  }
}

class Pool {
  #opened = 0;
  #free = [];
  #waiting = [];

  async query(ms) {
    const connection = await this.#acquire();
    try {
      await connection.ask(ms);
    } finally {
      const next = this.#waiting.shift();
      if (next) next(connection);
      else this.#free.push(connection);
    }
  }

  async #acquire() {
    const free = this.#free.pop();
    if (free) return free;
    if (this.#opened++ < CONNECTIONS) return new Connection();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}

const pool = new Pool();

async function find(times) {
  const from = performance.now();
  await pool.query(2);
  times.find += performance.now() - from;
}

async function search(times) {
  const from = performance.now();
  await pool.query(30);
  times.search += performance.now() - from;
}

function compute(times, ms) {
  const from = performance.now();
  spin(ms);
  times.compute += performance.now() - from;
}

async function order(times) {
  const from = performance.now();
  await find(times);
  compute(times, 1);
  await search(times);
  times.order += performance.now() - from;
}

async function report(times) {
  const from = performance.now();
  for (let i = 0; i < 10; i++) {
    await find(times);
    compute(times, 0.4);
  }
  times.report += performance.now() - from;
}

async function rest(times) {
  const from = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 40));
  times.rest += performance.now() - from;
}

const STEPS = [order, report, rest];

/** Goes on for `ms` milliseconds, in an order that `seed` says. */
async function pooled(query) {
  const times = { find: 0, search: 0, compute: 0, order: 0, report: 0, rest: 0 };
  const until = performance.now() + Number(query.get("ms"));
  const next = randoms(Number(query.get("seed")));
  while (performance.now() < until) {
    const random = next();
    for (let i = 0; i <= (random >>> 8) % 4; i++) await STEPS[random % STEPS.length](times);
  }
  return times;
}

serve({ "/pooled": pooled, "/others": pooled });
