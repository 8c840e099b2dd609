// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run generate:page`: the embedded backend's web page as one module, so that it is served wherever the backend
 * runs: from sources, from `dist`, from JSR, and without leave to read files.
 */
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = dirname(dirname(import.meta.dirname));
const page = join(root, "lib/oap/page");

/** The text of `lib/oap/page/gen/assets.ts`. @returns {Promise<string>} */
export async function buildPage() {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: { page: join(page, "main.ts"), "page.css": join(page, "page.css") },
    outdir: "out",
    bundle: true,
    format: "esm",
    platform: "browser",
    target: ["chrome111", "firefox113", "safari16.4"],
    minify: true,
    legalComments: "none",
    logLevel: "warning",
    write: false,
  });
  const textOf = (end) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? "";
  const assets = [
    ["/", "text/html", await readFile(join(page, "index.html"), "utf8")],
    ["/page.js", "text/javascript", textOf(".js")],
    ["/page.css", "text/css", textOf(".css")],
  ];
  const lines = assets.map(([path, type, text]) => {
    if (text === "") throw new Error(`Cannot build the page: there is no ${path}`);
    return `  "${path}": {
    type: "${type}; charset=utf-8",
    gzip: "${pack(text)}",
  },`;
  });
  return `// SPDX-License-Identifier: Apache-2.0

/** A file of the web page. */
export interface Asset {
  readonly type: string;
  /** Its bytes, compressed, as base64. */
  readonly gzip: string;
}

/** The web page by its paths. Written by \`npm run generate\`. */
export const ASSETS: Readonly<Record<string, Asset>> = {
${lines.join("\n")}
};
`;
}

function pack(text) {
  const bytes = gzipSync(text, { level: 9 });
  // The system that compressed it: the same page must be the same text everywhere.
  bytes[9] = 255;
  return bytes.toString("base64");
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await writeFile(join(page, "gen/assets.ts"), await buildPage());
}
