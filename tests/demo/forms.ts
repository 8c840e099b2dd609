// SPDX-License-Identifier: Apache-2.0
import type { StackElement } from "../support/backend_client.ts";

/** The app's own measurement of one request, in milliseconds. */
export type Truth = Readonly<Partial<Record<string, number>>>;

/** One figure of a request: what the app measured, or was told to do, and what the backend makes of it. */
export interface Figure {
  readonly name: string;
  readonly truth: number;
  readonly told: number;
  /** How far the median of the requests may be off, in milliseconds. */
  readonly tolerance: number;
}

/** A way to be slow. */
export interface Form {
  readonly name: "waiting" | "burning" | "mixed";
  readonly title: string;
  /** Whether unrelated requests burn and wait meanwhile. */
  readonly underLoad: boolean;
  /** How long each function waits by itself, in milliseconds. */
  readonly ownWaits: Readonly<Record<string, number>>;
  /** How long the request is on the CPU, in milliseconds. */
  readonly running: number;
}

const METHOD_WAITS = { method1: 20, method2: 20, method3: 20 };

export const FORMS: readonly Form[] = [
  {
    name: "waiting",
    title: "waiting: 20 ms in each of method3, method2 and method1, then 500 ms",
    underLoad: false,
    ownWaits: { ...METHOD_WAITS, handle: 500 },
    running: 0,
  },
  {
    name: "burning",
    title: "burning: the same on the CPU",
    underLoad: false,
    ownWaits: {},
    running: 560,
  },
  {
    name: "mixed",
    title:
      "mixed under load: each method burns 20 ms and waits 20 ms, then 500 ms, among eight unrelated clients",
    underLoad: true,
    ownWaits: { ...METHOD_WAITS, handle: 500 },
    running: 60,
  },
];

/** A dump period: what a time on the CPU may be off by, as samples are that far apart at most. */
const CPU_TOLERANCE = 10;
const WAIT_TOLERANCE = 3;
const METHODS = ["method1", "method2", "method3"];

/** The figures of one request. */
export function figures(form: Form, truth: Truth, elements: readonly StackElement[]): Figure[] {
  const tree = new Tree(elements);
  const methods = METHODS.map((name) => ({
    name,
    truth: truth[name] ?? 0,
    told: tree.inclusive(name),
    tolerance: form.running > 0 ? CPU_TOLERANCE : WAIT_TOLERANCE,
  }));
  const waits = Object.entries(form.ownWaits).map(([name, ms]) => ({
    name: `${name} waits`,
    truth: ms,
    told: tree.waiting(name),
    tolerance: WAIT_TOLERANCE,
  }));
  const request = {
    name: "request",
    truth: truth.request ?? 0,
    told: tree.total,
    tolerance: WAIT_TOLERANCE,
  };
  const running = {
    name: "on the CPU",
    truth: form.underLoad || form.running === 0 ? form.running : (truth.request ?? 0),
    told: tree.total - tree.leaves("(waiting") - tree.leaves("(held by"),
    tolerance: CPU_TOLERANCE,
  };
  const foreign = {
    name: "foreign code",
    truth: 0,
    told: tree.foreign("unrelated"),
    tolerance: 0,
  };
  return [request, ...methods, ...waits, running, foreign];
}

/** An analysed tree with sums over it. */
export class Tree {
  readonly elements: readonly StackElement[];
  readonly #byId: ReadonlyMap<string, StackElement>;

  constructor(elements: readonly StackElement[]) {
    this.elements = elements;
    this.#byId = new Map(elements.map((element) => [element.id, element]));
  }

  /** The root's time. */
  get total(): number {
    return this.children("0").reduce((sum, root) => sum + root.duration, 0);
  }

  children(id: string): StackElement[] {
    return this.elements.filter((element) => element.parentId === id);
  }

  /** Time in a function and all below it. */
  inclusive(name: string): number {
    const prefix = `${name} (`;
    return this.#outermost((element) => element.codeSignature.startsWith(prefix));
  }

  /** Time in synthetic frames of a kind. */
  leaves(prefix: string): number {
    return this.#outermost((element) => element.codeSignature.startsWith(prefix));
  }

  /** Time a function waits itself: in waits whose nearest caller with a known name it is. */
  waiting(name: string): number {
    const owners = /^(method[123]|handle) \(/;
    return this.elements
      .filter((element) => element.codeSignature.startsWith("(waiting"))
      .filter((wait) => {
        const owner = this.#ancestors(wait).find(({ codeSignature }) => owners.test(codeSignature));
        return owner?.codeSignature.startsWith(`${name} (`);
      })
      .reduce((sum, wait) => sum + wait.duration, 0);
  }

  /** Time in a function that is not this request's, other than where it is named as the holder. */
  foreign(name: string): number {
    return this.#outermost(
      (element) =>
        element.codeSignature.startsWith(`${name} (`) &&
        !this.#ancestors(element).some(({ codeSignature }) => codeSignature.startsWith("(held by")),
    );
  }

  #outermost(matches: (element: StackElement) => boolean): number {
    return this.elements
      .filter((element) => matches(element) && !this.#ancestors(element).some(matches))
      .reduce((sum, element) => sum + element.duration, 0);
  }

  #ancestors(element: StackElement): StackElement[] {
    const found: StackElement[] = [];
    let parent = this.#byId.get(element.parentId);
    while (parent) {
      found.push(parent);
      parent = this.#byId.get(parent.parentId);
    }
    return found;
  }
}
