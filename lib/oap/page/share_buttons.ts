// SPDX-License-Identifier: Apache-2.0

import { type ComponentChild, h } from "preact";
import { gzip } from "../export/gzip.ts";
import { toPprof } from "../export/pprof.ts";
import { toSpeedscope } from "../export/speedscope.ts";
import type { StackSnapshot, TimedStack } from "../export/timed_stack.ts";
import type { ProfiledRequest } from "./api.ts";
import { CopyButton } from "./copy_button.ts";

interface Props {
  readonly name: string;
  /** What is seen now. */
  readonly link: string;
  readonly segmentId: string;
  readonly request: ProfiledRequest;
  readonly snapshots: readonly StackSnapshot[];
  readonly stacks: readonly TimedStack[];
}

/** Takes the request elsewhere: its link, and its recording in the formats of other tools. */
export function ShareButtons({ name, link, segmentId, request, snapshots, stacks }: Props): ComponentChild {
  const formats: readonly (readonly [title: string, end: string, make: () => Promise<Blob>])[] = [
    ["JSON", "json", async () => json({ request, snapshots })],
    ["pprof", "pb.gz", async () => new Blob([await gzip(toPprof(stacks))], { type: "application/gzip" })],
    ["speedscope", "speedscope.json", async () => json(toSpeedscope(name, [{ name, stacks }]))],
  ];
  return h(
    "div",
    { class: "buttons", role: "group", "aria-label": "Share" },
    h(CopyButton, { text: link, label: "Copy link" }),
    formats.map(([title, end, make]) =>
      h(
        "button",
        {
          type: "button",
          class: "quiet",
          key: title,
          "aria-label": `Download ${title}`,
          onClick: async () => download(`profile-${segmentId}.${end}`, await make()),
        },
        `↓ ${title}`,
      ),
    ),
  );
}

function json(value: unknown): Blob {
  return new Blob([JSON.stringify(value)], { type: "application/json" });
}

/** A file of that name appears among the downloads. */
function download(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  // Ids may have any character.
  link.download = name.replace(/[^\w.-]+/g, "_");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
