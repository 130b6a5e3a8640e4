/** A webhook that allows every request and looks at nothing but its uid: what the call of any webhook costs. */
const { readFileSync } = require("node:fs");
const { createServer } = require("node:https");

const [certFile, keyFile] = process.argv.slice(2);

createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    const {
      apiVersion,
      kind,
      request: { uid },
    } = JSON.parse(Buffer.concat(pieces).toString());
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({ apiVersion, kind, response: { uid, allowed: true } }));
  });
}).listen(0, "127.0.0.1", function () {
  console.log(JSON.stringify({ port: this.address().port }));
});
