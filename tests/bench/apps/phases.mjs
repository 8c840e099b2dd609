// SPDX-License-Identifier: Apache-2.0
/**
 * A request that does one thing for a while, then another: what it did thousands of times says nothing of what it does
 * next. It answers with the time in each function by that function's own watch, in milliseconds.
 */
import { randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { randoms } from "./random.mjs";
import { serve, spin } from "./serve.mjs";

const HERE = new URL(import.meta.url).pathname;
const REPORT = randomBytes(200_000);
const compress = promisify(gzip);

function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Works a little again and again, for `ms` milliseconds. */
async function others(query) {
  const until = performance.now() + Number(query.get("ms"));
  while (performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 3));
    for (let i = 0; i < 5; i++) {
      await turn();
      spin(0.05);
    }
  }
}

async function nap(times, ms) {
  const from = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  times.nap += performance.now() - from;
}

async function doze(times, ms) {
  const from = performance.now();
  await new Promise((resolve) => setTimeout(resolve, ms));
  times.doze += performance.now() - from;
}

async function readOne(times) {
  const from = performance.now();
  await readFile(HERE);
  times.readOne += performance.now() - from;
}

async function fetchOne(times, url) {
  const from = performance.now();
  await (await fetch(url)).text();
  times.fetchOne += performance.now() - from;
}

async function signal(times) {
  const from = performance.now();
  const emitter = new EventEmitter();
  setTimeout(() => emitter.emit("ready"), 3);
  await once(emitter, "ready");
  times.signal += performance.now() - from;
}

/** Works on another thread, or, on Deno, in ticks of the runtime. */
async function zip(times) {
  const from = performance.now();
  await compress(REPORT);
  times.zip += performance.now() - from;
}

function parse(times) {
  const from = performance.now();
  spin(1.2);
  times.parse += performance.now() - from;
}

function sort(times, ms) {
  const from = performance.now();
  spin(ms);
  times.sort += performance.now() - from;
}

function render(times, ms) {
  const from = performance.now();
  spin(ms);
  times.render += performance.now() - from;
}

/** Each goes on until `until`. */
const PHASES = {
  async naps({ times, until }) {
    while (performance.now() < until) await nap(times, 2);
  },
  async steps({ times, until }) {
    while (performance.now() < until) {
      await turn();
      sort(times, 0.5);
      await turn();
      render(times, 1);
    }
  },
  async files({ times, until }) {
    while (performance.now() < until) await readOne(times);
  },
  async queries({ times, until }) {
    while (performance.now() < until) {
      await nap(times, 4);
      parse(times);
    }
  },
  async fetches({ times, until, url }) {
    while (performance.now() < until) await fetchOne(times, url);
  },
  async signals({ times, until }) {
    while (performance.now() < until) await signal(times);
  },
  async microtasks({ times, until }) {
    while (performance.now() < until) {
      for (let i = 0; i < 20; i++) await null;
      render(times, 0.3);
      await turn();
    }
  },
  async archives({ times, until }) {
    while (performance.now() < until) await zip(times);
  },
  async pause({ times, until }) {
    await doze(times, until - performance.now());
  },
};

/** Runs `count` phases of `ms` milliseconds or so in an order that `seed` says. */
async function inPhases(query) {
  const names = ["nap", "doze", "readOne", "fetchOne", "signal", "zip", "parse", "sort", "render"];
  const phases = Object.keys(PHASES);
  const times = Object.fromEntries([...names, ...phases].map((name) => [name, 0]));
  const next = randoms(Number(query.get("seed")));
  for (let i = 0; i < Number(query.get("count")); i++) {
    const random = next();
    const name = phases[random % phases.length];
    const from = performance.now();
    const until = from + Number(query.get("ms")) * (0.5 + ((random >>> 8) % 100) / 100);
    await PHASES[name]({ times, until, url: query.get("url") });
    times[name] += performance.now() - from;
  }
  return times;
}

serve({ "/phases": inPhases, "/others": others, "/nothing": () => null });
