// SPDX-License-Identifier: Apache-2.0

/** Clients that ask for a path, again and again, until told to stop. */
export class Clients {
  #stopped = false;
  readonly #clients: Promise<void>[];

  constructor(count: number, url: string) {
    this.#clients = Array.from({ length: count }, async () => {
      while (!this.#stopped) await (await fetch(url)).arrayBuffer();
    });
  }

  /** Resolves when the last one is answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }
}
