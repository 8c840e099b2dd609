// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "../../runtime/runtime.ts";
import { isAppFile } from "../code/code_signature.ts";

/** What making a promise is called, and the kind of a wait for one that the app made itself. */
export const NEW_PROMISE = "new Promise";

/** Frames that say nothing: between the app and a hook, and what resumes callbacks. */
const MUTE_FRAME =
  /setPromiseHooks|defaultTriggerAsyncIdScope|^emitInit|^promiseInitHook|^fsCall$|^(?:apply|processTicksAndRejections|runMicrotasks|callbackTrampoline|drainTicks|__drain\w*)$/;
/** What calls a function in another async context. */
const MUTE_FILE = /\basync_hooks$/;
/** Bun's own clients: by what made a wait it is known better (`Bun.SQL`), as their functions are internal ones. */
const CLIENT_FRAME = /^(?:BunShell|new ShellPromise)$/;
const CLIENT_FILE = /^bun:|^internal:sql\b/;
/** What `import()` calls on Node. */
const IMPORT_FILE = /\bmodules\/esm\//;
const PROMISE_STATICS = new Set(["all", "allSettled", "any", "race", "then", "catch", "finally"]);
const MODULE =
  /\b(fs|https?|http2|net|tls|dgram|child_process|crypto|dns|events|zlib|stream|readline|worker_threads)\b/;

/** A name for a frame of the runtime: `setTimeout`, `fs.readFile`, `Promise.all`; empty if it says nothing. */
export function builtinName(frame: Frame): string {
  const name = frame.name.slice(frame.name.lastIndexOf(".") + 1);
  if (!name || MUTE_FRAME.test(frame.name) || MUTE_FILE.test(frame.file) || isAppFile(frame.file)) return "";
  if (CLIENT_FRAME.test(name) || CLIENT_FILE.test(frame.file)) return "";
  if (name === "Promise") return NEW_PROMISE;
  if (IMPORT_FILE.test(frame.file)) return "import";
  if (frame.file === "" || frame.file.startsWith("["))
    return PROMISE_STATICS.has(name) ? `Promise.${name}` : name;
  const [, module] = MODULE.exec(frame.file) ?? [];
  return module && module !== name ? `${module}.${name}` : name;
}
