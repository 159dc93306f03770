#!/usr/bin/env python3
"""Runs suites against other engines than the embedded ones, through the SDK's endpoint variables.

ministack  DynamoDB and SQS
moto       SQS; DynamoDB stays the embedded one, since moto's transactions book twice

`.ci/run engines` installs the engines and runs this. What differs is in tests/suites/engine/known.rs.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
BIN = Path(sys.executable).parent

START_SECONDS = 60
STOP_SECONDS = 20
SUITE_SECONDS = 1200


@dataclass
class Engine:
    """An engine: its command, the suites that run against it, and the tests that cannot, with the reason."""

    command: list[str]
    environment: dict[str, str]
    ready: str
    variables: list[str]
    suites: dict[str, list[str]]
    skipped: dict[str, dict[str, str]] = field(default_factory=dict)


ENGINES = {
    "ministack": Engine(
        command=[str(BIN / "ministack")],
        environment={"BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1", "GATEWAY_PORT": "{port}"},
        ready="/_ministack/health",
        variables=["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SQS"],
        suites={"engine": [], "people": [], "states": [], "roles": [], "faults": [], "purges": []},
    ),
    "moto": Engine(
        command=[str(BIN / "moto_server"), "-H", "127.0.0.1", "-p", "{port}"],
        # Every bundle has its own region, so that their queues are separate.
        environment={"MOTO_ALLOW_NONEXISTENT_REGION": "true"},
        ready="/moto-api/",
        variables=["AWS_ENDPOINT_URL_SQS"],
        suites={"engine": [], "purges": ["dispatch::", "worker::"]},
    ),
}


def main() -> int:
    names = sys.argv[1:] or list(ENGINES)
    if unknown := [name for name in names if name not in ENGINES]:
        print(f"run.py: no engine {unknown[0]}; there are {', '.join(ENGINES)}", file=sys.stderr)
        return 2
    failed = [name for name in names if not run(name, ENGINES[name])]
    if failed:
        print(f"run.py: failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def run(name: str, engine: Engine) -> bool:
    """Whether all suites pass against an engine of their own."""
    port = free_port()
    command = [part.format(port=port) for part in engine.command]
    own = {key: value.format(port=port) for key, value in engine.environment.items()}
    # Passes on neither the developer's settings nor AWS credentials.
    environment = {"PATH": os.environ.get("PATH", "")} | own
    with tempfile.TemporaryDirectory(prefix="roster-engines-") as folder:
        with (Path(folder) / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            wait(process, f"http://127.0.0.1:{port}{engine.ready}")
            passed = [suite(name, engine, port, test, filters) for test, filters in engine.suites.items()]
            if process.poll() is not None:
                print(f"run.py: {name} ended meanwhile, with code {process.returncode}", file=sys.stderr)
                return False
            return all(passed)
        except TimeoutError as late:
            print(f"run.py: {name}: {late}\n{(Path(folder) / 'log').read_text(errors='replace')[-2000:]}", file=sys.stderr)
            return False
        finally:
            stop(process)


def suite(name: str, engine: Engine, port: int, test: str, filters: list[str]) -> bool:
    print(f"-- {name}: {test} {' '.join(filters)}", flush=True)
    there = subprocess.run(cargo(test, "--list"), cwd=ROOT, capture_output=True, text=True, check=False).stdout
    skipped = engine.skipped.get(test, {})
    for skip, why in skipped.items():
        print(f"skipped against {name}: {skip}: it {why}", flush=True)
    # A filter or a row that matches no test could leave tests out unnoticed.
    unknown = [part for part in (*filters, *(f"{skip}: test" for skip in skipped)) if part not in there]
    if not there or unknown:
        print(f"run.py: {test} has no test {', '.join(unknown)}", file=sys.stderr)
        return False
    skips = [part for skip in skipped for part in ("--skip", skip)]
    variables = {variable: f"http://127.0.0.1:{port}" for variable in engine.variables}
    environment = os.environ | variables | {"ROSTER_TEST_ENGINE": name, "RUST_BACKTRACE": "0"}
    line = cargo(test, *filters, *skips)
    return subprocess.run(line, cwd=ROOT, env=environment, timeout=SUITE_SECONDS, check=False).returncode == 0


def cargo(test: str, *arguments: str) -> list[str]:
    return ["cargo", "test", "--quiet", "--locked", "--workspace", "--test", test, "--", *arguments]


def wait(process: subprocess.Popen, url: str) -> None:
    """Waits until the engine answers."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(f"no answer within {START_SECONDS} s, or it ended (code {process.poll()})")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
