// Takes sponsors' addresses out of package-lock.json, or of the lock given as argument: a lock holds names, versions and hashes only.

import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";

const file = process.argv[2] ?? new URL("package-lock.json", import.meta.url);
const lock = JSON.parse(await readFile(file, "utf8"));
for (const entry of Object.values(lock.packages)) {
  delete entry.funding;
  delete entry.resolved;
}
await writeFile(file, `${JSON.stringify(lock, null, 2)}\n`);
