// SPDX-License-Identifier: Apache-2.0
import { AtomicRef } from "../base/atomic_ref.ts";
import { once } from "../base/once.ts";
import type { Timer } from "../runtime/runtime.ts";
import type { Segment } from "../trace/segment.ts";
import type { SegmentListener } from "../trace/tracer.ts";
import { FinishReporter, type FinishReporterOptions } from "./_finish_reporter.ts";
import { checkTask, endTime, overlap, type ProfileTask } from "./task.ts";
import { TaskExecutionContext, type TaskExecutionOptions } from "./task_execution_context.ts";

/** What a {@link TaskExecutionService} needs. */
export type TaskExecutionServiceOptions = TaskExecutionOptions & FinishReporterOptions;

/** The backend hands tasks out five minutes ahead, and they do not overlap: more than these is garbage. */
const MAX_ACCEPTED = 16;

/** Accepts profile tasks and runs each at its time, one at a time. No member throws. */
export class TaskExecutionService implements Pick<SegmentListener, "started" | "renamed" | "ended"> {
  /** Ends the running task and resolves when its snapshots and its end are delivered. Idempotent. */
  readonly shutdown: () => Promise<void> = once(() => this.#shutdown());
  readonly #options: TaskExecutionServiceOptions;
  readonly #reporter: FinishReporter;
  /** Tasks that wait or run, each with the timer of its next step. */
  readonly #accepted = new Map<ProfileTask, Timer | undefined>();
  readonly #current = new AtomicRef<TaskExecutionContext | undefined>(undefined);
  /** Whose sampler it is. A task that drains its last samples does not stop that of the next one. */
  readonly #armedBy = new AtomicRef<TaskExecutionContext | undefined>(undefined);
  readonly #finishing = new Set<Promise<void>>();
  #closed = false;

  constructor(options: TaskExecutionServiceOptions) {
    this.#options = options;
    this.#reporter = new FinishReporter(options);
  }

  /** Runs a task from its start time, or from now if that has passed, to its end; or refuses it and logs why. */
  execute(task: ProfileTask): void {
    const { log } = this.#options;
    if (this.#closed) return;
    const reason = this.#reasonAgainst(task);
    if (reason !== undefined) {
      log.warn(`Cannot run profile task ${task.taskId} of ${task.endpointName}: ${reason}`);
      return;
    }
    this.#accepted.set(task, undefined);
    this.#at(task, task.startTime, () => this.#begin(task));
  }

  started(segment: Segment): void {
    this.#tell((context) => context.started(segment));
  }

  renamed(segment: Segment): void {
    this.#tell((context) => context.renamed(segment));
  }

  ended(segment: Segment): void {
    this.#tell((context) => context.ended(segment));
  }

  #tell(event: (context: TaskExecutionContext) => void): void {
    const context = this.#current.get();
    if (!context) return;
    try {
      event(context);
    } catch (error) {
      this.#options.log.throttled("event", "error", () => `Cannot profile a segment: ${error}`);
    }
  }

  #reasonAgainst(task: ProfileTask): string | undefined {
    const reason = checkTask(task, this.#wallTime()) ?? this.#options.recorder.unavailable();
    if (reason !== undefined) return reason;
    for (const other of this.#accepted.keys()) {
      if (overlap(task, other)) return `it overlaps with task ${other.taskId}`;
    }
    return this.#accepted.size < MAX_ACCEPTED ? undefined : `${MAX_ACCEPTED} tasks wait already`;
  }

  /** Calls `step` at a wall time, however the clock is corrected meanwhile and however long a timer can be. */
  #at(task: ProfileTask, time: number, step: () => void): void {
    const wait = () => {
      const leftMs = time - this.#wallTime();
      if (leftMs <= 0) step();
      else this.#accepted.set(task, this.#options.timers.after(leftMs, wait));
    };
    wait();
  }

  #begin(task: ProfileTask): void {
    const { recorder, log } = this.#options;
    // Of two timers due at the same instant the next task's may come first.
    const previous = this.#current.get();
    if (previous) this.#end(previous);
    try {
      recorder.arm();
    } catch (error) {
      this.#accepted.delete(task);
      log.error(() => `Cannot run profile task ${task.taskId} of ${task.endpointName}: ${error}`);
      return;
    }
    const context = new TaskExecutionContext(task, this.#options, () => this.#disarm(context));
    this.#current.set(context);
    this.#armedBy.set(context);
    log.info(() => `Profile task ${task.taskId} of ${task.endpointName} runs`);
    this.#at(task, endTime(task), () => this.#end(context));
  }

  #end(context: TaskExecutionContext): void {
    const { task } = context;
    if (!this.#current.compareAndSet(context, undefined)) return;
    this.#accepted.get(task)?.cancel();
    this.#accepted.delete(task);
    const finished = this.#finish(context).finally(() => this.#finishing.delete(finished));
    this.#finishing.add(finished);
  }

  async #finish(context: TaskExecutionContext): Promise<void> {
    const { log } = this.#options;
    const { taskId } = context.task;
    context.stop();
    await context.settled();
    this.#disarm(context);
    log.info(() => `Profile task ${taskId} ended with ${context.sampled} segments profiled`);
    await this.#reporter.report(taskId);
  }

  #disarm(context: TaskExecutionContext): void {
    const { recorder, log } = this.#options;
    if (!this.#armedBy.compareAndSet(context, undefined)) return;
    try {
      recorder.disarm();
    } catch (error) {
      log.error(() => `Cannot stop the recorder: ${error}`);
    }
  }

  async #shutdown(): Promise<void> {
    this.#closed = true;
    this.#reporter.close();
    for (const timer of this.#accepted.values()) timer?.cancel();
    const context = this.#current.get();
    if (context) this.#end(context);
    this.#accepted.clear();
    await Promise.all(this.#finishing);
  }

  #wallTime(): number {
    const { clock } = this.#options;
    return clock.now() + clock.epochOffset();
  }
}
