// The login service and the token of docs/tokens.md against a running bundle; run.py compiles and starts them.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { pathToFileURL } from "node:url";

import { mint } from "./issuer.mjs";

const roster = setting("ROSTER_URL");
const admin = setting("ROSTER_ADMIN");
const folder = setting("TOKENS_FOLDER");
// Its permissions are exactly those that the page names.
const service = setting("TOKENS_SERVICE");
const laptop = setting("TOKENS_LAPTOP");

const { login } = await import(pathToFileURL(join(folder, "login.mjs")));
const REFUSED = /deactivated or locked/;

describe("a login", () => {
  test("of a new account creates a user, and the token gives rights over its own person alone", async () => {
    const account = newAccount();
    const before = Math.floor(Date.now() / 1000);
    const claims = await login(roster, service, account, "Ada & Søren");
    const user = await found(account);
    assert.equal(user.display_name, "Ada & Søren");
    const { iat, exp, ...rest } = claims;
    assert.ok(before <= iat && iat <= Date.now() / 1000);
    assert.equal(exp - iat, 15 * 60);
    const named = { iss: "https://login.example.com", aud: "roster", sub: user.player_uuid };
    assert.deepEqual(rest, { ...named, ...account, permissions: ["purge:person:self"], player_uuid: user.player_uuid });

    const other = await found(await newUser());
    const token = mint(folder, claims);
    assert.equal((await links(user, token)).status, 200);
    assert.equal((await links(other, token)).status, 403);
    assert.equal((await call("POST", `/users/v1/person/${user.person_id}/purge`, {}, token)).status, 202);
    assert.equal((await call("POST", `/users/v1/person/${other.person_id}/purge`, {}, token)).status, 403);
  });

  test("of a known account yields the same user, with its new name", async () => {
    const account = newAccount();
    const first = await login(roster, service, account, "Ada");
    const second = await login(roster, service, account, "Countess");
    assert.deepEqual([second.sub, second.player_uuid], [first.sub, first.player_uuid]);
    assert.equal((await found(account)).display_name, "Countess");
  });

  for (const [change, undo] of [["deactivate", "reactivate"], ["lock", "unlock"]]) {
    test(`is refused after ${change} and allowed after ${undo}`, async () => {
      const account = await newUser();
      const user = await found(account);
      const token = mint(folder, await login(roster, service, account, "Ada"));
      await changed(user, change);
      await assert.rejects(login(roster, service, account, "Ada"), REFUSED);
      assert.equal((await links(user, token)).status, 403, "an older token has no own person");
      await changed(user, undo);
      assert.equal((await login(roster, service, account, "Ada")).sub, user.player_uuid);
    });

    test(`plays the active player, and its own after ${change} of that player's user`, async () => {
      const { account, user, active, activeAccount } = await crossProgression();
      const playing = await login(roster, service, account, "Ada");
      assert.deepEqual([playing.sub, playing.player_uuid], [user.player_uuid, active.player_uuid]);
      assert.equal(playing.platform_user_id, account.platform_user_id);
      await changed(active, change);
      assert.equal((await login(roster, service, account, "Ada")).player_uuid, user.player_uuid);
      await assert.rejects(login(roster, service, activeAccount, "Ada"), REFUSED);
    });
  }

  test("plays its own player if the active player's user is deactivated between the calls", async () => {
    const { account, user, active } = await crossProgression();
    const inBetween = meanwhile((url) => url.includes(`/v2/users/${user.player_uuid}`), () => changed(active, "deactivate"));
    assert.equal((await login(roster, service, account, "Ada")).player_uuid, user.player_uuid);
    assert.equal(inBetween.happened, true);
  });

  test("is refused if the user is deactivated between the calls", async () => {
    const account = await newUser();
    const user = await found(account);
    meanwhile((url) => url.includes("/platform-user?"), () => changed(user, "deactivate"));
    await assert.rejects(login(roster, service, account, "Ada"), REFUSED);
  });

  test("mints nothing when Roster refuses", async () => {
    await assert.rejects(login(roster, laptop.slice(0, -8), newAccount(), "Ada"), /Roster answers 403/);
    await assert.rejects(login(roster, service, { platform: "Nowhere", platform_user_id: "1" }, "Ada"), /Roster answers 422/);
  });
});

describe("the token of a key that --jwks names", () => {
  test("is good", async () => {
    assert.equal((await call("POST", "/users/v1/platform-user", newAccount(), laptop)).status, 201);
  });

  test("must be by that key", async () => {
    // The other key is trusted too, but as the key of another issuer.
    const claims = JSON.parse(Buffer.from(laptop.split(".")[1], "base64url"));
    assert.deepEqual([claims.iss, claims.aud], ["roster-local", "roster"]);
    const refused = await call("POST", "/users/v1/platform-user", newAccount(), mint(folder, claims));
    assert.equal((await refused.json()).error_code, "auth_invalid_key_id");
  });
});

// Restored at the end: `meanwhile` replaces it to make a race certain.
const realFetch = globalThis.fetch;
after(() => (globalThis.fetch = realFetch));

/** Lets something happen once: between Roster's response to a call that matches, and its arrival at the caller. */
function meanwhile(matches, happen) {
  const state = { happened: false };
  globalThis.fetch = async (url, options) => {
    const response = await realFetch(url, options);
    if (!state.happened && matches(String(url))) {
      state.happened = true;
      await happen();
    }
    return response;
  };
  return state;
}

/** A person with two users, whose active player is the second one's. */
async function crossProgression() {
  const [account, activeAccount] = [newAccount("Epic"), newAccount("Steam")];
  for (const body of [account, activeAccount]) await done("POST", "/users/v1/platform-user", body);
  const leader = { leader_platform: "Steam", leader_platform_user_id: activeAccount.platform_user_id };
  const follower = { follower_platform: "Epic", follower_platform_user_id: account.platform_user_id };
  await done("POST", "/users/v1/link", { ...leader, ...follower });
  await done("POST", "/users/v1/cross-progression/enable", activeAccount);
  return { account, activeAccount, user: await found(account), active: await found(activeAccount) };
}

function newAccount(platform = "Steam") {
  return { platform, platform_user_id: randomUUID() };
}

async function newUser() {
  const account = newAccount();
  await done("POST", "/users/v1/platform-user", account);
  return account;
}

async function found(account) {
  return (await done("GET", `/users/v1/platform-user?${new URLSearchParams(account)}`)).json();
}

function changed(user, change) {
  return done("POST", `/v2/users/${user.player_uuid}/${change}`);
}

function links(user, token) {
  return call("GET", `/users/v2/player/${user.player_uuid}/links`, undefined, token);
}

async function done(method, path, body) {
  const answer = await call(method, path, body, admin);
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer;
}

function call(method, path, body, token) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return fetch(roster + path, { method, headers, body: body && JSON.stringify(body) });
}

function setting(name) {
  return process.env[name] ?? assert.fail(`${name} is not set; start these tests with run.py`);
}
