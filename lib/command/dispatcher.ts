// SPDX-License-Identifier: Apache-2.0
import type { Logger } from "../log.ts";
import type { Command, ProfileTaskCommand } from "./command.ts";

/** Who executes which kind of command. */
export interface Executors {
  readonly profileTask: (command: ProfileTaskCommand) => void;
}

/** Hands each command to its executor. */
export class Dispatcher {
  readonly #executors: Executors;
  readonly #log: Logger;

  constructor(executors: Executors, log: Logger) {
    this.#executors = executors;
    this.#log = log;
  }

  dispatch(command: Command): void {
    switch (command.kind) {
      case "profile-task":
        this.#executors.profileTask(command);
        break;
      case "unknown":
        this.#log.debug(() => `Cannot execute the command ${command.name}: it is unknown`);
    }
  }
}
