// Runs pages of other origins against bundles, in Debian's chromium. run.py starts the bundles and serves the page.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { Code, cors } from "@connectrpc/connect";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const baseUrl = setting("ROSTER_URL");
const closedUrl = setting("ROSTER_CLOSED_URL");
const waitingUrl = setting("ROSTER_WAITING_URL");
const tokens = { admin: setting("ROSTER_ADMIN"), writer: setting("ROSTER_WRITER"), reader: setting("ROSTER_READER") };
const folder = setting("PAGE_FOLDER");
const origin = setting("PAGE_ORIGIN");
const foreignOrigin = setting("PAGE_FOREIGN_ORIGIN");

const transports = ["gRPC-Web", "Connect with JSON", "Connect with protobuf"];
const createPath = "/users/v1/platform-user";
const switches = ["disable-gpu", "disable-quic", "no-first-run", "disable-background-networking"];
const more = ["disable-component-update", "disable-sync"];

let browser;
let known;
let foreign;

before(async () => {
  await build({ entryPoints: ["page.mjs"], outfile: join(folder, "page.js"), bundle: true, format: "esm", logLevel: "error" });
  await writeFile(join(folder, "index.html"), "<!doctype html><script type=module src=page.js></script>");
  const args = [...switches, ...more].map((name) => `--${name}`);
  browser = await chromium.launch({ executablePath: setting("CHROMIUM"), args });
  known = await page(origin);
  foreign = await page(foreignOrigin);
});

after(() => browser?.close());

for (const [name, url, from] of [
  ["that allows no origin", closedUrl, () => known],
  ["that allows another origin", baseUrl, () => foreign],
]) {
  describe(`a bundle ${name}`, () => {
    test("answers, and the browser hides it", async () => {
      const reached = await rest(from(), { url: `${url}${createPath}`, mode: "no-cors" });
      assert.equal(reached.type, "opaque");
      const init = { url: `${url}${createPath}`, headers: { authorization: `Bearer ${tokens.admin}` } };
      assert.deepEqual(await rest(from(), init), { refused: "TypeError" });
      assert.deepEqual(await rest(from(), { url: `${url}${createPath}` }), { refused: "TypeError" });
    });

    for (const transport of transports) {
      test(`is out of reach over ${transport}`, async () => {
        const { player_uuid: userId } = await createUser();
        const error = await call(from(), transport, tokens.writer, "deactivateUser", userId, {}, url);
        assert.deepEqual([Code[error.code], error.message], ["Unknown", "Failed to fetch"]);
      });
    }
  });
}

describe("fetch", () => {
  test("creates, finds, queues and cancels", async () => {
    const body = JSON.stringify({ platform: "Steam", platform_user_id: randomUUID() });
    const created = await send("POST", createPath, body, { traceparent: `00-${"1".repeat(32)}-${"1".repeat(16)}-01` });
    assert.equal(created.status, 201);
    const { platform_user_id, person_id } = JSON.parse(created.text);
    const found = await send("GET", `${createPath}?platform=Steam&platform_user_id=${platform_user_id}`);
    assert.deepEqual([found.status, JSON.parse(found.text).person_id], [200, person_id]);
    const purge = `/users/v1/person/${person_id}/purge`;
    assert.equal((await send("POST", purge, "{}")).status, 202);
    assert.equal((await send("DELETE", purge)).status, 204);
  });

  test("reads an error with the headers that say more", async () => {
    const unnamed = await rest(known, { url: `${baseUrl}/v2/users/${randomUUID()}` });
    assert.equal(unnamed.status, 401);
    assert.ok(unnamed.headers["www-authenticate"] && unnamed.headers["apigw-requestid"], JSON.stringify(unnamed));
    const wrongMethod = await send("GET", "/users/v1/link");
    assert.deepEqual([wrongMethod.status, wrongMethod.headers.allow], [405, "POST"]);
    const wrongType = await send("POST", "/zitadel.user.v2.UserService/GetUserByID", "x", { "content-type": "text/plain" });
    assert.equal(wrongType.status, 415);
    assert.ok(wrongType.headers["accept-post"].includes("application/grpc-web"), JSON.stringify(wrongType));
  });

  test("reads when to try again", async () => {
    const headers = { authorization: `Bearer ${strangersToken()}` };
    const answer = await rest(known, { url: `${waitingUrl}${createPath}?platform=Steam&platform_user_id=1`, headers });
    assert.deepEqual([answer.status, answer.headers["retry-after"]], [503, "1"]);
  });
});

for (const transport of transports) {
  describe(`a client over ${transport}`, () => {
    test("calls, with a timeout and headers of its own", async () => {
      const { player_uuid } = await createUser();
      const options = { timeoutMs: 30_000, headers: { "x-zitadel-orgid": "1" } };
      assert.deepEqual(await call(known, transport, tokens.writer, "deactivateUser", player_uuid, options), { sequence: 2 });
      assert.deepEqual(await call(known, transport, tokens.reader, "getUserByID", player_uuid), { sequence: 2 });
    });

    test("reads the details of an error", async () => {
      const { player_uuid } = await createUser();
      const error = await call(known, transport, tokens.writer, "unlockUser", player_uuid);
      const id = "COMMAND-olb9vb0oca";
      assert.deepEqual([Code[error.code], error.message], ["FailedPrecondition", `User is not locked (${id})`]);
      assert.deepEqual(error.details, [{ id, message: "User is not locked" }]);
    });

    test("reads that it should try again", async () => {
      const error = await call(known, transport, strangersToken(), "lockUser", randomUUID(), {}, waitingUrl);
      // gRPC-Web has its status in the body, and no headers that depend on the HTTP status.
      const retryAfter = transport === "gRPC-Web" ? null : "1";
      assert.deepEqual([Code[error.code], error.retryAfter], ["Unavailable", retryAfter]);
    });
  });
}

test("everything is allowed that Connect's own list of headers names", async () => {
  const asked = { origin, "access-control-request-method": "POST" };
  const preflight = await headersOf("OPTIONS", asked);
  includes(preflight["access-control-allow-headers"], cors.allowedHeaders);
  includes(preflight["access-control-allow-methods"], cors.allowedMethods);
  includes((await headersOf("POST", { origin }))["access-control-expose-headers"], cors.exposedHeaders);
});

async function page(from) {
  const opened = await browser.newPage();
  await opened.goto(from);
  await opened.waitForFunction("globalThis.roster");
  return opened;
}

function rest(from, init) {
  return from.evaluate((init) => globalThis.roster.rest(init), init);
}

function send(method, path, body, headers) {
  const sent = { authorization: `Bearer ${tokens.admin}`, "content-type": "application/json", ...headers };
  return rest(known, { url: `${baseUrl}${path}`, method, body, headers: sent });
}

function call(from, transport, token, operation, userId, options, url = baseUrl) {
  const wanted = { transport, to: { baseUrl: url, token }, operation, userId, options };
  return from.evaluate((wanted) => globalThis.roster.call(wanted), wanted);
}

async function createUser() {
  const body = JSON.stringify({ platform: "Steam", platform_user_id: randomUUID() });
  const answer = await send("POST", createPath, body);
  assert.equal(answer.status, 201, JSON.stringify(answer));
  return JSON.parse(answer.text);
}

// A token of an issuer whose keys cannot be fetched, so that it can be neither accepted nor refused.
function strangersToken() {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: setting("WAITING_ISSUER"), aud: "roster", sub: "s", exp: Math.floor(Date.now() / 1000) + 600 };
  return `${part({ alg: "RS256", kid: "k" })}.${part(claims)}.${Buffer.alloc(256).toString("base64url")}`;
}

// As no browser lets a page see them.
function headersOf(method, headers) {
  return new Promise((resolve, reject) => {
    const sent = request(`${baseUrl}/zitadel.user.v2.UserService/GetUserByID`, { method, headers }, (answer) => {
      answer.resume();
      resolve(answer.headers);
    });
    sent.on("error", reject).end();
  });
}

function includes(list, names) {
  const listed = list.split(",");
  assert.deepEqual(names.map((name) => name.toLowerCase()).filter((name) => !listed.map((one) => one.toLowerCase()).includes(name)), []);
}

function setting(name) {
  return process.env[name] || assert.fail(`${name} is not set; start these tests with run.py`);
}
