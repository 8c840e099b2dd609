// SPDX-License-Identifier: Apache-2.0
import { CommandService } from "./command/command_service.ts";
import { Dispatcher } from "./command/dispatcher.ts";
import type { Config } from "./config.ts";
import type { Logger } from "./log.ts";
import { createRecorder } from "./profile/recorder.ts";
import type { ThreadSnapshot } from "./profile/snapshot.ts";
import { TaskExecutionService } from "./profile/task_execution_service.ts";
import type { ProfileClient } from "./report/profile_client.ts";
import type { Runtime } from "./runtime/runtime.ts";
import type { Tracer } from "./trace/tracer.ts";

/** What profiling works with. */
export interface ProfilingOptions {
  readonly runtime: Runtime;
  readonly config: Config;
  readonly log: Logger;
  readonly tracer: Tracer;
  readonly client: ProfileClient;
  /** Takes the snapshots of one segment. */
  readonly sink: (snapshots: readonly ThreadSnapshot[]) => void;
}

/** The part of the agent that fetches profile tasks and runs them. */
export interface Profiling {
  /** Begins to ask the backend. */
  start(): void;
  /** Resolves when the snapshots of the running task, and its end, are delivered. Idempotent. */
  shutdown(): Promise<void>;
}

/** Wraps what has to be wrapped before the app loads, and follows the requests from now on. */
export function createProfiling(options: ProfilingOptions): Profiling {
  const { runtime, config, log, tracer, client, sink } = options;
  const { clock, timers, tracker } = runtime;
  const taskLog = log.child("profile");
  const tasks = new TaskExecutionService({
    clock,
    timers,
    random: Math.random,
    log: taskLog,
    recorder: createRecorder({ runtime, log: taskLog, currentSegment: () => tracer.current()?.segment }),
    maxParallel: config.profileMaxParallel,
    maxWatchMs: config.profileDurationMs,
    maxDepth: config.profileDumpMaxStackDepth,
    sink,
    reportFinish: (taskId) => client.reportTaskFinish(taskId),
  });
  const commandLog = log.child("command");
  const commands = new CommandService({
    fetch: (lastCommandTime) => client.fetchCommands(lastCommandTime),
    dispatcher: new Dispatcher({ profileTask: (command) => tasks.execute(command) }, commandLog),
    intervalMs: config.getProfileTaskIntervalMs,
    clock,
    timers,
    random: Math.random,
    log: commandLog,
  });
  tracker.install();
  const stopListening = tracer.addListener({
    started: (segment) => tasks.started(segment),
    entered: (segment) => tracker.enter(segment),
    left: (segment) => tracker.leave(segment),
    renamed: (segment) => tasks.renamed(segment),
    ended: (segment) => tasks.ended(segment),
  });
  return {
    start: () => commands.start(),
    async shutdown() {
      commands.stop();
      await tasks.shutdown();
      stopListening();
    },
  };
}
