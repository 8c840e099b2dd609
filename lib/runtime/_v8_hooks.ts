// SPDX-License-Identifier: Apache-2.0

/** The part of `node:async_hooks` the tracker uses. */
export interface AsyncHooksModule {
  createHook(callbacks: {
    init(asyncId: number, type: string, triggerAsyncId: number, resource: object): void;
    before(asyncId: number): void;
    after(asyncId: number): void;
    destroy?(asyncId: number): void;
    trackPromises?: boolean;
  }): { enable(): void; disable(): void };
  executionAsyncId(): number;
}

/** The part of `node:v8`'s `promiseHooks` the tracker uses. */
export interface PromiseHooks {
  createHook(callbacks: {
    init(promise: object, parent: object | undefined): void;
    before(promise: object): void;
    after(promise: object): void;
  }): () => void;
}
