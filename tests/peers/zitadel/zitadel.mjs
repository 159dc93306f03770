// Runs ZITADEL's and Connect's own JavaScript clients against a bundle. run.py starts it and passes its URL.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { describe, test } from "node:test";

import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { compressionGzip, createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-node";
import { NewAuthorizationBearerInterceptor, timestampDate } from "@zitadel/client";
import { createUserServiceClient } from "@zitadel/client/v2";
import { createClientTransport } from "@zitadel/client/web";
import { ErrorDetailSchema } from "@zitadel/proto/zitadel/message_pb.js";
import { UserState } from "@zitadel/proto/zitadel/user/v2/user_pb.js";
import { UserService } from "@zitadel/proto/zitadel/user/v2/user_service_pb.js";

const baseUrl = setting("ROSTER_URL");
const tokens = { admin: setting("ROSTER_ADMIN"), writer: setting("ROSTER_WRITER"), reader: setting("ROSTER_READER") };

const clients = {
  "gRPC-Web, @zitadel/client": grpcWeb,
  "Connect with JSON, connect-node": (token) => connect(token, false),
  "Connect with protobuf, connect-node": (token) => connect(token, true),
  "Connect with JSON and gzip, connect-node": (token) => connect(token, false, gzip),
  "Connect with protobuf and gzip, connect-node": (token) => connect(token, true, gzip),
  "gRPC-Web with gzip, connect-node": (token) => createClient(UserService, createGrpcWebTransport(options(token, gzip))),
};

// Other clients of Connect compress by default.
const gzip = { sendCompression: compressionGzip, compressMinBytes: 0 };

const operations = {
  deactivateUser: { request: "DeactivateUserRequest", notFound: "COMMAND-5gp2p62iin" },
  reactivateUser: { request: "ReactivateUserRequest", notFound: "COMMAND-9hy5kzbuk6" },
  lockUser: { request: "LockUserRequest", notFound: "COMMAND-450yxuqrh1" },
  unlockUser: { request: "UnlockUserRequest", notFound: "COMMAND-x377t913pw" },
};

// The changes that lead to a state, and a change that is refused in it.
const refusals = [
  [[], "reactivateUser", "COMMAND-s5qqcz97hf", "User is not inactive"],
  [[], "unlockUser", "COMMAND-olb9vb0oca", "User is not locked"],
  [["deactivateUser"], "deactivateUser", "COMMAND-5gunjw0cd7", "User already inactive"],
  [["deactivateUser"], "lockUser", "COMMAND-lgws8wtsqf", "User is not active or initial"],
  [["deactivateUser"], "unlockUser", "COMMAND-olb9vb0oca", "User is not locked"],
  [["lockUser"], "lockUser", "COMMAND-lgws8wtsqf", "User is not active or initial"],
  [["lockUser"], "reactivateUser", "COMMAND-s5qqcz97hf", "User is not inactive"],
];

for (const [name, client] of Object.entries(clients)) {
  describe(name, () => {
    changes(client);
    shows(client);
    states(client);
    authority(client);
    ids(client);
  });
}

function changes(client) {
  test("each change of state succeeds and counts on", async () => {
    const user = await createUser();
    const writer = client(tokens.writer);
    let last;
    for (const operation of ["deactivateUser", "reactivateUser", "lockUser", "unlockUser"]) {
      const { details } = await writer[operation]({ userId: user.player_uuid });
      assert.equal(details.resourceOwner, user.person_id);
      assert.equal(details.sequence, last ? last.sequence + 1n : 2n);
      assert.ok(timestampDate(details.creationDate) <= timestampDate(details.changeDate));
      if (last) {
        assert.deepEqual(details.creationDate, last.creationDate);
        assert.ok(timestampDate(last.changeDate) <= timestampDate(details.changeDate));
      }
      last = details;
    }
  });

  test("a call with a timeout succeeds", async () => {
    const user = await createUser();
    const { details } = await client(tokens.writer).deactivateUser({ userId: user.player_uuid }, { timeoutMs: 30_000 });
    assert.equal(details.sequence, 2n);
  });

  test("one of several deactivations at once succeeds", async () => {
    const { player_uuid: userId } = await createUser();
    const writer = client(tokens.writer);
    const calls = Array.from({ length: 8 }, () => writer.deactivateUser({ userId }));
    const settled = await Promise.allSettled(calls);
    const refused = settled.filter(({ status }) => status === "rejected").map(({ reason }) => seen(reason));
    assert.equal(settled.length - refused.length, 1);
    const expected = failed(Code.FailedPrecondition, "User already inactive", "COMMAND-5gunjw0cd7");
    assert.deepEqual(refused, Array(7).fill(expected));
  });

  test("an operation that is not served is unimplemented", async () => {
    const error = await refusal(client(tokens.admin).listUsers({}));
    assert.equal(Code[error.code], Code[Code.Unimplemented]);
  });
}

function shows(client) {
  test("a user is shown as a human, with names and state", async () => {
    const { player_uuid: userId, person_id } = await createUser();
    const shown = await client(tokens.reader).getUserByID({ userId: userId.toUpperCase() });
    assert.deepEqual(shown.details, shown.user.details);
    assert.equal(shown.user.details.resourceOwner, person_id);
    assert.equal(shown.user.type.case, "human");
    const human = shown.user.type.value;
    for (const named of [shown.user, human]) {
      assert.deepEqual([named.userId, UserState[named.state]], [userId, "ACTIVE"]);
      assert.deepEqual([named.username, named.loginNames, named.preferredLoginName], [userId, [userId], userId]);
    }
    assert.equal(human.profile.displayName, userId);
  });

  test("showing an unknown user, or without permission, is refused", async () => {
    const userId = randomUUID();
    const unknown = failed(Code.NotFound, "User could not be found", "QUERY-Dfbg2");
    assert.deepEqual(await refusal(client(tokens.reader).getUserByID({ userId })), unknown);
    const forbidden = failed(Code.PermissionDenied, "No matching permissions found", "AUTH-AWfge");
    assert.deepEqual(await refusal(client(tokens.writer).getUserByID({ userId })), forbidden);
  });
}

function states(client) {
  for (const [before, operation, id, text] of refusals) {
    test(`${operation} after ${before.join() || "creation"} is refused with ${id}`, async () => {
      const { player_uuid: userId } = await createUser();
      const writer = client(tokens.writer);
      for (const step of before) {
        await writer[step]({ userId });
      }
      assert.deepEqual(await refusal(writer[operation]({ userId })), failed(Code.FailedPrecondition, text, id));
    });
  }

  test("no lock is left after deactivation and reactivation", async () => {
    const { player_uuid: userId } = await createUser();
    const writer = client(tokens.writer);
    await writer.lockUser({ userId });
    await writer.deactivateUser({ userId });
    await writer.reactivateUser({ userId });
    const expected = failed(Code.FailedPrecondition, "User is not locked", "COMMAND-olb9vb0oca");
    assert.deepEqual(await refusal(writer.unlockUser({ userId })), expected);
  });

  for (const [operation, { notFound }] of Object.entries(operations)) {
    test(`${operation} of an unknown user is refused with ${notFound}`, async () => {
      const expected = failed(Code.NotFound, "User could not be found", notFound);
      const writer = client(tokens.writer);
      for (const userId of [randomUUID(), "not a uuid", "🎮".repeat(200)]) {
        assert.deepEqual(await refusal(writer[operation]({ userId })), expected);
      }
    });
  }
}

function authority(client) {
  for (const operation of Object.keys(operations)) {
    test(`${operation} needs a token`, async () => {
      const { player_uuid: userId } = await createUser();
      const missing = failed(Code.Unauthenticated, "auth header missing");
      assert.deepEqual(await refusal(client(undefined)[operation]({ userId })), missing);
      const invalid = failed(Code.Unauthenticated, "Errors.Token.Invalid", "AUTH-7fs1e");
      assert.deepEqual(await refusal(client(tampered(tokens.writer))[operation]({ userId })), invalid);
      assert.deepEqual(await refusal(client("opaque")[operation]({ userId })), invalid);
    });

    test(`${operation} needs one bearer token`, async () => {
      const { player_uuid: userId } = await createUser();
      const expected = failed(Code.Unauthenticated, "invalid auth header", "AUTH-toLo1");
      for (const authorization of [`Basic ${tokens.writer}`, `bearer ${tokens.writer}`, `Bearer ${tokens.writer} x`]) {
        const headers = { Authorization: authorization };
        assert.deepEqual(await refusal(client(tokens.writer)[operation]({ userId }, { headers })), expected);
      }
    });

    test(`${operation} without permission does not tell whether the user exists`, async () => {
      const { player_uuid } = await createUser();
      const expected = failed(Code.PermissionDenied, "No matching permissions found", "AUTH-AWfge");
      for (const userId of [player_uuid, randomUUID()]) {
        assert.deepEqual(await refusal(client(tokens.reader)[operation]({ userId })), expected);
      }
    });
  }

  test("the token is looked at before the id, the id before the permission", async () => {
    const userId = "x".repeat(201);
    assert.equal((await refusal(client(undefined).deactivateUser({ userId }))).code, Code.Unauthenticated);
    assert.equal((await refusal(client(tokens.reader).deactivateUser({ userId }))).code, Code.InvalidArgument);
  });
}

function ids(client) {
  for (const [operation, { request }] of Object.entries(operations)) {
    test(`${operation} refuses an id that is empty or over 200 characters`, async () => {
      const text = `invalid ${request}.UserId: value length must be between 1 and 200 runes, inclusive`;
      const writer = client(tokens.writer);
      for (const message of [{ userId: "x".repeat(201) }, { userId: "🎮".repeat(201) }, { userId: "" }, {}]) {
        assert.deepEqual(await refusal(writer[operation](message)), failed(Code.InvalidArgument, text));
      }
    });
  }
}

function grpcWeb(token) {
  // The transport always sets the header, so a call without a token takes it out again.
  const withoutToken = (url, init) => {
    init.headers.delete("authorization");
    return fetch(url, init);
  };
  const transport = token === undefined ? { baseUrl, fetch: withoutToken } : { baseUrl };
  return createUserServiceClient(createClientTransport(token, transport));
}

function connect(token, useBinaryFormat, more) {
  return createClient(UserService, createConnectTransport({ ...options(token, more), useBinaryFormat }));
}

function options(token, more) {
  const interceptors = token === undefined ? [] : [NewAuthorizationBearerInterceptor(token)];
  return { baseUrl, httpVersion: "1.1", interceptors, ...more };
}

async function createUser() {
  const answer = await fetch(`${baseUrl}/users/v1/platform-user`, {
    method: "POST",
    headers: { authorization: `Bearer ${tokens.admin}`, "content-type": "application/json" },
    body: JSON.stringify({ platform: "Steam", platform_user_id: randomUUID() }),
  });
  assert.equal(answer.status, 201);
  return answer.json();
}

// The client's error for a call that must fail.
async function refusal(call) {
  return seen(await call.then(() => assert.fail("it succeeded"), (error) => error));
}

function seen(error) {
  assert.ok(error instanceof ConnectError, error);
  const details = error.findDetails(ErrorDetailSchema).map(({ id, message }) => ({ id, message }));
  assert.equal(details.length, error.details.length, "a detail of another type");
  return { code: error.code, message: error.rawMessage, details };
}

function failed(code, text, id) {
  return id === undefined
    ? { code, message: text, details: [] }
    : { code, message: `${text} (${id})`, details: [{ id, message: text }] };
}

// The token with another signature.
function tampered(token) {
  const at = token.lastIndexOf(".") + 10;
  return token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
}

function setting(name) {
  return process.env[name] || assert.fail(`${name} is not set; start these tests with run.py`);
}
