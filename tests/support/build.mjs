// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run build`: the agent, its API, the embedded backend and the program as one file each in `dist/`, and the
 * types. Node 20 cannot run TypeScript, and no Node runs it below `node_modules`.
 */
import { spawnSync } from "node:child_process";
import { chmod, readFile, rm } from "node:fs/promises";
import { builtinModules } from "node:module";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const root = dirname(dirname(import.meta.dirname));
const dist = join(root, "dist");

/** What the app loads with the agent, so it must start small. */
const MAX_AGENT_BYTES = 320 * 1024;

const builtins = builtinModules
  .filter((name) => !name.startsWith("_"))
  .map((name) => name.replace(/^node:/, ""));
const builtinFilter = new RegExp(`^(?:node:.+|(?:${builtins.join("|")}))$`);

/**
 * Takes Node's own modules when the code that imports them runs, not when the file is loaded. An import
 * statement would be hoisted before everything: on Bun the app's named imports of that module would then be
 * those of before the agent's patches (joined.md 13).
 */
const lateBuiltins = {
  name: "late-builtins",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: builtinFilter }, ({ path }) => ({
      path: path.startsWith("node:") ? path : `node:${path}`,
      namespace: "late-builtin",
    }));
    onLoad({ filter: /.*/, namespace: "late-builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      loader: "js",
    }));
  },
};

/** The same for CommonJS packages only, whose `require` has no meaning in an ECMAScript module. */
const requiredBuiltins = {
  name: "required-builtins",
  setup({ onResolve, onLoad }) {
    lateBuiltins.setup({
      onLoad,
      onResolve: (options, resolve) =>
        onResolve(options, (args) => (args.kind === "require-call" ? resolve(args) : undefined)),
    });
  },
};

/** @type {import("esbuild").BuildOptions} */
const common = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "es2022",
  // Methods keep their names, which is what a user reads in a CPU profile. esbuild's `keepNames` would keep the
  // others, too, at the price of a call whenever a closure is made.
  minify: true,
  legalComments: "eof",
  logLevel: "warning",
  external: ["bun:*"],
};

await rm(dist, { recursive: true, force: true });
await Promise.all([
  build({
    ...common,
    entryPoints: { agent: "mod.ts", api: "lib/api.ts" },
    outdir: dist,
    // For lib/runtime/own_bounds.ts. A declaration, as bundlers may put these before all else.
    banner: { js: "function SW_AGENT_BEGIN(){return new Error}" },
    plugins: [lateBuiltins],
  }),
  build({
    ...common,
    entryPoints: { oap: "lib/oap/mod.ts", cli: "lib/cli/main.ts" },
    outdir: dist,
    plugins: [requiredBuiltins],
  }),
]);
await chmod(join(dist, "cli.js"), 0o755);

const { length } = await readFile(join(dist, "agent.js"));
if (length > MAX_AGENT_BYTES) {
  throw new Error(`Cannot build: dist/agent.js has ${length} bytes, more than ${MAX_AGENT_BYTES}`);
}

/** Runs the compiler on a project. */
function tsc(project) {
  const args = [join(root, "node_modules/typescript/bin/tsc"), "-p", project];
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) throw new Error(`Cannot build: tsc found errors in ${project}`);
}

tsc(join(import.meta.dirname, "tsconfig.types.json"));
// Code for browsers has types of its own, so it is a project of its own, which nothing else checks.
tsc(join(root, "lib/oap/page"));
