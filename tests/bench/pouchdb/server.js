// The peer's office: PouchDB over HTTP. node server.js DOCUMENTS.ndjson PORT; says "ready" when it is.
// POST /_bench/change/N changes the price of N documents, spread over all of them.
const fs = require("fs");
const path = require("path");
const modules = path.join(process.cwd(), "node_modules");
const PouchDB = require(path.join(modules, "pouchdb"));
PouchDB.plugin(require(path.join(modules, "pouchdb-adapter-memory")));
const express = require(path.join(modules, "express"));
const [, , file, port] = process.argv;
const Memory = PouchDB.defaults({ adapter: "memory" });

async function change(db, ids, count) {
  const keys = Array.from({ length: count }, (_, i) => ids[Math.floor((i * ids.length) / count)]);
  const found = await db.allDocs({ keys, include_docs: true });
  await db.bulkDocs(
    found.rows.map(({ doc }) => {
      doc.variants[0].price_cents += 1;
      return doc;
    }),
  );
}

(async () => {
  const db = new Memory("catalog");
  const documents = fs.readFileSync(file, "utf8").trim().split("\n").map(JSON.parse);
  const ids = documents.map((document) => document._id);
  while (documents.length) {
    await db.bulkDocs(documents.splice(0, 1000));
  }
  const app = express();
  app.post("/_bench/change/:count", async (request, response) => {
    await change(db, ids, Number(request.params.count));
    response.json({ ok: true });
  });
  const pouch = require(path.join(modules, "express-pouchdb"));
  app.use("/", pouch(Memory, { inMemoryConfig: true, mode: "minimumForPouchDB", logPath: "/dev/null" }));
  app.listen(Number(port), "127.0.0.1", () => console.log("ready"));
})();
