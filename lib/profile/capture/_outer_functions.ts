// SPDX-License-Identifier: Apache-2.0
import { Allowance, type Limit } from "./_allowance.ts";
import { Resumptions } from "./_resumptions.ts";

/** What is captured of what begins when a function has gone on, for each level. */
const LIMIT: Limit = { burst: 240, perMs: 0.1 };
/** So many at a time. */
export const AFTER_OUTER = 48;
/** In so many milliseconds there are as many again. */
const LOOP_MS = AFTER_OUTER / LIMIT.perMs;
/** So many that wait are known, of more the last ones and so many of the outermost. */
const MAX_WAITING = 64;
const OUTERMOST = 32;
/** What a function waits for is much if so many waits were asked for meanwhile. */
const MUCH = 48;

/** Numbers within the same power of two are alike. */
export function magnitudeOf(count: number): number {
  return Math.floor(Math.log2(count));
}

/** What functions of one level have to themselves. */
interface Level {
  readonly allowance: Allowance;
  /** By the magnitude of what was asked for meanwhile. */
  readonly returns: Resumptions;
}

/**
 * Tells when a request begins something else: a function goes on that waited for much to be done. The level of one is how
 * many others wait that began to do so before it did: those further in do not use up what there is for those further out,
 * as a stream alone begins something else all the time.
 */
export class OuterFunctions {
  /** How many waits had been asked for as each began to wait, in order. */
  readonly #waiting: number[] = [];
  readonly #levels: Level[] = [];

  /** An outer function of a run waits; the outermost is told of first. */
  wait(asked: number): void {
    this.#waiting.push(asked);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.splice(OUTERMOST, 1);
  }

  /** Whether one that was told of by {@link OuterFunctions.wait} still waits, as far as it is known. */
  isWaiting(asked: number): boolean {
    return this.#waiting.includes(asked);
  }

  /**
   * One that waits goes on.
   *
   * @param asked how many waits had been asked for when it began to wait
   * @param meanwhile how many were since
   * @param at milliseconds
   * @returns what may be captured of what begins now; `undefined` if nothing does, or if it is a loop that goes on
   */
  goOn(asked: number, meanwhile: number, at: number): Allowance | undefined {
    const index = this.#waiting.lastIndexOf(asked);
    this.#waiting.splice(index, 1);
    if (meanwhile <= MUCH) return undefined;
    const { allowance, returns } = this.#levelOf(index, at);
    allowance.refill(at, 1);
    const isNew = returns.isNew(magnitudeOf(meanwhile), () => at, allowance.isPlenty);
    return isNew || allowance.isPlenty ? allowance : undefined;
  }

  #levelOf(index: number, at: number): Level {
    this.#levels[index] ??= { allowance: new Allowance(LIMIT, at), returns: new Resumptions(LOOP_MS) };
    return this.#levels[index];
  }
}
