// SPDX-License-Identifier: Apache-2.0

import { askFor } from "../support.ts";
import { byKey, type Comparison } from "./comparison.ts";
import { type Recording, recordingOf, windowOf } from "./data.ts";

interface Tree {
  readonly elements: readonly { readonly codeSignature: string }[];
}

async function compareAnalysis(
  comparison: Comparison,
  name: string,
  queries: readonly unknown[],
): Promise<void> {
  await comparison.settled(name, async (side) => {
    const { tip, trees } = await askFor<{ tip: string | null; trees: Tree[] }>(
      side.url,
      `query($q: [SegmentProfileAnalyzeQuery!]!) { getSegmentsProfileAnalyze(queries: $q) {
        tip trees { elements { id parentId codeSignature duration durationChildExcluded count } }
      } }`,
      { q: queries },
    );
    // A real backend leaves the order of the trees to a hash.
    return { tip, trees: byKey(trees, ({ elements }) => elements[0]?.codeSignature ?? "") };
  });
}

/** Call trees of random recordings, whole and in parts, and of one beyond the limit. */
export async function compareAnalyses(comparison: Comparison): Promise<void> {
  const { noon, random } = comparison;
  const tasks = await comparison.createTasks("analysis");
  const recordings = Array.from({ length: 30 }, (_, index) =>
    recordingOf(random, comparison.name(`recording-${index}`), noon - 1000 + index, 1 + random(120)),
  );
  const long = recordingOf(random, comparison.name("long"), noon, 12_100);
  await comparison.sendRecordings(tasks, [...recordings, long]);
  const queryOf = (recording: Recording) => ({
    segmentId: recording.segmentId,
    timeRange: windowOf(random, recording),
  });
  const wholeOf = ({ segmentId, start, end }: Recording) => ({ segmentId, timeRange: { start, end } });
  await compareAnalysis(comparison, "analysis beyond the limit", [wholeOf(long)]);
  const half = Math.floor((long.start + long.end) / 2);
  await compareAnalysis(comparison, "analysis of halves beyond the limit", [
    { segmentId: long.segmentId, timeRange: { start: long.start, end: half } },
    { segmentId: long.segmentId, timeRange: { start: half + 1, end: long.end } },
  ]);
  for (const recording of recordings) {
    await compareAnalysis(comparison, `analysis of ${recording.segmentId}`, [wholeOf(recording)]);
    for (let n = 0; n < 4; n++)
      await compareAnalysis(comparison, `window of ${recording.segmentId}`, [queryOf(recording)]);
    await compareAnalysis(comparison, `windows of ${recording.segmentId}`, [
      queryOf(recording),
      queryOf(recording),
    ]);
    const other = recordings[random(recordings.length)] ?? recording;
    await compareAnalysis(comparison, `${recording.segmentId} with ${other.segmentId}`, [
      queryOf(recording),
      queryOf(other),
    ]);
  }
}
