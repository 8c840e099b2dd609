// SPDX-License-Identifier: Apache-2.0
/**
 * Tells how long the event loop was blocked: a timer of 1 ms that comes late, less the time for which the system
 * had taken the thread off the CPU. Late is what comes after the usual time, because Deno calls it every 2 ms. `/blocks` answers with the longest ones, in milliseconds, and forgets them.
 */
import { readFileSync } from "node:fs";
import { serve, spin } from "./serve.mjs";

const NOTICED_MS = 0.3;
/** So many turns of the timer tell what is usual. */
const USUAL = 300;
const periods = [];
let blocks = [];

/** How long this thread has waited for a CPU, in milliseconds. */
function stolen() {
  return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[1]) / 1e6;
}

let last = performance.now();
let before = stolen();
setInterval(() => {
  const now = performance.now();
  const after = stolen();
  const period = now - last - (after - before);
  // Reading takes time, too: it is not to count.
  before = after;
  last = performance.now();
  if (periods.length < USUAL) {
    periods.push(period);
    periods.sort((a, b) => a - b);
    return;
  }
  const late = period - periods[USUAL / 2];
  if (late > NOTICED_MS) blocks.push(late);
}, 1);

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function inner() {
  await sleep(20);
  spin(0.2);
}

/** A request that waits and runs, never for long. */
async function request() {
  for (let i = 0; i < 20; i++) await inner();
}

serve({
  "/blocks": () => {
    const told = blocks.sort((a, b) => b - a).slice(0, 20);
    blocks = [];
    return told;
  },
  "/request": request,
});
