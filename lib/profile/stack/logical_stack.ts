// SPDX-License-Identifier: Apache-2.0

import type { Steps } from "../../base/steps.ts";
import type { Frame, StackReader, Wait } from "../../runtime/runtime.ts";
import type { Call, CodeSignatures } from "../code/code_signature.ts";
import { KnownCallers } from "./_known_callers.ts";
import { EMPTY, type Stack, stackOf } from "./_own_stack.ts";
import { awaiting, goingOn, isThenable } from "./_thenables.ts";
import { below, givenTo, graft, isSamePlace } from "./callers.ts";
import { Novelty } from "./novelty.ts";

/** What is in the place of a trace that was read. */
class Told {
  readonly stack: Stack;

  constructor(stack: Stack) {
    this.stack = stack;
  }
}
/** While what registered a wait is read. */
const UNTOLD = new Told(EMPTY);

/** Waits before one that are read for its sake; what registered those before is looked for among what is known. */
const MAX_ANCESTORS = 512;
/** How far back that is looked for. */
const MAX_STEPS_BACK = 10_000;

/** So many of the awaits of a run may tell who awaits an object: those of its callers come first. */
const MAX_AWAITS = 32;

/** `then`, `catch` and `finally`, which look at a promise as `await` does, but below the function that calls them. */
const CHAINING = "Promise.";

/** Reads the stacks of one recording, each at most once. */
export class LogicalStacks {
  readonly #reader: Pick<StackReader, "frames" | "tellsCallers">;
  readonly #signatures: CodeSignatures;
  /** By the frames, of which those of one stack are one array. */
  readonly #own = new WeakMap<readonly Frame[], Stack>();
  /** Waits whose parents are a guess, which is good for the app's code alone, with what else may stand for them. */
  readonly #adopted = new WeakMap<Wait, Wait | undefined>();
  /** Of the waits' stacks: it says whether the flow does something new. */
  readonly novelty = new Novelty();
  readonly #known = new KnownCallers();
  /** The first awaits of the run in which each was registered, where stacks do not tell their callers. */
  readonly #awaits = new WeakMap<Wait, readonly Wait[]>();

  constructor(reader: Pick<StackReader, "frames" | "tellsCallers">, signatures: CodeSignatures) {
    this.#reader = reader;
    this.#signatures = signatures;
  }

  /** The whole chain of callers at a wait's registration, asynchronous ones included. */
  ofWait(wait: Wait | undefined): Stack {
    if (!wait) return EMPTY;
    // Whoever has time for it reads in steps before, and finds it here.
    if (!isRead(wait)) for (const _ of this.read(wait));
    return wait.trace instanceof Told ? wait.trace.stack : EMPTY;
  }

  /**
   * Puts the frames in the place of a wait's trace, which would live until the collector has moved it twice. What
   * they say is read later, in the order in which it is told.
   */
  unpack(wait: Wait): void {
    if (!isRead(wait)) wait.trace = this.#framesOf(wait);
  }

  /** These were registered in one run. */
  together(waits: readonly Wait[]): void {
    if (this.#reader.tellsCallers) return;
    const awaits = waits.filter(({ kind }) => kind === "await").slice(0, MAX_AWAITS);
    for (const wait of waits) if (!isRead(wait)) this.#awaits.set(wait, awaits);
  }

  /**
   * Takes `woken`, or else what was registered in the same run, for what woke the code that registered a wait, where that
   * is not known.
   *
   * @param placed the last wait that has woken the flow and tells where, should that one not
   */
  adopt(wait: Wait, woken: Wait | undefined, placed: Wait | undefined): void {
    if (wait.parent || !woken || isRead(wait)) return;
    wait.parent = woken;
    this.#adopted.set(wait, placed);
  }

  /** Reads a wait, and before it what registered it, in steps of one stack at most. */
  *read(wait: Wait | undefined): Steps {
    const unread: Wait[] = [];
    for (let each = wait; each && !isRead(each); each = each.called ?? each.parent ?? each.cause) {
      if (unread.includes(each)) break; // a wait that is its own ancestor
      if (unread.length === MAX_ANCESTORS) {
        this.#loosen(unread);
        break;
      }
      unread.push(each);
    }
    for (let each = unread.pop(); each; each = unread.pop()) {
      const frames = this.#framesOf(each);
      each.trace = frames;
      yield* this.prepare(frames);
      if (isThenable(this.of(frames).calls)) yield* this.#prepareAwaits(each);
      this.#put(each, this.of(frames));
      yield;
    }
  }

  #framesOf({ trace }: Wait): readonly Frame[] {
    if (Array.isArray(trace)) return trace;
    const frames = this.#reader.frames(trace);
    this.novelty.note(frames);
    return frames;
  }

  /** Reads what is needed for the stack of some frames, in steps. */
  *prepare(frames: readonly Frame[]): Steps {
    if (this.#own.has(frames)) return;
    for (const frame of frames) yield* this.#signatures.prepare(frame);
  }

  /** Lets go of what came before the last of `unread` and nobody read; the nearest that was read stands for it. */
  #loosen(unread: readonly Wait[]): void {
    const last = unread.at(-1);
    let before = last?.parent ?? last?.cause;
    for (let steps = 0; before && !isRead(before); steps++) {
      before = steps < MAX_STEPS_BACK ? (before.parent ?? before.cause) : undefined;
    }
    if (last) last.parent = before;
    const kept = new Set(unread);
    for (const wait of unread) {
      if (wait.cause && !kept.has(wait.cause) && !isRead(wait.cause)) wait.cause = undefined;
      if (wait.called && !kept.has(wait.called) && !isRead(wait.called)) wait.called = undefined;
    }
  }

  #put(wait: Wait, own: Stack): void {
    wait.trace = UNTOLD;
    const isThere = own.calls.length > 0 && own.builtin.startsWith(CHAINING);
    const whole = isThere ? undefined : this.#fromWaiter(own, wait);
    const calls = whole ?? this.#withCallers(own, wait);
    const builtin = this.#goesOnWith(own, wait) || own.builtin;
    const lacksWaiter = wait.callersOnly && !whole && !isThere;
    const physical = own.physical + (whole ? 1 : 0);
    wait.trace = new Told(this.#caused({ ...own, calls, physical, builtin, lacksWaiter }, own, wait));
    this.#awaits.delete(wait);
    wait.parent = undefined;
    if (wait.cause) wait.cause = undefined;
    if (wait.called) wait.called = undefined;
    this.#known.add(calls, wait.at);
  }

  /**
   * The stack from the function that waits on, where the engine had left it: what it called before was called from the
   * same place, and stood right above it.
   */
  #fromWaiter(own: Stack, { called }: Wait): readonly Call[] | undefined {
    if (!called) return undefined;
    const { calls, physical } = this.ofWait(called);
    const at = physical - own.physical - 1;
    const below = own.calls.slice(0, own.physical);
    const isSame = below.every((call, i) => isSamePlace(call, calls[at + 1 + i]));
    return at >= 0 && isSame ? calls.slice(at) : undefined;
  }

  /** What the app had called that the runtime's code goes on with, as `fs.readFile` does between two reads. */
  #goesOnWith({ calls: [call], isResumed }: Stack, { parent, callersOnly }: Wait): string {
    const { calls, builtin } = this.ofWait(parent);
    if (!call) return callersOnly ? "" : builtin;
    const isSame = isResumed && call.signature === calls[0]?.signature && call.line === calls[0].line;
    return isSame ? builtin : "";
  }

  /** `stack`, told as the wait of the call that `own`, the runtime's own code, waits for. */
  #caused(stack: Stack, own: Stack, { cause }: Wait): Stack {
    if (!cause || own.calls.length > 0) return stack;
    const { calls, builtin } = this.ofWait(cause);
    return {
      ...stack,
      builtin: builtin || cause.kind,
      cause: stack.calls === calls ? cause : undefined,
    };
  }

  #withCallers(own: Stack, wait: Wait): readonly Call[] {
    const { parent, callersOnly, cause } = wait;
    const isGuess = this.#adopted.has(wait);
    const { calls, lacksWaiter } = this.ofWait(parent);
    const known = isGuess && calls.length === 0 ? this.ofWait(this.#adopted.get(wait)).calls : calls;
    const callers = isGuess && own.calls.length === 0 ? [] : known;
    // What was registered later has not called it, but may have been called by the same functions.
    const registering = parent && parent.at > wait.at ? [] : callers;
    const causing = this.ofWait(cause).calls;
    // A function that resumed awaits again, and its frame is gone: its callers are those of its last such
    // wait, but what any other wait was called from tells nothing of them.
    if (own.calls.length === 0) {
      if (callersOnly) return lacksWaiter && callers.length > causing.length ? callers : causing;
      return causing.length > 0 ? causing : callers;
    }
    const isCertain = !isGuess && callers.length > 0 && (lacksWaiter || own.physical === own.calls.length);
    const since = isCertain ? this.#since(parent) : Number.NEGATIVE_INFINITY;
    const base =
      causing.length > 0
        ? causing
        : goingOn(givenTo(own.calls, isGuess ? undefined : parent, registering, this.#signatures));
    if (isThenable(own.calls)) {
      const innermost = this.#awaiting(wait);
      const callers = innermost.length > base.length ? innermost : base;
      return graft(own.calls, own.physical, callers, false) ?? [...own.calls, ...callers];
    }
    return (
      (lacksWaiter && !isGuess && callers.length > 0 ? below(own.calls, own.physical, callers) : undefined) ??
      graft(own.calls, own.physical, callers, !isGuess) ??
      this.#known.complete(own.calls, since) ?? [...own.calls, ...base]
    );
  }

  /** What is known of who awaits an object, whose `then` has registered `wait`. */
  #awaiting(wait: Wait): readonly Call[] {
    return awaiting(this.#awaitsBefore(wait).map((other) => this.ofWait(other)));
  }

  #awaitsBefore(wait: Wait): readonly Wait[] {
    return (this.#awaits.get(wait) ?? []).filter(({ at }) => at <= wait.at);
  }

  /** The work of {@link LogicalStacks.#awaiting} that takes its time, in steps. */
  *#prepareAwaits(wait: Wait): Steps {
    for (const other of this.#awaitsBefore(wait)) {
      if (isRead(other)) continue;
      const frames = this.#framesOf(other);
      other.trace = frames;
      yield* this.prepare(frames);
    }
  }

  /** The stack of a sample or of a trace by itself. */
  of(frames: readonly Frame[]): Stack {
    const known = this.#own.get(frames);
    if (known) return known;
    const stack = stackOf(frames, this.#signatures);
    this.#own.set(frames, stack);
    return stack;
  }

  /**
   * A sample's stack with its logical callers, which no engine samples. In this order: as an Error of the
   * same run tells them (`told`, by the outermost physical function), as the wait that started the run
   * does, as any stack of the recording does; else the code hangs below what registered it.
   *
   * @param isGuess whether it is not known that `woken` started the run
   */
  complete(
    own: readonly Call[],
    woken: Wait | undefined,
    isGuess: boolean,
    told: ReadonlyMap<string, readonly Call[]>,
  ): readonly Call[] {
    const { calls: base, lacksWaiter } = this.ofWait(woken);
    const outermost = own.at(-1);
    if (!outermost) return base;
    const resumedBelow = lacksWaiter && !isGuess && base.length > 0 ? base : undefined;
    const callers = told.get(outermost.signature) ?? resumedBelow;
    if (callers) return [...own, ...callers];
    const resumed = base.findIndex((call) => call.signature === outermost.signature);
    if (resumed >= 0) return [...own, ...base.slice(resumed + 1)];
    if (isThenable(own)) return [...own, ...base];
    const since = isGuess || base.length === 0 ? Number.NEGATIVE_INFINITY : this.#since(woken);
    return (
      this.#known.complete(own, since) ?? [
        ...own,
        ...goingOn(givenTo(own, isGuess ? undefined : woken, base, this.#signatures)),
      ]
    );
  }

  /**
   * From when on what was seen of a function tells its callers rather than what woke it: never where it is certain
   * that this did. JavaScriptCore does not show every function that resumes.
   */
  #since(woken: Wait | undefined): number {
    if (!woken) return Number.NEGATIVE_INFINITY;
    return this.#reader.tellsCallers ? Number.POSITIVE_INFINITY : woken.at;
  }
}

/** Whether a wait was read, and its trace let go. */
export function isRead({ trace }: Wait): boolean {
  return trace instanceof Told;
}
