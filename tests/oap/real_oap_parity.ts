// SPDX-License-Identifier: Apache-2.0
/**
 * Sends the same to the embedded backend and to a real one, and compares what they answer, element by element.
 *
 *     bun tests/oap/real_oap_parity.ts --grpc 127.0.0.1:11800 --graphql http://127.0.0.1:12800/graphql [--seed 7]
 *
 * Ends with 1 on a difference. It takes some 10 s, or 20 s on a backend that was just started, as a real one tells agents
 * of a task within 10 s. `TZ` has to name the backend's time zone. There it has to be the day on which the backend was
 * started, and at least a quarter past midnight: see `startRealOap` in `tests/oap_e2e/real_oap.ts`.
 */

import { parseArgs } from "node:util";
import { startOap } from "../../lib/oap/mod.ts";
import { compareAnalyses } from "./parity/analyses.ts";
import { Comparison } from "./parity/comparison.ts";
import { compareSegments } from "./parity/segments.ts";
import { compareCommands, compareCreations } from "./parity/tasks.ts";
import { compareTraceLists } from "./parity/trace_list.ts";
import { grpcClient } from "./support.ts";

const { values } = parseArgs({
  options: { grpc: { type: "string" }, graphql: { type: "string" }, seed: { type: "string", default: "7" } },
});
const [host, port] = (values.grpc ?? "").split(":");
if (!host || !port || values.graphql === undefined) {
  process.stderr.write("Usage: bun tests/oap/real_oap_parity.ts --grpc HOST:PORT --graphql URL [--seed N]\n");
  process.exit(2);
}
const embedded = await startOap();
const comparison = new Comparison(
  { url: values.graphql, agent: grpcClient(Number(port), host) },
  { url: `http://127.0.0.1:${embedded.restPort}/graphql`, agent: grpcClient(embedded.grpcPort) },
  Number(values.seed),
);
await compareCreations(comparison);
await compareAnalyses(comparison);
await compareSegments(comparison);
await compareTraceLists(comparison);
await compareCommands(comparison);
await embedded.close();
const { compared, different } = comparison;
process.stdout.write(`seed ${values.seed}: ${compared} compared, ${different} different\n`);
process.exit(different === 0 ? 0 : 1);
