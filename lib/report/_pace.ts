// SPDX-License-Identifier: Apache-2.0
import type { Clock, Timers } from "../runtime/runtime.ts";

/** What a {@link Pace} is measured by. */
export interface PaceOptions {
  readonly clock: Pick<Clock, "now">;
  readonly timers: Pick<Timers, "turn">;
}

/** The longest time the thread is held at once, in milliseconds, of which the last message may take a part more. */
const SLICE_MS = 0.4;

/** Lets the app have the thread while many messages are sent. */
export class Pace {
  readonly #options: PaceOptions;
  #since: number;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#since = options.clock.now();
  }

  /** Whether it is time to {@link Pace.rest}. */
  get isTired(): boolean {
    return this.#options.clock.now() - this.#since > SLICE_MS;
  }

  async rest(): Promise<void> {
    await this.#options.timers.turn();
    this.#since = this.#options.clock.now();
  }
}
