// SPDX-License-Identifier: Apache-2.0
/** What `deno serve` serves; it ignores `--preload`, so the agent is imported first. */
import "./preload.ts";

export default {
  fetch: (): Response => new Response("by default"),
};
