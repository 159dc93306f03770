#!/usr/bin/env python3
"""Compares the peers' answers with Roster's: status and form of the body, for simple cases.

Starts a bundle, and each peer's `serve` and `bootstrap` on the bundle's tables. After `install`, by the Python that it installed:
target/bench/python/bin/python perf/peers/check.py
"""

import argparse
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from runtime_api import RuntimeApi

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PEERS = ("python", "node")
PATH = "/users/v1/platform-user"
START_SECONDS = 60
STOP_SECONDS = 20
ISSUER, AUDIENCE = "roster-local", "roster"
KEYS = {
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "RS256": rsa.generate_private_key(65537, 2048),
}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--roster", type=Path, default=ROOT / "target/debug/roster", help="the bundle's binary")
    binary = parser.parse_args().roster
    with tempfile.TemporaryDirectory(prefix="roster-peers-") as name:
        data, keys = Path(name) / "data", Path(name) / "jwks.json"
        keys.write_text(json.dumps({"keys": [public_key(alg) for alg in KEYS]}))
        with roster(binary, data, keys) as url:
            expected = {case: shape(*answer(url, *request)) for case, request in cases()}
            stored = items_of_last_user(data)
            failures = [failure for peer in PEERS for failure in check(peer, data, keys, expected, stored)]
    for failure in failures:
        print(f"check.py: {failure}", file=sys.stderr)
    print(f"{len(PEERS)} peers, each served and as a function, {len(expected)} cases and what they store: {len(failures)} differences")
    return 1 if failures else 0


def check(peer: str, data: Path, keys: Path, expected: dict, stored: dict) -> list[str]:
    """Returns the differences between a peer and Roster."""
    with serving(peer, environment(data, keys)) as url:
        failures = compare(f"{peer}/serve", lambda *request: answer(url, *request), data, expected, stored)
    api = RuntimeApi()
    variables = environment(data, keys) | {"AWS_LAMBDA_RUNTIME_API": api.address, "AWS_LAMBDA_FUNCTION_NAME": peer}
    with process([HERE / peer / "bootstrap"], variables, subprocess.DEVNULL):
        failures += compare(f"{peer}/bootstrap", api.answer, data, expected, stored)
    return failures


def compare(name: str, ask: Callable, data: Path, expected: dict, stored: dict) -> list[str]:
    failures = []
    for case, request in cases():
        got = shape(*ask(*request))
        if got != expected[case]:
            failures.append(f"{name}: {case}: {got} instead of {expected[case]}")
    if (items := items_of_last_user(data)) != stored:
        failures.append(f"{name}: stored {items} instead of {stored}")
    return failures


def cases() -> Iterator[tuple[str, tuple[str | None, bytes]]]:
    """Returns the cases, each with a token and a body. Later cases depend on earlier ones."""
    account = {"platform": "Steam", "platform_user_id": str(uuid.uuid4())}
    good = json.dumps(account).encode()
    admin = bearer("EdDSA")
    head, claims, signature = admin.split(".")
    forged = f"{head}.{claims}.{signature[:10]}{'A' if signature[10] != 'A' else 'B'}{signature[11:]}"
    yield "created", (admin, good)
    yield "taken", (admin, good)
    for alg in KEYS:
        yield f"created by {alg}", (bearer(alg), json.dumps(account | {"platform_user_id": str(uuid.uuid4())}).encode())
    yield "without a token", (None, good)
    yield "not bearer", ("Basic eDp5", good)
    yield "two parts", ("Bearer a.b", good)
    yield "not base64", ("Bearer !.!.!", good)
    yield "a wrong signature", (forged, good)
    yield "an unknown key", (bearer("EdDSA", headers={"kid": "other"}), good)
    yield "expired", (bearer("ES256", exp=int(time.time()) - 60), good)
    yield "for another service", (bearer("EdDSA", aud="other"), good)
    yield "by another issuer", (bearer("EdDSA", iss="other"), good)
    yield "a refresh token", (bearer("EdDSA", token_type="refresh"), good)
    yield "another version", (bearer("EdDSA", ver=2), good)
    yield "without the permission", (bearer("EdDSA", permissions=["user:platform:read"]), good)
    yield "with just the permission", (bearer("EdDSA", permissions=["user:platform:create"]), good)
    yield "without its id", (admin, json.dumps({"platform": "Steam"}).encode())
    yield "without anything", (admin, b"{}")
    yield "an unknown platform", (admin, json.dumps(account | {"platform": "Xbox"}).encode())
    yield "an empty id", (admin, json.dumps(account | {"platform_user_id": ""}).encode())
    yield "a long name", (admin, json.dumps(account | {"display_name": "x" * 257}).encode())
    yield "no JSON", (admin, b"{")
    # This case is last, since its stored items are compared.
    named = account | {"platform_user_id": str(uuid.uuid4()), "display_name": "Ada 🎮"}
    yield "created with a name", (admin, json.dumps(named).encode())


def bearer(alg: str, headers: dict[str, str] | None = None, **changes: object) -> str:
    """A token with all permissions and these changes."""
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "check", "iat": now, "exp": now + 3600, "permissions": ["user:*"]}
    return "Bearer " + jwt.encode(claims | changes, KEYS[alg], alg, {"kid": alg} | (headers or {}))


def public_key(alg: str) -> dict[str, str]:
    algorithm = jwt.get_algorithm_by_name(alg)
    jwk = algorithm.to_jwk(KEYS[alg].public_key(), as_dict=True)
    return {name: value for name, value in jwk.items() if name != "key_ops"} | {"kid": alg, "alg": alg, "use": "sig"}


def answer(url: str, authorization: str | None, body: bytes) -> tuple[int, str, object]:
    headers = {"content-type": "application/json"} | ({"authorization": authorization} if authorization else {})
    request = urllib.request.Request(url + PATH, body, headers)
    try:
        response = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as refused:
        response = refused
    return response.status, response.headers["content-type"], json.load(response)


def shape(status: int, content_type: str, body: dict) -> tuple:
    """The parts that must be equal: the places of a 422's problems, and of all other answers everything that is not random."""
    if status == 422:
        places = (tuple(step for step in problem["loc"] if isinstance(step, str)) for problem in body["detail"])
        return status, content_type, tuple(places)
    return status, content_type, tuple((name, plain(value)) for name, value in body.items())


def plain(value: object) -> object:
    """Replaces ids by their form."""
    if isinstance(value, int) and not isinstance(value, bool):
        return "number"
    return UUID.sub("uuid", value) if isinstance(value, str) else value


def items_of_last_user(data: Path) -> dict[str, object]:
    """The three stored items of the user that was created last, without random values."""
    tables = {name: scan(data, f"{name}Table") for name in ("Persons", "Users", "Identities")}
    user = max(tables["Users"], key=lambda item: int(item["created"]["N"]))
    person_id = user["person_id"]
    of_user = {name: [item for item in items if item["person_id"] == person_id] for name, items in tables.items()}
    return {name: [typed(item) for item in items] for name, items in of_user.items()}


def typed(attribute: object) -> object:
    match attribute:
        case {"N": number}:
            return {"N": number if len(number) == 1 else f"{len(number)} digits" if len(number) > 10 else "number"}
        case {"B": base64}:
            return {"B": f"{len(base64)} digits"}
        case {"S": text}:
            return {"S": re.sub(r"#[\w-]{43}$", "#hash", UUID.sub("uuid", text))}
        case dict():
            return {name: typed(attribute[name]) for name in sorted(attribute) if name != "player_id"}
        case list():
            return [typed(element) for element in attribute]
    return attribute


def scan(data: Path, table: str) -> list[dict]:
    """Every item of a table, from the engine, which needs a signature but does not verify it."""
    signature = "AWS4-HMAC-SHA256 Credential=local/20260101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
    headers = {
        "content-type": "application/x-amz-json-1.0",
        "x-amz-target": "DynamoDB_20120810.Scan",
        "x-amz-date": "20260101T000000Z",
        "authorization": signature,
    }
    body = json.dumps({"TableName": table, "ConsistentRead": True}).encode()
    with urllib.request.urlopen(urllib.request.Request(engine(data), body, headers), timeout=30) as response:
        return json.load(response)["Items"]


def engine(data: Path) -> str:
    return json.loads((data / "roster.addresses").read_text())["dynamodb"]


@contextmanager
def roster(binary: Path, data: Path, keys: Path) -> Iterator[str]:
    if not binary.is_file():
        sys.exit(f"check.py: no bundle at {binary}; build it with: cargo build --workspace --bin roster")
    command = [binary, "--port", "0", "--data", data, "--jwks", keys]
    with process(command, os.environ | {"RUST_LOG": "warn,dynoxide=error"}) as started:
        for line in started.stdout:
            if found := re.search(r"^Roster runs at (http://\S+)", line):
                yield found[1]
                return
    sys.exit("check.py: the bundle did not start")


@contextmanager
def serving(peer: str, environment: dict[str, str]) -> Iterator[str]:
    """A peer on a port that was free a moment ago."""
    port = free_port()
    with process([HERE / peer / "serve", str(port)], environment, subprocess.DEVNULL):
        url = f"http://127.0.0.1:{port}"
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(url, timeout=5)
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.1)
        yield url


@contextmanager
def process(command: list, environment: dict[str, str], output: int = subprocess.PIPE) -> Iterator[subprocess.Popen]:
    started = subprocess.Popen(command, stdout=output, env=environment, text=True, start_new_session=True)
    try:
        yield started
    finally:
        # Ends the whole session, since some peers have several processes.
        os.killpg(started.pid, signal.SIGTERM)
        try:
            started.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(started.pid, signal.SIGKILL)
            started.wait()


def environment(data: Path, keys: Path) -> dict[str, str]:
    return os.environ | {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ENDPOINT_URL_DYNAMODB": engine(data),
        "AUTH_JWKS": keys.read_text(),
        "AUTH_ISSUER": ISSUER,
        "AUTH_AUDIENCE": AUDIENCE,
        **{f"{name.upper()}_TABLE": f"{name}Table" for name in ("Persons", "Users", "Identities", "Sequences")},
    }


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


if __name__ == "__main__":
    sys.exit(main())
