// SPDX-License-Identifier: Apache-2.0
/** What `bun run` serves by itself. */
export default {
  port: 0,
  hostname: "127.0.0.1",
  fetch: (): Response => new Response("by default"),
};
