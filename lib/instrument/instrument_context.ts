// SPDX-License-Identifier: Apache-2.0
import type { Logger } from "../log.ts";
import type { IsIgnored } from "../trace/ignore.ts";
import type { Tracer } from "../trace/tracer.ts";

/** What an instrumentation works with. */
export interface InstrumentContext {
  readonly tracer: Tracer;
  /** Which received requests are left alone. */
  readonly isIgnored: IsIgnored;
  readonly log: Logger;
}
