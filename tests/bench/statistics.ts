// SPDX-License-Identifier: Apache-2.0
/** What came of a measurement. */
export interface Reading {
  readonly value: number;
  /** The quartiles, where it was taken several times. */
  readonly spread?: readonly [low: number, high: number];
  /** How often it was taken. */
  readonly runs?: number;
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The median with its quartiles. */
export function typical(values: readonly number[]): Reading {
  return {
    value: median(values),
    spread: [quantile(values, 0.25), quantile(values, 0.75)],
    runs: values.length,
  };
}

/** The mean with its standard error on either side: what shows a bias. */
export function biasOf(errors: readonly number[]): Reading {
  const center = mean(errors);
  const variance = sum(errors.map((error) => (error - center) ** 2)) / Math.max(1, errors.length - 1);
  const error = Math.sqrt(variance / errors.length);
  return { value: center, spread: [center - error, center + error], runs: errors.length };
}

/** By how much `y` grows with each `x`, by least squares. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const meanX = mean(points.map(([x]) => x));
  const meanY = mean(points.map(([, y]) => y));
  const over = sum(points.map(([x, y]) => (x - meanX) * (y - meanY)));
  return over / sum(points.map(([x]) => (x - meanX) ** 2));
}
