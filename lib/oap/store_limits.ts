// SPDX-License-Identifier: Apache-2.0

/** What a store holds at most; what is older goes. */
export interface StoreLimits {
  /** @default 20000 */
  readonly segments: number;
  /** @default 200000 */
  readonly snapshots: number;
  /** Characters of segments, and as many of stacks. @default 64000000 */
  readonly chars: number;
  /** @default 1000 */
  readonly tasks: number;
  /** For each task. @default 1000 */
  readonly logs: number;
  /** @default 1000 */
  readonly services: number;
  /** Of all services together. @default 10000 */
  readonly instances: number;
  /** Of all services together. @default 10000 */
  readonly endpoints: number;
}

/** The kinds of things that a store counts the drops of. */
export type Stored = Exclude<keyof StoreLimits, "chars">;

export const DEFAULT_LIMITS: StoreLimits = {
  segments: 20_000,
  snapshots: 200_000,
  chars: 64_000_000,
  tasks: 1000,
  logs: 1000,
  services: 1000,
  instances: 10_000,
  endpoints: 10_000,
};
