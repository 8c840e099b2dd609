// SPDX-License-Identifier: Apache-2.0
import type { Flow, Wait } from "./runtime.ts";

// A callback that never returns to its `after` (an exception the host handles) must not grow the stack.
const MAX_NESTING = 1000;

/** What the event loop calls, and in whose name. */
class Hold {
  /** The resource or promise that calls back, or what a caller of {@link Holds.push} gave for one. */
  key: unknown;
  flow: Flow | undefined;
  /** What has ended by this. */
  wait: Wait | undefined;
  /** By what the code that runs was registered. */
  origin: Wait | undefined;
  holder: string | undefined;
}

/**
 * What has the thread, and below it what had it before, as callbacks may run within each other. Each hold is used again:
 * they change many times a request.
 */
export class Holds {
  readonly #holds: Hold[] = [new Hold()];
  #depth = 0;
  #top = this.#at(0);

  /** What has the thread. */
  get top(): Readonly<Hold> {
    return this.#top;
  }

  push(
    key: unknown,
    flow: Flow | undefined,
    wait: Wait | undefined,
    origin: Wait | undefined,
    holder: string | undefined,
  ): void {
    if (this.#depth < MAX_NESTING) this.#depth++;
    // V8 takes its time where more is read than there is.
    if (this.#depth === this.#holds.length) this.#holds.push(new Hold());
    const hold = this.#at(this.#depth);
    hold.key = key;
    hold.flow = flow;
    hold.wait = wait;
    hold.origin = origin;
    hold.holder = holder;
    this.#top = hold;
  }

  /** Back to what had the thread before `key`; `false` if `key` is not known. */
  pop(key: unknown): boolean {
    let depth = this.#depth;
    while (depth > 0 && this.#at(depth).key !== key) depth--;
    // Hooks that were switched on inside a callback see its `after` without its `before`.
    if (depth === 0) return false;
    this.#depth = depth - 1;
    this.#top = this.#at(this.#depth);
    return true;
  }

  #at(depth: number): Hold {
    return this.#holds[depth] as Hold;
  }
}
