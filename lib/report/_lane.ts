// SPDX-License-Identifier: Apache-2.0
import { type Backoff, backoff } from "../base/backoff.ts";
import type { Timer, Timers } from "../runtime/runtime.ts";
import { CallError } from "./call_error.ts";
import type { Outbox } from "./outbox.ts";

/** What a {@link Lane} needs. */
export interface LaneOptions<T> {
  readonly outbox: Outbox<T>;
  /** Most items of one call. */
  readonly maxBatch: number;
  /** Sends a batch. Must settle. */
  readonly send: (batch: readonly T[]) => Promise<void>;
  readonly timers: Timers;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** A batch arrived. */
  readonly onSent: () => void;
  /** A batch did not arrive, or not as far as is known. */
  readonly onFailure: (error: unknown) => void;
  /** The backend does not take this kind: what waited is gone. */
  readonly onRefused: () => void;
}

const PAUSE = { firstMs: 1_000, maxMs: 30_000, factor: 2 };

/** Sends one kind of thing, a batch at a time. No member throws or rejects. */
export class Lane<T> {
  readonly #options: LaneOptions<T>;
  readonly #pauses: Backoff;
  #pause: Timer | undefined;
  /** Whether all that waited when it began was sent. */
  #sending: Promise<boolean> | undefined;
  /** It was asked to send once more since it began. */
  #isDue = false;
  #state: "open" | "refused" | "closed" = "open";

  constructor(options: LaneOptions<T>) {
    this.#options = options;
    this.#pauses = backoff({ ...PAUSE, random: options.random });
  }

  /** Whether it is worth giving it anything. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /**
   * Sends what waits now, after what is being sent, unless there is a pause after a failure. What comes later waits
   * for the next time: a busy process would else make hundreds of small calls a second.
   */
  send(): void {
    if (this.#pause) return;
    this.#isDue = true;
    void this.#start();
  }

  /** Sends what waits, pause or not; resolves when nothing waits or it cannot be sent. */
  async flush(): Promise<void> {
    const { outbox } = this.#options;
    await this.#sending;
    while (this.isOpen && outbox.size > 0) if (!(await this.#start())) return;
  }

  /** The backend was reached otherwise: a pause has no more use. */
  resume(): void {
    this.#pause?.cancel();
    this.#pause = undefined;
  }

  /** No further batch is sent. */
  close(): void {
    this.#state = "closed";
    this.resume();
  }

  #start(): Promise<boolean> {
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  async #sendAll(): Promise<boolean> {
    const { outbox, maxBatch } = this.#options;
    do {
      this.#isDue = false;
      for (let calls = Math.ceil(outbox.size / maxBatch); calls > 0; calls--) {
        if (!(await this.#sendOne())) return false;
      }
    } while (this.#isDue);
    return true;
  }

  async #sendOne(): Promise<boolean> {
    const { outbox, maxBatch, send, onSent } = this.#options;
    if (!this.isOpen || outbox.size === 0) return true;
    try {
      await send(outbox.take(maxBatch));
    } catch (error) {
      this.#failed(error);
      return false;
    }
    outbox.settle("sent");
    this.#pauses.reset();
    this.resume();
    onSent();
    return true;
  }

  #failed(error: unknown): void {
    const { outbox, timers, onFailure, onRefused } = this.#options;
    const outcome = error instanceof CallError ? error.outcome : "unknown";
    outbox.settle(outcome === "unsent" ? "kept" : "lost");
    if (outcome === "unimplemented") {
      this.#state = "refused";
      outbox.clear();
      onRefused();
      return;
    }
    this.resume();
    // Closing ends the calls that are left: that is no failure.
    if (!this.isOpen) return;
    this.#pause = timers.after(this.#pauses.next(), () => {
      this.#pause = undefined;
    });
    onFailure(error);
  }
}
