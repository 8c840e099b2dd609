// SPDX-License-Identifier: Apache-2.0

/**
 * Makes ids of traces and segments: unique among all processes, a counter away from each other.
 *
 * @returns a function that gives the next id, opaque and well below the 150 characters the backend stores
 */
export function createIdSource(): () => string {
  const prefix = `${crypto.randomUUID().replaceAll("-", "")}.`;
  let last = 0;
  return () => prefix + ++last;
}
