// SPDX-License-Identifier: Apache-2.0
/**
 * Blocks of known length: `?plan=cpu20*5,wait20*5,bursts`. Answers with how long each took, by the function's name, in
 * milliseconds.
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
  spin(20);
}
function cpu50() {
  spin(50);
}
function cpu100() {
  spin(100);
}
function cpu500() {
  spin(500);
}
function cpu5000() {
  spin(5000);
}
async function wait20() {
  await sleep(20);
}
async function wait50() {
  await sleep(50);
}
async function wait100() {
  await sleep(100);
}
async function wait500() {
  await sleep(500);
}
async function wait5000() {
  await sleep(5000);
}
function burst() {
  spin(4);
}
async function bursts() {
  for (let i = 0; i < 20; i++) {
    await sleep(5);
    const from = performance.now();
    burst();
    timed("burst", from);
  }
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
      const from = performance.now();
      await BLOCKS[name]();
      timed(name, from);
    }
  }
  return truth;
}

serve({ "/times": run, "/warm": run });
