// SPDX-License-Identifier: Apache-2.0
/** Gives whole numbers below 2³² in an order that looks random and is the same for the same `seed`. */
export function randoms(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return (state ^ (state >>> 13)) >>> 0;
  };
}
