/** Answer one job a line on the standard input, in order, until it ends. */

import { createInterface } from "node:readline";
import { run as runClient } from "./probe.mjs";
import { run as runSodium } from "./sodium.mjs";

for await (const line of createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  const answer = await (job.do.startsWith("sodium-") ? runSodium(job) : runClient(job));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
