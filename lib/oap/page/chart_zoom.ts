// SPDX-License-Identifier: Apache-2.0

/** The part of a chart that fills its width, in milliseconds since it begins. */
export type Zoom = readonly [from: number, to: number];

/** The shortest part: below a millisecond the snapshots tell nothing. */
const MIN_MS = 0.5;

/** A zoom within a chart; without one, all of it. */
export function clampZoom(zoom: Zoom | undefined, length: number): Zoom {
  if (!zoom) return [0, length];
  const span = Math.min(length, Math.max(MIN_MS, zoom[1] - zoom[0]));
  const from = Math.min(Math.max(0, zoom[0]), length - span);
  return [from, from + span];
}

/**
 * Zooms in (`factor` below 1) or out.
 *
 * @param at what stays where it is, from 0 at the left to 1 at the right
 */
export function zoomed([from, to]: Zoom, length: number, factor: number, at: number = 0.5): Zoom {
  const span = Math.min(length, Math.max(MIN_MS, (to - from) * factor));
  const still = from + (to - from) * at;
  return clampZoom([still - span * at, still + span * (1 - at)], length);
}

/** Moves to the right by a share of what is seen, or to the left. */
export function panned([from, to]: Zoom, length: number, share: number): Zoom {
  const by = (to - from) * share;
  return clampZoom([from + by, to + by], length);
}
