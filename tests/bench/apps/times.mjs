// SPDX-License-Identifier: Apache-2.0
/**
 * Blocks of known length: `?plan=cpu20*5,wait20*5,bursts`. Answers with how long each took, by the function's name, in
 * milliseconds: by its own watch, as from its end to where its caller goes on may be milliseconds on a busy machine.
 */
import { serve, spin } from "./serve.mjs";

const truth = {};

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function timed(name, from) {
  truth[name] ??= [];
  truth[name].push(performance.now() - from);
}

function cpu20() {
  const from = performance.now();
  spin(20);
  timed("cpu20", from);
}
function cpu50() {
  const from = performance.now();
  spin(50);
  timed("cpu50", from);
}
function cpu100() {
  const from = performance.now();
  spin(100);
  timed("cpu100", from);
}
function cpu500() {
  const from = performance.now();
  spin(500);
  timed("cpu500", from);
}
function cpu5000() {
  const from = performance.now();
  spin(5000);
  timed("cpu5000", from);
}
async function wait20() {
  const from = performance.now();
  await sleep(20);
  timed("wait20", from);
}
async function wait50() {
  const from = performance.now();
  await sleep(50);
  timed("wait50", from);
}
async function wait100() {
  const from = performance.now();
  await sleep(100);
  timed("wait100", from);
}
async function wait500() {
  const from = performance.now();
  await sleep(500);
  timed("wait500", from);
}
async function wait5000() {
  const from = performance.now();
  await sleep(5000);
  timed("wait5000", from);
}
function burst() {
  spin(4);
}
async function bursts() {
  const begin = performance.now();
  for (let i = 0; i < 20; i++) {
    await sleep(5);
    const from = performance.now();
    burst();
    timed("burst", from);
  }
  timed("bursts", begin);
}

const BLOCKS = {
  cpu20,
  cpu50,
  cpu100,
  cpu500,
  cpu5000,
  wait20,
  wait50,
  wait100,
  wait500,
  wait5000,
  bursts,
};

async function run(query) {
  for (const name of Object.keys(truth)) delete truth[name];
  for (const step of query.get("plan").split(",")) {
    const [name, times = 1] = step.split("*");
    for (let i = 0; i < times; i++) {
      // The pause is never a multiple of the sampling interval, so blocks begin anywhere within one.
      await sleep(3 + Math.random() * 7);
      await BLOCKS[name]();
    }
  }
  return truth;
}

/** What others ask for meanwhile: it has the thread for a moment, now and then. */
async function other() {
  for (let i = 0; i < 4; i++) {
    spin(4);
    await sleep(40);
  }
}

serve({ "/times": run, "/warm": run, "/other": other });
