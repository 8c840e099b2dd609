// SPDX-License-Identifier: Apache-2.0

/** Work in small steps: whoever drives it may let the thread go after each. */
export type Steps<T = void> = Generator<void, T, void>;

/** Does all steps at once. */
export function finished<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
