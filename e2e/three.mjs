// Three processes behind one address, for tests that are no JavaScript: says on a line where they answer and what `vouchsafe` commands mean
// the same city, kills them all the while, and ends when it is told to; its status is whether all held.
// Usage: node three.mjs VOUCHSAFE FOLDER [WORDS OF serve]
import { three } from "./served.mjs";

const [program, folder, ...more] = process.argv.slice(2);
const ended = new Promise((resolve) => process.once("SIGTERM", resolve));
let words;
const served = await three(program, folder, (meant) => { words = meant; }, ...more);
await served.disturb({ pause: 1000 });
console.log(JSON.stringify({ listening: `127.0.0.1:${served.port}`, words }));
await ended;
const faults = await served.end();
for (const fault of faults) console.log(fault);
process.exit(faults.length === 0 ? 0 : 1);
