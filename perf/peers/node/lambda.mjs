// A client of Lambda's Runtime API. AWS's own client for Node needs a native build, which the bench avoids.

import http from "node:http";
import { respond } from "./app.mjs";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

const handler = async ({ headers, body, isBase64Encoded, requestContext }) => {
  const text = isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
  const request = { authorization: headers.authorization, text, requestId: requestContext.requestId };
  const { status, body: answer } = await respond(request);
  return { statusCode: status, headers: { "content-type": "application/json" }, body: answer };
};

for (;;) {
  const { headers, text } = await call("GET", "invocation/next");
  const id = headers["lambda-runtime-aws-request-id"];
  try {
    await call("POST", `invocation/${id}/response`, JSON.stringify(await handler(JSON.parse(text))));
  } catch (error) {
    await call("POST", `invocation/${id}/error`, JSON.stringify({ errorType: error.name, errorMessage: "failed" }));
  }
}

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
    const request = http.request({ host, port, agent, method, path: `/2018-06-01/runtime/${path}`, headers });
    request.on("error", reject);
    request.on("response", (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => resolve({ headers: response.headers, text: Buffer.concat(chunks).toString() }));
    });
    request.end(body);
  });
}
