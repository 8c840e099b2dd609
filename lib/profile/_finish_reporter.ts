// SPDX-License-Identifier: Apache-2.0
import { backoff } from "../base/backoff.ts";
import type { Logger } from "../log.ts";
import type { Timers } from "../runtime/runtime.ts";

/** What a {@link FinishReporter} needs. */
export interface FinishReporterOptions {
  /** Tells the backend that this instance is done with a task. Must settle. */
  readonly reportFinish: (taskId: string) => Promise<void>;
  readonly timers: Timers;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly log: Logger;
}

/** With pauses of 1, 2, 4 and 8 s: a restart of the backend is survived, a loss is not waited for. */
const MAX_TRIES = 5;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;

/** Reports the ends of tasks, a few times if need be. */
export class FinishReporter {
  readonly #options: FinishReporterOptions;
  /** Ends the pauses that are being made. */
  readonly #wake = new Set<() => void>();
  #closing = false;

  constructor(options: FinishReporterOptions) {
    this.#options = options;
  }

  /** Resolves when the backend knows, or never will. Never rejects. */
  async report(taskId: string): Promise<void> {
    const { reportFinish, random, log } = this.#options;
    const pauses = backoff({ firstMs: FIRST_PAUSE_MS, maxMs: MAX_PAUSE_MS, factor: 2, random });
    for (let tries = 1; ; tries++) {
      try {
        return await reportFinish(taskId);
      } catch (error) {
        if (tries === MAX_TRIES || this.#closing) {
          log.warn(() => `Cannot report the end of profile task ${taskId}: ${error}`);
          return;
        }
      }
      await this.#sleep(pauses.next());
    }
  }

  /** From now on a report is tried once more at most, without a pause. */
  close(): void {
    this.#closing = true;
    for (const wake of this.#wake) wake();
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.timers.after(ms, () => wake());
      const wake = () => {
        timer.cancel();
        this.#wake.delete(wake);
        resolve();
      };
      this.#wake.add(wake);
    });
  }
}
