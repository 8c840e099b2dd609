// SPDX-License-Identifier: Apache-2.0
import type { Flow, Wait } from "../../runtime/runtime.ts";
import type { Run } from "./timeline_types.ts";

/** An interval in which something that has a name had the thread, or several such things of one name in turn. */
export interface NamedRun {
  readonly on: number;
  readonly off: number;
  /** How it is called where it held another one up. */
  readonly name: string;
  /** Whether it is a flow, and no timer or the like. */
  readonly isFlow: boolean;
}

/** What a {@link ThreadLog} works with. */
export interface ThreadLogOptions {
  /** How a flow is called. */
  readonly nameOf: (flow: Flow) => string;
  /** A flow had the thread. */
  readonly onRun: (flow: Flow, run: Run) => void;
  /** @default {16384} */
  readonly capacity?: number;
}

/** As far back as something is held by what runs, in a process that does nothing but change. */
const CAPACITY = 16_384;
/** So many runs keep their flows, which would live until the collector has to move them. */
const MAX_UNNAMED = 256;
/** From a callback to the continuation it resolves: the flow has hardly let go of the thread. */
const HOP_MS = 0.05;

const NEVER = Number.POSITIVE_INFINITY;

/**
 * Who had the thread lately. The last runs are kept in lists of a fixed size, because there may be hundred
 * thousands a second; who wants to know of the runs of one flow is told as they end.
 */
export class ThreadLog {
  readonly #options: ThreadLogOptions;
  readonly #capacity: number;
  readonly #on: Float64Array;
  readonly #off: Float64Array;
  /** Flows until their names are read: an object held here keeps a whole request. */
  readonly #who: (Flow | string)[] = [];
  readonly #isFlow: Uint8Array;
  /** How many runs there ever were; those before `#named` have names. */
  #end = 0;
  #named = 0;
  #since = 0;
  #flow: Flow | undefined;
  #woken: Wait | undefined;
  #holder: string | undefined;
  #hops = 0;
  /** When nobody got the thread; `NEVER` while somebody has it. A number in any case, which needs no memory. */
  #letGoAt: number = NEVER;

  constructor(options: ThreadLogOptions) {
    this.#options = options;
    this.#capacity = options.capacity ?? CAPACITY;
    this.#on = new Float64Array(this.#capacity);
    this.#off = new Float64Array(this.#capacity);
    this.#isFlow = new Uint8Array(this.#capacity);
  }

  /** From `at` on `flow` has the thread, as {@link AwaitObserver.onThread} tells. */
  change(at: number, flow: Flow | undefined, woken: Wait | undefined, holder: string | undefined): void {
    if (flow === undefined && holder === undefined) {
      if (this.#letGoAt === NEVER) this.#letGoAt = at;
      return;
    }
    // A flow goes on in the next microtask: that is one run, unless it is known what woke it.
    const goesOn = flow === this.#flow && holder === this.#holder && woken === undefined;
    if (goesOn && this.#letGoAt !== NEVER && at - this.#letGoAt < HOP_MS) {
      this.#letGoAt = NEVER;
      this.#hops++;
      return;
    }
    this.cut(at);
    this.#letGoAt = NEVER;
    this.#since = at;
    this.#flow = flow;
    this.#woken = woken;
    this.#holder = holder;
  }

  /** Tells the run that goes on up to `at`, or that ended before. */
  cut(at: number): void {
    const flow = this.#flow;
    const who = flow ?? this.#holder;
    const on = this.#since;
    const off = Math.min(at, this.#letGoAt);
    if (who === undefined || off < on) return;
    this.#since = off;
    if (this.#letGoAt !== NEVER) {
      this.#flow = undefined;
      this.#holder = undefined;
    }
    if (flow) this.#options.onRun(flow, { on, off, woken: this.#woken, hops: this.#hops });
    this.#woken = undefined;
    this.#hops = 0;
    const last = (this.#end - 1) % this.#capacity;
    if (this.#end > 0 && this.#who[last] === who && on - (this.#off[last] ?? 0) < HOP_MS) {
      this.#off[last] = off;
      return;
    }
    const next = this.#end++ % this.#capacity;
    this.#on[next] = on;
    this.#off[next] = off;
    this.#who[next] = who;
    this.#isFlow[next] = flow ? 1 : 0;
    if (this.#end - this.#named >= MAX_UNNAMED) this.settle();
  }

  /** Lets go of the flows: from here on they have the names that they have now. */
  settle(): void {
    for (let i = Math.max(this.#named, this.#end - this.#capacity); i < this.#end; i++) {
      const who = this.#who[i % this.#capacity];
      if (typeof who === "object") this.#who[i % this.#capacity] = this.#options.nameOf(who);
    }
    this.#named = this.#end;
  }

  /** Forgets all. */
  clear(): void {
    this.#who.length = 0;
    this.#end = 0;
    this.#named = 0;
    this.#flow = undefined;
    this.#woken = undefined;
    this.#holder = undefined;
    this.#hops = 0;
    this.#letGoAt = NEVER;
  }

  /** The runs that reach into an interval, in time order; those of one name that follow each other are one. */
  between(from: number, to: number): NamedRun[] {
    if (this.#letGoAt !== NEVER) this.cut(this.#letGoAt);
    const found: (NamedRun & { off: number })[] = [];
    for (let i = this.#firstEndingAfter(from); i < this.#end; i++) {
      const at = i % this.#capacity;
      const on = this.#on[at] ?? 0;
      if (on >= to) break;
      const who = this.#who[at] ?? "";
      const name = typeof who === "string" ? who : this.#options.nameOf(who);
      const off = this.#off[at] ?? 0;
      const isFlow = this.#isFlow[at] === 1;
      const last = found.at(-1);
      // A busy server goes from one request of an endpoint to the next.
      if (last?.name === name && last.isFlow === isFlow && on - last.off < HOP_MS) last.off = off;
      else found.push({ on, off, name, isFlow });
    }
    return found;
  }

  /** Runs follow each other, so the first that ends after `at` is found by halving. */
  #firstEndingAfter(at: number): number {
    let low = Math.max(0, this.#end - this.#capacity);
    let high = this.#end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((this.#off[middle % this.#capacity] ?? Infinity) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
