// SPDX-License-Identifier: Apache-2.0
/** Sends requests from a process of its own: the options of autocannon as JSON in, its result as JSON out. */
import process from "node:process";
import autocannon from "autocannon";

const { latency, requests, errors, non2xx } = await autocannon(JSON.parse(process.argv[2]));
process.stdout.write(
  JSON.stringify({ p50: latency.p50, p99: latency.p99, sent: requests.total, errors, non2xx }),
);
