// SPDX-License-Identifier: Apache-2.0
/** Loaded before the contract's program, as the agent is before an app: on Bun the app's imports are final. */
import { selectRuntime } from "../../lib/runtime/select.ts";

const runtime = selectRuntime();
runtime.tracker.install();
Reflect.set(globalThis, Symbol.for("@sw/agent.contract"), runtime);
