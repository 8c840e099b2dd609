// SPDX-License-Identifier: Apache-2.0

/** What `action` gives; `undefined` if it throws, as what a runtime refuses, or has not, does. */
export function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
