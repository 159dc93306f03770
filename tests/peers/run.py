#!/usr/bin/env python3
"""Starts the local bundle and runs clients of others against it, and the programs of docs/tokens.md.

javascript    @zitadel/client over gRPC-Web, connect-node over Connect with JSON and protobuf
browser       fetch, @zitadel/client/web and connect-web from pages of other origins, in chromium
python        zitadel-client over Connect with JSON
connect       connect-python, which compresses, over Connect and gRPC-Web
curl          REST, Connect with JSON, gRPC-Web
schemathesis  every operation of /openapi.json, with every check
generated     a client in Python and types for TypeScript, generated from openapi.yaml
tokens        the login service in TypeScript and the program that mints tokens, both from docs/tokens.md
clients       the programs of docs/clients.md in TypeScript and Python, which verify a player's token

`.ci/run zitadel` and `.ci/run openapi` build the bundle, install the tools, and run this.
"""

import argparse
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clients import check as services
from zitadel.pages import served

HERE = Path(__file__).resolve().parent
ZITADEL, OPENAPI, TOKENS, CLIENTS = HERE / "zitadel", HERE / "openapi", HERE / "tokens", HERE / "clients"
ROOT = HERE.parents[1]
TOKENS_PAGE, CLIENTS_PAGE = ROOT / "docs/tokens.md", ROOT / "docs/clients.md"
BINARY = ROOT / "target/debug/roster"
PYTHON = ROOT / "target/ci-clients/bin/python"

START_SECONDS = 60
STOP_SECONDS = 20
SUITE_SECONDS = 1200
CASES_MIN = 2000
# The login service of docs/tokens.md, "What a login service calls and checks".
LOGIN = {"issuer": "https://login.example.com", "audience": "roster"}
# Nothing listens on port 9 of this machine.
UNREACHABLE = LOGIN | {"jwks_url": "http://127.0.0.1:9/keys"}
# The accounts and platforms that schemathesis.toml names.
ACCOUNTS = [(platform, str(account)) for platform in ("Steam", "Epic") for account in range(1, 9)]


class Failure(Exception):
    """The reason why the run ends, in a text for the person that started it."""


@dataclass
class Bundle:
    """A running bundle."""

    binary: Path
    folder: Path
    url: str

    def token(self, *permissions: str, account: tuple[str, str] | None = None) -> str:
        """A token with these permissions, of this platform and account."""
        options = [option for permission in permissions for option in ("--permission", permission)]
        if account:
            options += ["--platform", account[0], "--platform-user-id", account[1]]
        command = [self.binary, "token", "--data", self.folder / "data", *options]
        made = subprocess.run(command, capture_output=True, text=True, env=bundle_environment(), check=False)
        if made.returncode:
            raise Failure(f"no token from {self.binary}: {made.stderr.strip()}")
        return made.stdout.strip()

    def environment(self) -> dict[str, str]:
        """The variables for the suites."""
        return os.environ | {
            "ROSTER_URL": self.url,
            "ROSTER_ADMIN": self.token("user:*", "purge:*:*", "user.*", account=ACCOUNTS[0]),
            "ROSTER_WRITER": self.token("user.write"),
            "ROSTER_READER": self.token("user.read"),
        }


def main() -> int:
    options = arguments()
    try:
        for suite in options.suites:
            SUITES[suite].check()
        results = {suite: run(suite, options.binary) for suite in options.suites}
    except Failure as failure:
        print(f"run.py: {failure}", file=sys.stderr)
        return 2
    failed = [suite for suite, passed in results.items() if not passed]
    if failed:
        print(f"run.py: failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suites", nargs="*", metavar="SUITE", help="all of them without", default=list(SUITES))
    parser.add_argument("--binary", type=Path, default=BINARY, help="the bundle to start (target/debug/roster)")
    options = parser.parse_args()
    if unknown := [suite for suite in options.suites if suite not in SUITES]:
        parser.error(f"no suite {unknown[0]}; there are {', '.join(SUITES)}")
    if not options.binary.is_file():
        parser.error(f"no bundle at {options.binary}; build it with: cargo build --workspace --bin roster")
    return options


def run(suite: str, binary: Path) -> bool:
    """Whether the suite passes, against a bundle of its own."""
    print(f"-- {suite}", flush=True)
    with started(binary) as bundle:
        return SUITES[suite].run(bundle)


@contextmanager
def started(binary: Path, *options: str | Path, **variables: str) -> Iterator[Bundle]:
    """A bundle that runs during the suite, and must run to its end."""
    with tempfile.TemporaryDirectory(prefix="roster-clients-") as name:
        folder = Path(name)
        process = start(binary, folder, options, variables)
        try:
            yield Bundle(binary, folder, address(process, folder))
            if process.poll() is not None:
                raise Failure(f"the bundle ended meanwhile, with code {process.returncode}: {log(folder)}")
        finally:
            stop(process)


def start(
    binary: Path, folder: Path, options: tuple[str | Path, ...], variables: dict[str, str], port: int = 0
) -> subprocess.Popen:
    command = [binary, "--port", str(port), "--data", folder / "data", *options]
    environment = bundle_environment() | variables
    with (folder / "log").open("wb") as errors:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment, text=True)


def bundle_environment() -> dict[str, str]:
    """The environment without the developer's own settings, which the bundle would follow."""
    return {"PATH": os.environ.get("PATH", ""), "RUST_LOG": "warn,dynoxide=error"}


def address(process: subprocess.Popen, folder: Path) -> str:
    """The URL that the bundle prints once it listens. A bundle that hangs is ended, which also ends the reading."""
    watchdog = threading.Timer(START_SECONDS, process.kill)
    watchdog.start()
    try:
        for line in process.stdout:
            if found := re.search(r"^Roster runs at (http://\S+)", line):
                return found[1]
    finally:
        watchdog.cancel()
    raise Failure(f"the bundle ended before it listened, with code {process.wait()}: {log(folder)}")


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def log(folder: Path) -> str:
    return (folder / "log").read_text(errors="replace")[-2000:]


def command(bundle: Bundle, *line: str | Path, folder: Path = ZITADEL, **variables: str) -> bool:
    """Runs a command. Returns whether it succeeds."""
    environment = bundle.environment() | variables
    try:
        return subprocess.run(line, cwd=folder, env=environment, timeout=SUITE_SECONDS, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        raise Failure(f"{line[0]} ran for {SUITE_SECONDS} s without an end") from None


def javascript(bundle: Bundle) -> bool:
    return command(bundle, "node", "--test", "--test-reporter=spec", "zitadel.mjs")


def browser(closed: Bundle) -> bool:
    """Against a bundle without CORS, one with it, and one that waits for its issuer's keys."""
    folder = closed.folder / "page"
    folder.mkdir()
    with served(folder) as port:
        origin = f"http://localhost:{port}"
        with (
            started(closed.binary, "--cors", origin) as bundle,
            started(closed.binary, "--cors", origin, AUTH_ISSUERS=json.dumps([UNREACHABLE])) as waiting,
        ):
            return command(
                bundle,
                *("node", "--test", "--test-reporter=spec", "browser.mjs"),
                ROSTER_CLOSED_URL=closed.url,
                ROSTER_WAITING_URL=waiting.url,
                WAITING_ISSUER=UNREACHABLE["issuer"],
                PAGE_FOLDER=str(folder),
                PAGE_ORIGIN=origin,
                # By another host name, the same page has another origin.
                PAGE_FOREIGN_ORIGIN=f"http://127.0.0.1:{port}",
                CHROMIUM=shutil.which("chromium"),
            )


def chromium_and_packages() -> None:
    node_and_packages()
    if not shutil.which("chromium"):
        raise Failure("browser needs chromium; `.ci/run zitadel` installs Debian's")


def node_and_packages() -> None:
    if not shutil.which("node"):
        raise Failure("this needs Node 20 or newer; install it, or let `.ci/run zitadel` bring it")
    script = "process.exit(Number(parseInt(process.versions.node) < 20))"
    if subprocess.run(["node", "-e", script], check=False).returncode:
        raise Failure("this needs Node 20 or newer; the one on the PATH is older")
    if not (HERE / "node_modules/@zitadel/client").is_dir():
        raise Failure("this needs npm packages; `.ci/run zitadel` installs them")


def python(bundle: Bundle) -> bool:
    # Ignores warnings about a later version of a library, which the client's authors must handle.
    return command(bundle, interpreter(), "-W", "ignore", "zitadel.py")


def connect(bundle: Bundle) -> bool:
    return command(bundle, interpreter(), "connect_python.py")


def curl(bundle: Bundle) -> bool:
    return command(bundle, "bash", "curl.sh")


def bash_and_curl() -> None:
    for tool in ("bash", "curl"):
        if not shutil.which(tool):
            raise Failure(f"curl.sh needs {tool}")


def schemathesis(bundle: Bundle) -> bool:
    """Runs in the bundle's folder, since schemathesis leaves files where it runs."""
    shutil.copy(OPENAPI / "schemathesis.toml", bundle.folder)
    created = [create_user(bundle, *account) for account in ACCOUNTS]
    for file, field in (("persons", "person_id"), ("players", "player_uuid")):
        (bundle.folder / file).write_text("".join(f'"{user[field]}"\n' for user in created))
    passed = command(
        bundle,
        *(interpreter(), "-m", "schemathesis.cli", "run", f"{bundle.url}/openapi.json"),
        *("--url", bundle.url, "--no-color", "--report", "json", "--report-json-path", "report.json"),
        folder=bundle.folder,
        SCHEMATHESIS_HOOKS=str(OPENAPI / "schemathesis_hooks.py"),
    )
    report = bundle.folder / "report.json"
    if not report.is_file():
        return False
    counts = json.loads(report.read_text())["test_cases"]
    failed = max(counts["with_failures"] + counts["errored"], 0 if passed else 1)
    print(f"{counts['generated'] - counts['with_failures'] - counts['errored']} passed, {failed} failed", flush=True)
    if counts["generated"] < CASES_MIN:
        print(f"that is fewer than {CASES_MIN} cases", flush=True)
        return False
    return passed


def generated(bundle: Bundle) -> bool:
    return command(bundle, interpreter(), OPENAPI / "generated.py", folder=bundle.folder)


def generators() -> None:
    package("openapi_python_client")()
    node_and_packages()
    if not (HERE / "node_modules/openapi-typescript").is_dir():
        raise Failure("generated needs openapi-typescript; `.ci/run openapi` installs it")


def tokens(bundle: Bundle) -> bool:
    """Against a bundle that trusts the key set of the page's program, and the login service as an issuer."""
    folder = bundle.folder / "tokens"
    folder.mkdir()
    (folder / "login.mts").write_text(fence(TOKENS_PAGE, "ts"))
    (folder / "mint.mjs").write_text(fence(TOKENS_PAGE, "js"))
    compiler = (HERE / "node_modules/typescript/bin/tsc", "--strict", "--noEmitOnError")
    if not command(bundle, "node", *compiler, "--target", "es2022", "--module", "nodenext", "login.mts", folder=folder):
        return False
    laptop, keys = printed("node", "mint.mjs", folder=folder), printed("node", TOKENS / "issuer.mjs", folder=folder)
    issuers = json.dumps([LOGIN | {"jwks": json.loads(keys)}])
    with started(bundle.binary, "--jwks", folder / "keys.json", AUTH_ISSUERS=issuers) as trusting:
        return command(
            trusting,
            *("node", "--test", "--test-reporter=spec", "login.mjs"),
            folder=TOKENS,
            TOKENS_FOLDER=str(folder),
            TOKENS_SERVICE=trusting.token("user:platform:create", "user:platform:read"),
            TOKENS_LAPTOP=laptop,
        )


def clients(bundle: Bundle) -> bool:
    """Each program against this bundle, then both against one that is started again with other keys."""
    folder = bundle.folder / "clients"
    folder.mkdir()
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    (folder / "players.mts").write_text(fence(CLIENTS_PAGE, "ts"))
    (folder / "players.py").write_text(fence(CLIENTS_PAGE, "python"))
    compiler = (HERE / "node_modules/typescript/bin/tsc", "--strict", "--noEmitOnError")
    options = ("--target", "es2022", "--module", "nodenext", "players.mts")
    if not command(bundle, "node", *compiler, *options, folder=folder):
        return False
    programs = {
        "TypeScript": ["node", CLIENTS / "driver.mjs", folder / "players.mjs"],
        "Python": [interpreter(), CLIENTS / "driver.py", folder / "players.py"],
    }
    roster = services.Roster(bundle.url, bundle.token("user:*", "user.*"))
    passed = [followed(f"{name}: {rule.__name__}", rule, line, roster) for name, line in programs.items() for rule in services.RULES]
    with restarting(bundle.binary, folder) as restarted:
        passed.append(followed("change of keys", services.change_of_keys, list(programs.values()), restarted))
    return all(passed)


def followed(name: str, rule: Callable[..., None], *arguments: object) -> bool:
    try:
        rule(*arguments)
    except AssertionError as broken:
        print(f"{name}: {broken}", flush=True)
        return False
    print(f"{name}: passed", flush=True)
    return True


@contextmanager
def restarting(binary: Path, folder: Path) -> Iterator[Callable[[str], services.Roster]]:
    """Starts a bundle anew, at one address and on one folder, with other keys of tokens."""
    running: list[subprocess.Popen] = []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def restart(keys: str) -> services.Roster:
        while running:
            stop(running.pop())
        running.append(start(binary, folder, (), {"LOGIN_KEYS": keys}, port))
        bundle = Bundle(binary, folder, address(running[0], folder))
        return services.Roster(bundle.url, bundle.token("user:*"))

    try:
        yield restart
    finally:
        for process in running:
            stop(process)


def fence(page: Path, language: str) -> str:
    """The page's one block in this language."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
    if len(blocks) != 1:
        raise Failure(f"{page} has {len(blocks)} blocks in {language}, and one is expected")
    return blocks[0]


def printed(*line: str | Path, folder: Path) -> str:
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, timeout=START_SECONDS, check=False)
    if done.returncode:
        raise Failure(f"{line[0]} {line[1]} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def typescript() -> None:
    node_and_packages()
    if not (HERE / "node_modules/typescript").is_dir():
        raise Failure("this needs typescript; `.ci/run openapi` installs it")


def typescript_and_python() -> None:
    typescript()
    package("jwt")()
    if not (HERE / "node_modules/jose").is_dir():
        raise Failure("clients needs jose; `.ci/run openapi` installs it")


def create_user(bundle: Bundle, platform: str, account: str) -> dict[str, str]:
    body = json.dumps({"platform": platform, "platform_user_id": account}).encode()
    headers = {"authorization": f"Bearer {bundle.token('user:*')}", "content-type": "application/json"}
    request = urllib.request.Request(f"{bundle.url}/users/v1/platform-user", body, headers)
    with urllib.request.urlopen(request, timeout=START_SECONDS) as answer:
        return json.load(answer)


def interpreter() -> Path:
    """The Python of the tools if `.ci/run` has installed them, otherwise the one that runs this."""
    return PYTHON if PYTHON.exists() else Path(sys.executable)


def package(name: str) -> Callable[[], None]:
    def check() -> None:
        line = [interpreter(), "-W", "ignore", "-c", f"import {name}"]
        if subprocess.run(line, capture_output=True, check=False).returncode:
            hint = f"{interpreter()} -m pip install -r {HERE / 'requirements.txt'}"
            raise Failure(f"{interpreter()} has no {name}; `.ci/run zitadel` installs it, or: {hint}")

    return check


@dataclass
class Suite:
    """The needs of a suite, and its command."""

    check: Callable[[], None]
    run: Callable[[Bundle], bool]


SUITES = {
    "javascript": Suite(node_and_packages, javascript),
    "browser": Suite(chromium_and_packages, browser),
    "python": Suite(package("zitadel_client"), python),
    "connect": Suite(package("connectrpc"), connect),
    "curl": Suite(bash_and_curl, curl),
    "schemathesis": Suite(package("schemathesis"), schemathesis),
    "generated": Suite(generators, generated),
    "tokens": Suite(typescript, tokens),
    "clients": Suite(typescript_and_python, clients),
}


if __name__ == "__main__":
    sys.exit(main())
