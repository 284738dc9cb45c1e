/**
 * Make the script that pages load: one file, the same bytes everywhere. `node build.mjs` fails if they differ from
 * bundle.sha256; `node build.mjs --accept` writes a new hash there after the change was looked at.
 */

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const NAME = "seal.js";
const MOST = 20 * 1024;

const made = await build({
  absWorkingDir: HERE,
  entryPoints: ["src/page.js"],
  bundle: true,
  minify: true,
  write: false,
  format: "iife",
  target: "es2021",
  charset: "utf8",
  legalComments: "eof",
  logLevel: "warning",
});
const bundle = made.outputFiles[0]?.contents ?? new Uint8Array();
const sha256 = createHash("sha256").update(bundle).digest();
const size = brotliCompressSync(bundle).length;
const line = `${sha256.toString("hex")}  ${NAME}\n`;

console.log(`${NAME}: ${bundle.length} bytes, ${size} brotli, sha256-${sha256.toString("base64")}`);
if (size > MOST) fail(`more than ${MOST} bytes brotli`);
if (process.argv.includes("--accept")) writeFileSync(`${HERE}bundle.sha256`, line);
const expected = readFileSync(`${HERE}bundle.sha256`, "ascii");
if (expected !== line) fail(`another bundle than bundle.sha256 names:\n  ${expected}  ${line}`);
mkdirSync(`${HERE}dist`, { recursive: true });
writeFileSync(`${HERE}dist/${NAME}`, bundle);

/** @param {string} why */
function fail(why) {
  console.error(why);
  process.exit(1);
}
