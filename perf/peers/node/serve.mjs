// The same app on a port of this machine: `serve.mjs PORT`, one process for each core.

import cluster from "node:cluster";
import { randomUUID } from "node:crypto";
import http from "node:http";

const LIMIT = 65_536;

if (cluster.isPrimary) {
  for (let worker = 0; worker < Number(process.env.WORKERS ?? 2); worker++) cluster.fork();
  cluster.on("exit", () => process.exit(1));
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => process.exit(0));
} else {
  const { respond } = await import("./app.mjs");
  http.createServer((request, response) => answer(respond, request, response)).listen(Number(process.argv[2]), "127.0.0.1");
}

async function answer(respond, request, response) {
  const send = (status, body) => {
    response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body) });
    response.end(body);
  };
  if (request.method !== "POST" || request.url !== "/users/v1/platform-user") return send(404, '{"detail":"Not Found"}');
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > LIMIT) return send(413, '{"detail":"Request Entity Too Large"}');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString();
  const reply = await respond({ authorization: request.headers.authorization, text, requestId: randomUUID() });
  send(reply.status, reply.body);
}
