// SPDX-License-Identifier: Apache-2.0

/** What the build puts before all that it bundles: modules that are loaded late come first there. */
declare const SW_AGENT_BEGIN: (() => Error) | undefined;

/**
 * Marks where the agent's own code begins and ends: a bundler may have put it into one file with the app's. It keeps the
 * order in which modules are loaded, so the agent imports this one before all others, and marks the end when it has all.
 */
export const OWN_BOUNDS: { readonly begin: Error; end: Error | undefined } = {
  begin: withStack(typeof SW_AGENT_BEGIN === "undefined" ? () => new Error() : SW_AGENT_BEGIN),
  end: undefined,
};

/** Here ends the agent's own code. */
export function endOwnCode(make: () => Error): void {
  OWN_BOUNDS.end = withStack(make);
}

/** What `make` makes, with its stack, even if the host has set that errors have none. */
function withStack(make: () => Error): Error {
  const limit = Error.stackTraceLimit;
  const isSet = Reflect.set(Error, "stackTraceLimit", 1);
  try {
    return make();
  } finally {
    if (isSet) Error.stackTraceLimit = limit;
  }
}
