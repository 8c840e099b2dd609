// SPDX-License-Identifier: Apache-2.0
/** Rejects what nobody handles after a stack was seen to be used up, in the way that its argument names. */
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { createOverflowGuard } from "../../lib/runtime/_jsc_overflow.ts";

function usedUp(): unknown {
  try {
    return usedUp();
  } catch (error) {
    return error;
  }
}

function hear(reason: unknown): void {
  process.stdout.write(`heard ${reason}\n`);
}

const ways: Readonly<Record<string, (see: () => void) => void | Promise<void>>> = {
  "for want of stack"(see) {
    see();
    void Promise.reject(usedUp());
  },
  async "for want of stack, twice"(see) {
    for (let time = 0; time < 2; time++) {
      see();
      void Promise.reject(usedUp());
      await sleep(20);
    }
  },
  "for another reason"(see) {
    see();
    void Promise.reject(new Error("another reason"));
  },
  async "for want of stack, unseen"(see) {
    see();
    await sleep(20);
    void Promise.reject(usedUp());
  },
  "while it listens"(see) {
    process.on("unhandledRejection", hear);
    see();
    void Promise.reject(usedUp());
  },
  "for another reason, as it begins to listen"(see) {
    see();
    process.on("unhandledRejection", hear);
    void Promise.reject(new Error("another reason"));
  },
};

const guard = createOverflowGuard();
await ways[process.argv[2] ?? ""]?.(() => guard.saw(usedUp()));
await sleep(20);
process.stdout.write(`alive, ${process.listenerCount("unhandledRejection")} listen\n`);
