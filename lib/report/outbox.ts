// SPDX-License-Identifier: Apache-2.0

/**
 * What became of a batch. `kept`: it was not sent and is to be taken again. `lost`: it may have arrived, and
 * must not be sent again.
 */
export type Fate = "sent" | "kept" | "lost";

/** Things that wait to be sent, bounded, those of the batch that is being sent included; `T` holds one or more. */
export interface Outbox<T> {
  /** How many things wait. */
  readonly size: number;
  /** How many will never be sent, or never be known to have arrived, since the start. */
  readonly dropped: number;
  /** The next batch, of `max` things or a few more. The one before must be settled. */
  take(max: number): readonly T[];
  /** Says what became of the batch that was taken. */
  settle(fate: Fate): void;
  /** Drops all. */
  clear(): void;
}
