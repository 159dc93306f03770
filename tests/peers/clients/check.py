"""Rules of the two programs of docs/clients.md, against a running bundle; run.py calls them.

`line` is the command that starts a program with its driver.
"""

import base64
import json
import subprocess
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# The client of the local bundle, with its secret.
LOCAL = "local:local"
AUDIENCE = "roster"
SECONDS = 60
# The local stand-in for KMS has these two keys for tokens.
KEYS = [f"arn:aws:kms:eu-west-1:000000000000:key/login-key-{number}" for number in (1, 2)]
# Longer than an access token is valid.
LATER = 2 * 3600
# Longer than either program waits before it fetches keys again for an unknown `kid`.
COOLDOWN = 31
# Longer than either program keeps keys.
KEPT = 301


@dataclass
class Roster:
    """The bundle, as a game client and an operator call it."""

    url: str
    admin: str

    def send(self, method: str, path: str, body: object = None, authorization: str = "") -> tuple[int, dict]:
        headers = {"content-type": "application/json", "authorization": authorization or f"Bearer {self.admin}"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else {}

    def basic(self, path: str, body: object) -> dict:
        return self.send("POST", path, body, "Basic " + base64.b64encode(LOCAL.encode()).decode())[1]

    def login(self) -> dict:
        """The login of a new anonymous player."""
        grant = {"grant_type": "anon", "portal_access_token": str(uuid.uuid4()), "include_refresh": True}
        return self.basic("/users/v1/login", grant)

    def changed(self, player: str, change: str) -> None:
        self.send("POST", f"/v2/users/{player}/{change}", {})


class Program:
    """One of the programs, in a process with a clock that can be put ahead."""

    def __init__(self, line: list[str | Path], roster: Roster, audience: str = AUDIENCE, client: str = LOCAL) -> None:
        command = [*line, roster.url, audience, client]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def player(self, token: str, *, now: bool = False, after: float = 0) -> str | None:
        """The player, or nothing if the token is refused. The reason goes to `self.reason`."""
        print(json.dumps({"token": token, "now": now, "pass": after}), file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        assert line, "the program ended"
        answer = json.loads(line)
        self.reason = answer.get("refused", "")
        return answer.get("player")

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(SECONDS)


def changed(token: str, part: int, change: Callable[[dict], None]) -> str:
    """The token with a changed header (0) or changed claims (1), under the old signature."""
    parts = token.split(".")
    value = json.loads(base64.urlsafe_b64decode(parts[part] + "=="))
    change(value)
    parts[part] = base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    return ".".join(parts)


def good_and_bad_tokens(line: list[str | Path], roster: Roster) -> None:
    login, other = roster.login(), roster.login()
    token, player = login["access_token"], login["active_player_uuid"]
    program = Program(line, roster)
    assert program.player(token) == player, program.reason
    assert program.player(token, now=True) == player, program.reason

    head, claims, signature = token.split(".")
    server = roster.basic("/users/v2/oauth/token", {"grant_type": "client_credentials"})["access_token"]
    bad = {
        "another's claims": ".".join([head, other["access_token"].split(".")[1], signature]),
        "another's signature": ".".join([head, claims, other["access_token"].split(".")[2]]),
        "no signature": f"{head}.{claims}.",
        "no algorithm": changed(f"{head}.{claims}.", 0, lambda header: header.update(alg="none")),
        "an unknown key": changed(token, 0, lambda header: header.update(kid="unknown")),
        "another player": changed(token, 1, lambda it: it.update(active_player_uuid=other["active_player_uuid"])),
        "another issuer": roster.admin,
        "a client's token": server,
        "a refresh token": login["refresh_token"],
        "no token": "",
    }
    for name, text in bad.items():
        assert program.player(text) is None, name
    assert program.player(token) == player, program.reason
    assert program.player(token, after=LATER) is None, "an expired token"
    assert "exp" in program.reason, program.reason
    program.end()

    elsewhere = Program(line, roster, audience="other")
    assert elsewhere.player(token) is None, "a token for another audience"
    elsewhere.end()


def the_active_player(line: list[str | Path], roster: Roster) -> None:
    mine, friend = roster.login(), str(uuid.uuid4())
    roster.send("POST", "/users/v1/platform-user", {"platform": "Steam", "platform_user_id": friend})
    leader = {"leader_person_id": mine["person_id"]}
    follower = {"follower_platform": "Steam", "follower_platform_user_id": friend}
    roster.send("POST", "/users/v1/link", leader | follower)
    roster.send("POST", "/users/v1/cross-progression/enable", {"platform": "Steam", "platform_user_id": friend})
    refresh = {"grant_type": "refresh", "portal_access_token": mine["refresh_token"], "include_refresh": True}
    refreshed = roster.basic("/users/v1/login", refresh)
    query = urllib.parse.urlencode({"platform": "Steam", "platform_user_id": friend})
    _, steam = roster.send("GET", f"/users/v1/platform-user?{query}")
    program = Program(line, roster)
    assert program.player(refreshed["access_token"], now=True) == steam["player_uuid"], program.reason
    assert program.player(mine["access_token"]) == mine["active_player_uuid"], program.reason
    program.end()


def bans_and_log_outs(line: list[str | Path], roster: Roster) -> None:
    program = Program(line, roster)
    for change, undo in (("deactivate", "reactivate"), ("lock", "unlock")):
        login = roster.login()
        token, player = login["access_token"], login["active_player_uuid"]
        assert program.player(token, now=True) == player, program.reason
        roster.changed(player, change)
        assert program.player(token) == player, "it verifies until it expires"
        assert program.player(token, now=True) is None, change
        assert "has ended" in program.reason, program.reason
        roster.changed(player, undo)
        assert program.player(token, now=True) is None, f"{undo} revives no token"
    login = roster.login()
    roster.send("POST", "/users/v1/logout", {"refresh_token": login["refresh_token"]})
    assert program.player(login["access_token"], now=True) is None, "the session is over"
    program.end()

    stranger = Program(line, roster, client="local:wrong")
    token = roster.login()["access_token"]
    assert stranger.player(token), stranger.reason
    assert stranger.player(token, now=True) is None and "403" in stranger.reason, stranger.reason
    stranger.end()


def change_of_keys(programs: list[list[str | Path]], restarted: Callable[[str], Roster]) -> None:
    """In the order of docs/deploy.md: publish the new key, sign with it, retire the old one."""
    old, new = KEYS
    roster = restarted(old)
    first, running = roster.login(), [Program(line, roster) for line in programs]
    for program in running:
        assert program.player(first["access_token"]) == first["active_player_uuid"], program.reason
    restarted(f"{old},{new}")
    roster = restarted(f"{new},{old}")
    second = roster.login()
    kids = {json.loads(base64.urlsafe_b64decode(it["access_token"].split(".")[0] + "=="))["kid"] for it in (first, second)}
    assert len(kids) == 2, "the new key signs"
    for program in running:
        # The program has seen neither of the two deployments, and fetches the new key by itself.
        assert program.player(second["access_token"], after=COOLDOWN) == second["active_player_uuid"], program.reason
        assert program.player(first["access_token"]) == first["active_player_uuid"], program.reason
    restarted(new)
    for program in running:
        assert program.player(first["access_token"], after=KEPT) is None, "the old key is retired"
        assert program.player(second["access_token"]) == second["active_player_uuid"], program.reason
        program.end()


# Each rule holds for each program.
RULES = [good_and_bad_tokens, the_active_player, bans_and_log_outs]
