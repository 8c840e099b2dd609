// SPDX-License-Identifier: Apache-2.0

import { toFolded } from "../oap/export/folded.ts";
import { gzip } from "../oap/export/gzip.ts";
import { toPprof } from "../oap/export/pprof.ts";
import { toSpeedscope } from "../oap/export/speedscope.ts";
import type { TimedStack } from "../oap/export/timed_stack.ts";
import type { ProfiledRequest } from "./backend.ts";
import type { CallNode } from "./call_tree.ts";
import type { Terminal } from "./terminal.ts";
import { treeText } from "./tree_text.ts";

/** A profiled request with what it did. */
export interface Profile {
  readonly request: ProfiledRequest;
  readonly trees: readonly CallNode[];
  /** By time. */
  readonly stacks: readonly TimedStack[];
  /** Says that the backend did not analyse everything. */
  readonly tip?: string;
}

/** How profiles can be written. */
export type ProfileFormat = "tree" | "json" | "pprof" | "speedscope" | "folded";

/** All formats, the default one first. */
export const PROFILE_FORMATS: readonly ProfileFormat[] = ["tree", "json", "pprof", "speedscope", "folded"];

/** Writes profiles; `pprof` is binary, all else text that ends in a line break. */
export async function formatProfiles(
  format: ProfileFormat,
  profiles: readonly Profile[],
  terminal: Terminal,
): Promise<string | Uint8Array> {
  const stacks = profiles.flatMap((profile) => profile.stacks);
  switch (format) {
    case "tree":
      return profiles.map((profile) => `${treeText(profile, terminal).join("\n")}\n`).join("\n");
    case "json":
      return `${JSON.stringify(profiles.map(plain), undefined, 2)}\n`;
    case "pprof":
      return await gzip(toPprof(stacks));
    case "speedscope": {
      const recordings = profiles.map(({ request, stacks }) => ({ name: nameOf(request), stacks }));
      return `${JSON.stringify(toSpeedscope(recordings[0]?.name ?? "", recordings))}\n`;
    }
    case "folded":
      return toFolded(stacks);
  }
}

function nameOf({ endpointName, segmentId, start, end }: ProfiledRequest): string {
  return end > start ? `${endpointName} ${end - start} ms` : endpointName || segmentId;
}

/** What a script wants: the request and its trees, without what was made of them for this program. */
function plain({ request, trees, tip }: Profile): Readonly<Record<string, unknown>> {
  return { ...request, ...(tip !== undefined && { tip }), trees };
}
