// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { builtinName } from "../../../lib/profile/stack/builtin_name.ts";
import { ROOT } from "../../support/spawn.ts";

test.each([
  ["setTimeout", "node:timers", "setTimeout"],
  ["readFile", "node:internal/fs/promises", "fs.readFile"],
  ["FileHandle.readFile", "node:internal/fs/promises", "fs.readFile"],
  ["fsCall", "node:internal/fs/promises", ""],
  ["ModuleJob.run", "node:internal/modules/esm/module_job", "import"],
  ["importModuleDynamicallyCallback", "node:internal/modules/esm/utils", "import"],
  ["Promise", "", "new Promise"],
  ["all", "", "Promise.all"],
  ["events.once", "node:events", "events.once"],
  ["emitInitNative", "node:internal/async_hooks", ""],
  ["run", "node:async_hooks", ""],
  ["handler", `${ROOT}/app.ts`, ""],
  ["", "node:timers", ""],
])("%s of %s is called %s", (name, file, called) => {
  const frame = { name, file, line: 0, column: 0, declaredLine: 0, isAsync: false, code: "" };
  expect(builtinName(frame)).toBe(called);
});
