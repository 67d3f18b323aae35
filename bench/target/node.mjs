// The twin of a function for Node's http: a fixed answer, or the request's body.
import { createServer } from "node:http";

const { TWIN_KIND: kind, TWIN_TYPE: type, TWIN_BODY: text } = process.env;
const body = Buffer.from(text);
const header = { "Content-Type": type, "Content-Length": body.length };

const hello = (req, res) => {
  res.writeHead(200, header);
  res.end(body);
};

const echo = (req, res) => {
  const parts = [];
  req.on("data", (part) => parts.push(part));
  req.on("end", () => {
    const whole = Buffer.concat(parts);
    res.writeHead(200, { "Content-Type": type, "Content-Length": whole.length });
    res.end(whole);
  });
};

const server = createServer(kind === "echo" ? echo : hello);
server.keepAliveTimeout = 600_000;
server.listen(0, "127.0.0.1", () => {
  const { address, port } = server.address();
  console.log(JSON.stringify({ listen: `${address}:${port}` }));
});

// The harness closes this end when it ends, however it does.
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
