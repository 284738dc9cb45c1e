/**
 * Make the scripts that pages load: one file each, the same bytes everywhere. `node build.mjs` fails if they differ
 * from bundle.sha256; `node build.mjs --accept` writes new hashes there after the change was looked at.
 */

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";

const HERE = fileURLToPath(new URL(".", import.meta.url));
// Each page loads one of them: the forms seal, the page of the code reads and writes back.
const SCRIPTS = { "seal.js": "src/page.js", "code.js": "src/code.js" };
const MOST = 20 * 1024;

/** @type {{ name: string, bundle: Uint8Array, line: string }[]} */
const made = [];
for (const [name, source] of Object.entries(SCRIPTS)) made.push(await make(name, source));
const lines = made.map(({ line }) => line).join("");
if (process.argv.includes("--accept")) writeFileSync(`${HERE}bundle.sha256`, lines);
const expected = readFileSync(`${HERE}bundle.sha256`, "ascii");
if (expected !== lines) fail(`another bundle than bundle.sha256 names:\n${expected}\n${lines}`);
mkdirSync(`${HERE}dist`, { recursive: true });
for (const { name, bundle } of made) writeFileSync(`${HERE}dist/${name}`, bundle);

/**
 * @param {string} name
 * @param {string} source
 */
async function make(name, source) {
  const built = await build({
    absWorkingDir: HERE,
    entryPoints: [source],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2021",
    charset: "utf8",
    legalComments: "eof",
    logLevel: "warning",
  });
  const bundle = built.outputFiles[0]?.contents ?? new Uint8Array();
  const sha256 = createHash("sha256").update(bundle).digest();
  const size = brotliCompressSync(bundle).length;
  console.log(`${name}: ${bundle.length} bytes, ${size} brotli, sha256-${sha256.toString("base64")}`);
  if (size > MOST) fail(`${name} has more than ${MOST} bytes brotli`);
  return { name, bundle, line: `${sha256.toString("hex")}  ${name}\n` };
}

/** @param {string} why */
function fail(why) {
  console.error(why);
  process.exit(1);
}
