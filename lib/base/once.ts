// SPDX-License-Identifier: Apache-2.0

/**
 * Makes an action run at most once: every further call gets the promise of the first, failed or not.
 * An action that throws at once rejects.
 */
export function once<T>(action: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => {
    // Started a microtask later, so that an action that comes back here finds the promise set.
    result ??= Promise.resolve().then(action);
    return result;
  };
}
