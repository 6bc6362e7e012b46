// The peer's store: replicates from the server, as each line on its input says, into memory (its fastest).
// node client.js PORT BATCH; "full" starts anew, "sync" goes on. Answers {ms, written} as JSON lines.
const path = require("path");
const readline = require("readline");
const modules = path.join(process.cwd(), "node_modules");
const PouchDB = require(path.join(modules, "pouchdb"));
PouchDB.plugin(require(path.join(modules, "pouchdb-adapter-memory")));
const [, , port, batch] = process.argv;
const url = `http://127.0.0.1:${port}/catalog`;
const options = { batch_size: Number(batch), batches_limit: 10 };
let db = null;
let number = 0;

async function replicate() {
  const start = performance.now();
  const result = await db.replicate.from(new PouchDB(url), options);
  return { ms: performance.now() - start, written: result.docs_written };
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line === "full") {
      if (db) await db.destroy();
      number += 1;
      db = new PouchDB(`replica-${number}`, { adapter: "memory" });
    }
    console.log(JSON.stringify(await replicate()));
  }
  process.exit(0);
})();
