// SPDX-License-Identifier: Apache-2.0
/**
 * Ways to wait, each in a function of its own. The comment `waits: NAMES` marks a line that waits and gives what a
 * profile may call it; where the operation begins on another line than its `await`, both are marked.
 * `DELAY_PORT` (HTTP), `ECHO_PORT` (TCP) and `FIFO` answer after some 20 ms, from outside of this process.
 */
import { AsyncResource } from "node:async_hooks";
import { execFile } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createReadStream, readFile } from "node:fs";
import { readFile as readFilePromise } from "node:fs/promises";
import { get } from "node:http";
import { connect } from "node:net";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";

const { DELAY_PORT, ECHO_PORT, FIFO } = process.env;
const DELAY_URL = `http://127.0.0.1:${DELAY_PORT}/`;

async function timer() {
  await new Promise((resolve) => setTimeout(resolve, 20)); // waits: setTimeout
}

class Deferred extends Promise {}

async function ofSubclass() {
  const deferred = () => new Deferred((resolve) => setTimeout(resolve, 20)); // waits: setTimeout
  await deferred();
}

async function timerPromise() {
  await sleep(20); // waits: setTimeout
}

async function fetching() {
  await fetch(DELAY_URL); // waits: fetch
}

async function fsPromise() {
  await readFilePromise(FIFO); // waits: readFile
}

async function fsCallback() {
  await new Promise((resolve) => {
    readFile(FIFO, resolve); // waits: readFile
  });
}

async function netRead() {
  const socket = connect(Number(ECHO_PORT), "127.0.0.1"); // waits: once|read|connect|socket
  await once(socket, "data"); // waits: once|read|connect|socket
  socket.destroy();
}

async function httpGet() {
  await new Promise((resolve) => {
    get(DELAY_URL, (response) => response.resume().on("end", resolve)); // waits: get|request
  });
}

async function childProcess() {
  await new Promise((resolve) => {
    execFile("sleep", ["0.02"], resolve); // waits: execFile|spawn
  });
}

async function stream() {
  for await (const _ of createReadStream(FIFO)); // waits: read|stream|open|next
}

const worker = new Worker(
  "const { parentPort } = require('node:worker_threads'); parentPort.on('message', (m) => setTimeout(() => parentPort.postMessage(m), 20));",
  { eval: true },
);
worker.unref();
const replies = new Map();
let asked = 0;
worker.on("message", (id) => {
  replies.get(id)?.();
  replies.delete(id);
});

async function workerMessage() {
  const replied = (resolve) => {
    replies.set(++asked, resolve);
    worker.postMessage(asked);
  };
  await new Promise(replied); // waits: await|message|postMessage|Promise
}

async function microtasks() {
  await sleep(20); // waits: setTimeout
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => process.nextTick(resolve));
    await new Promise((resolve) => queueMicrotask(resolve));
    await null;
  }
}

async function all() {
  await Promise.all([sleep(5), sleep(20)]); // waits: setTimeout|all
}

async function race() {
  await Promise.race([sleep(20), sleep(40)]); // waits: setTimeout|race
}

async function* ticks() {
  for (let i = 0; i < 2; i++) {
    await sleep(10); // waits: setTimeout
    yield i;
  }
}

async function iteration() {
  for await (const _ of ticks());
}

async function emitted() {
  const emitter = new EventEmitter();
  setTimeout(() => emitter.emit("ready"), 20); // waits: once|setTimeout
  await once(emitter, "ready"); // waits: once|setTimeout
}

class Pool extends AsyncResource {
  constructor() {
    super("Pool");
  }
}

async function bound() {
  await new Promise((resolve) => {
    const pool = new Pool();
    const resume = AsyncResource.bind(() => pool.runInAsyncScope(resolve));
    setTimeout(resume, 20); // waits: setTimeout
  });
}

async function immediates() {
  const until = performance.now() + 10;
  while (performance.now() < until) await new Promise((resolve) => setImmediate(resolve)); // waits: setImmediate
}

export const KINDS = {
  timer,
  ofSubclass,
  timerPromise,
  fetching,
  fsPromise,
  fsCallback,
  netRead,
  httpGet,
  childProcess,
  stream,
  workerMessage,
  microtasks,
  all,
  race,
  iteration,
  emitted,
  bound,
  immediates,
};
