// SPDX-License-Identifier: Apache-2.0

import { type Backend, type Profiled, ProfiledApp } from "../support/profiled_app.ts";
import type { Installed } from "../support/spawn.ts";
import { type Figure, type Form, figures } from "./forms.ts";

/** A profiled request of the slow app, held against the truth. */
export interface Judged extends Profiled {
  readonly figures: readonly Figure[];
}

const CLIENTS = 8;

/** The slow app of one form. */
export class SlowApp implements AsyncDisposable {
  readonly #form: Form;
  readonly #app: ProfiledApp;

  constructor(runtime: Installed, form: Form, backend: Backend, program: string = "tests/demo/slow_app.ts") {
    this.#form = form;
    this.#app = new ProfiledApp(runtime, { program, path: `/${form.name}` }, backend);
  }

  /** Creates the profile task and waits until the agent has it. */
  arm(): Promise<void> {
    return this.#app.arm();
  }

  /** Sends the form's requests, and judges what was profiled. */
  async profile(): Promise<Judged[]> {
    const clients = this.#form.underLoad ? CLIENTS : 0;
    const requests = await this.#app.profile({ clients, path: "/unrelated" });
    return requests.map((request) => ({
      ...request,
      figures: figures(this.#form, request.truth, request.elements),
    }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#app[Symbol.asyncDispose]();
  }
}
