// SPDX-License-Identifier: Apache-2.0
import type { StackElement } from "./backend_client.ts";

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

  /** Time in a function and all below it, other than where it holds the request up. */
  inclusive(name: string): number {
    return this.#outermost(
      (element) =>
        element.codeSignature.startsWith(`${name} (`) &&
        !this.#ancestors(element).some(({ codeSignature }) => codeSignature.startsWith("(held by")),
    );
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

  /** Time that a function waits at a line of its file, for something whose name begins with `label`. */
  waitingAt(name: string, line: number, label: string): number {
    return this.elements
      .filter(({ codeSignature }) => codeSignature.startsWith(`(waiting for ${label}`))
      .filter(({ codeSignature }) => codeSignature.endsWith(`:${line})`))
      .filter((wait) => this.#ancestors(wait)[0]?.codeSignature.startsWith(`${name} (`))
      .reduce((sum, wait) => sum + wait.duration, 0);
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
