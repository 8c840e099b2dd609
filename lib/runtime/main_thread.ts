// SPDX-License-Identifier: Apache-2.0

/** Whether this is not a worker thread. The isolates of `deno serve --parallel` are main threads, each of its own. */
export function isMainThread(): boolean {
  return process.getBuiltinModule?.("node:worker_threads")?.isMainThread ?? true;
}
