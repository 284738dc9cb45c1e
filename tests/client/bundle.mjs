/** Write the probe as one script for a browser to the standard output. */

import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const { build } = createRequire(new URL("../../client/package.json", import.meta.url))("esbuild");
const entry = fileURLToPath(new URL("probe.mjs", import.meta.url));
const made = await build({ entryPoints: [entry], bundle: true, write: false, format: "iife", target: "es2020" });
process.stdout.write(made.outputFiles[0].contents);
