// SPDX-License-Identifier: Apache-2.0
/**
 * Sends requests from a process of its own: the options of autocannon as JSON in, its result as JSON out. Its own
 * percentiles are whole milliseconds, so they are taken from what it tells of each response.
 */
import process from "node:process";
import autocannon from "autocannon";

const times = [];
const { requests, errors, non2xx } = await new Promise((resolve, reject) => {
  const load = autocannon(JSON.parse(process.argv[2]), (error, result) =>
    error ? reject(error) : resolve(result),
  );
  load.on("response", (_client, _status, _bytes, ms) => times.push(ms));
});
times.sort((a, b) => a - b);
const p99 = times[Math.floor(times.length * 0.99)];
process.stdout.write(JSON.stringify({ p99, sent: requests.total, errors, non2xx }));
