// SPDX-License-Identifier: Apache-2.0

import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import type { Oap } from "../oap/mod.ts";
import { agentFile } from "./agent_file.ts";
import { type AppProcess, startApp } from "./app_process.ts";
import { Backend, type ProfiledRequest } from "./backend.ts";
import { CliError, EXIT_FAILED, messageOf } from "./cli_error.ts";
import { planLaunch } from "./launch.ts";
import { Progress, refuseBinary, writeResult } from "./output.ts";
import { formatProfiles, type ProfileFormat } from "./profile_format.ts";
import { createTaskOf, profileOf, type TaskOptions } from "./profile_queries.ts";
import { outputTerminal } from "./terminal.ts";
import { counted, plainText } from "./text.ts";

interface Options extends TaskOptions {
  readonly format: ProfileFormat;
  readonly output?: string;
}

const POLL_MS = 200;
const MINUTE_MS = 60_000;

/** The agent sends every half a second: who brought nothing for longer has sent all. */
const SETTLE_MS = 1_500;

/** An app that has not ended by then is killed. */
const END_MS = 5_000;
const END_POLL_MS = 50;

/** As shells have it for ^C. */
const EXIT_INTERRUPTED = 130;

/** `profile run`: profiles an app with a backend of its own, prints the result and ends the app. */
export async function profileApp(command: readonly string[], options: Options): Promise<void> {
  refuseBinary(options.format, options.output);
  const launch = planLaunch(command, agentFile(import.meta.url), process.env);
  for (const note of launch.notes) tell(note);
  const stop = stopOnSignals();
  const oap = await startBackend();
  try {
    const backend = new Backend(`http://127.0.0.1:${oap.restPort}/graphql`);
    const taskId = await createTaskOf(backend, options);
    const app = await startApp(launch, { env: settingsOf(options, oap), output: "stderr", ownGroup: true });
    let requests: ProfiledRequest[];
    try {
      stop.watch(app);
      requests = await waitFor(oap, backend, taskId, options, stop);
    } finally {
      await endApp(app);
    }
    if (requests.length === 0) throw await nothing(backend, options);
    const profiles = await Promise.all(requests.map((request) => profileOf(backend, request)));
    await writeResult(await formatProfiles(options.format, profiles, outputTerminal()), options.output);
  } finally {
    stop.release();
    await oap.close();
  }
}

/** Whatever backend the environment names, the app is to report to this one. */
function settingsOf({ service }: Options, { grpcPort }: Oap): Record<string, string> {
  return {
    SW_AGENT_NAME: service,
    SW_AGENT_COLLECTOR_BACKEND_SERVICES: `127.0.0.1:${grpcPort}`,
    SW_AGENT_COLLECTOR_GET_PROFILE_TASK_INTERVAL: "1",
    SW_AGENT_PROTOCOL: "grpc",
    SW_AGENT_FORCE_TLS: "false",
  };
}

async function startBackend(): Promise<Oap> {
  const { startOap } = await import("../oap/mod.ts");
  try {
    return await startOap();
  } catch (error) {
    throw new CliError(`Cannot start the backend: ${messageOf(error)}`);
  }
}

interface Stop {
  /** Why to wait no longer; `undefined` as long as there is no reason. */
  reason: string | undefined;
  /** Also stops when this app ends, and takes it along when this process is told to end at once. */
  watch(app: AppProcess): void;
  /** Leaves the signals alone again. */
  release(): void;
}

const SIGNALS: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Notes that this process is told to end: the second time it does so at once. */
function stopOnSignals(): Stop {
  let app: AppProcess | undefined;
  let isInterrupted = false;
  const stop: Stop = {
    reason: undefined,
    watch(started) {
      app = started;
      started.exited.then((code) => {
        stop.reason ??= `the app has ended with ${code}`;
      });
    },
    release() {
      for (const signal of SIGNALS) process.removeListener(signal, interrupt);
    },
  };
  function interrupt(): void {
    if (isInterrupted) {
      app?.kill("SIGKILL");
      process.exit(EXIT_INTERRUPTED);
    }
    isInterrupted = true;
    stop.reason ??= "interrupted";
  }
  for (const signal of SIGNALS) process.on(signal, interrupt);
  return stop;
}

/** Waits until as many requests as asked for are profiled and all of them is there, or there is a reason to stop. */
async function waitFor(
  oap: Oap,
  backend: Backend,
  taskId: string,
  { endpoint, samples, duration }: Options,
  stop: Stop,
): Promise<ProfiledRequest[]> {
  // The app writes there, too.
  const progress = new Progress(true);
  const end = Date.now() + duration * MINUTE_MS;
  let size = 0;
  let changedAt = Date.now();
  let isStopping = false;
  for (;;) {
    const requests = await backend.requests(taskId);
    const ids = oap.store.profiledSegmentIds(taskId);
    const found = ids.reduce((sum, id) => sum + oap.store.snapshots(id).length, requests.length);
    if (stop.reason === undefined && Date.now() > end) stop.reason = `${duration} minutes are over`;
    if (found !== size || isStopping !== (stop.reason !== undefined)) changedAt = Date.now();
    size = found;
    isStopping = stop.reason !== undefined;
    const hasTask = oap.store.taskLogs(taskId).length > 0;
    progress.update(
      hasTask
        ? `sw-agent: profiling ${endpoint}: ${requests.length} of ${counted(samples, "request")}`
        : "sw-agent: waiting for the app to take the task",
    );
    const isSettled = Date.now() - changedAt >= SETTLE_MS;
    if (requests.length >= samples && isSettled) return requests;
    if (stop.reason !== undefined && isSettled) {
      tell(`${stop.reason} after ${requests.length} of ${counted(samples, "request")}`);
      return requests;
    }
    await sleep(POLL_MS);
  }
}

/** Ends the app as a service manager would, with all that it started. */
async function endApp(app: AppProcess): Promise<void> {
  app.kill("SIGTERM");
  const end = Date.now() + END_MS;
  while (app.isAlive() && Date.now() < end) await sleep(END_POLL_MS);
  app.kill("SIGKILL");
  await app.exited;
}

async function nothing(backend: Backend, { service, endpoint, threshold }: Options): Promise<CliError> {
  const seen = await backend.endpoints(service);
  const fast = threshold > 0 ? `took no longer than ${threshold} ms, ` : "";
  const reason = seen.includes(endpoint)
    ? `its requests came before the task, ${fast}or the agent could not run it`
    : `no request of it has ended${seen.length > 0 ? `; there were ${seen.join(", ")}` : ""}`;
  return new CliError(plainText(`Cannot show a profile of ${endpoint}: ${reason}`), EXIT_FAILED);
}

function tell(line: string): void {
  process.stderr.write(`sw-agent: ${plainText(line)}\n`);
}
