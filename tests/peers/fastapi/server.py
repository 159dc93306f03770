"""The compiled local bundle: one that is started for the run, or one that runs already."""

import http.client
import os
import re
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from wire import OF_CLIENTS, Answer, Caller, Request

START_SECONDS = 60
STOP_SECONDS = 20
ANSWER_SECONDS = 30
# The client that every local bundle has: `local` with the secret `local`.
CLIENT = "Basic bG9jYWw6bG9jYWw="


class ServerError(Exception):
    """The bundle cannot be compared: it is missing, does not start, or does not answer."""


class Bundle:
    """`roster` on a free port, with its data in a temporary folder."""

    def __init__(self, binary: Path) -> None:
        self._binary = binary
        self._folder = tempfile.TemporaryDirectory(prefix="roster-contract-")
        self.data = Path(self._folder.name) / "data"
        self._log = Path(self._folder.name) / "log"

    def __enter__(self) -> Self:
        command: list[str | Path] = [self._binary, "--port", "0", "--data", self.data]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=_environment(), text=True)
        # A bundle that hangs at the start is ended, which also ends the reading below.
        watchdog = threading.Timer(START_SECONDS, self._process.kill)
        watchdog.start()
        try:
            self.url = self._address()
        except BaseException as error:
            self.__exit__(type(error))
            raise
        finally:
            watchdog.cancel()
        return self

    def __exit__(self, failure: type[BaseException] | None = None, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
        if failure is ServerError:
            print(self.log(), file=sys.stderr)
        self._folder.cleanup()

    def log(self) -> str:
        """The end of what the bundle wrote."""
        return self._log.read_text(errors="replace")[-2000:]

    def _address(self) -> str:
        """The address that the bundle prints once it listens."""
        for line in self._process.stdout or []:
            if found := re.search(r"http://\S+", line):
                return found[0]
        raise ServerError(f"{self._binary} ended before it listened, with code {self._process.wait()}")


def tokens(binary: Path, data: Path) -> dict[Caller, str | None]:
    """Tokens signed by the development key of this data folder."""
    return {
        Caller.ADMIN: _token(binary, data, "user:*", "purge:*:*"),
        Caller.POWERLESS: _token(binary, data),
        Caller.NOBODY: None,
    }


class Client:
    """Sends requests over connections that stay open, one for each thread."""

    def __init__(self, url: str, caller_tokens: dict[Caller, str | None]) -> None:
        self._host = urlsplit(url).netloc
        self._tokens = caller_tokens
        self._local = threading.local()

    def answer(self, request: Request) -> Answer:
        if not hasattr(self._local, "connection"):
            self._local.connection = http.client.HTTPConnection(self._host, timeout=ANSWER_SECONDS)
        connection = self._local.connection
        headers = {}
        if request.endpoint in OF_CLIENTS and request.caller is Caller.ADMIN:
            headers["authorization"] = CLIENT
        elif token := self._tokens[request.caller]:
            headers["authorization"] = f"Bearer {token}"
        if request.content_type is not None:
            headers["content-type"] = request.content_type
        try:
            connection.request("POST", request.path, request.body, headers)
            reply = connection.getresponse()
            return Answer(reply.status, reply.read().decode())
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise ServerError(f"no answer from {self._host} ({error!r}) to {request}") from error


def _token(binary: Path, data: Path, *permissions: str) -> str:
    options = [option for permission in permissions for option in ("--permission", permission)]
    command: list[str | Path] = [binary, "token", "--data", data, *options]
    made = subprocess.run(command, capture_output=True, encoding="utf-8", env=_environment(), check=False)
    if made.returncode:
        raise ServerError(f"no token from {binary}: {made.stderr.strip()}")
    return str(made.stdout).strip()


def _environment() -> dict[str, str]:
    """The environment without the developer's own settings, which the bundle would follow."""
    return {"PATH": os.environ.get("PATH", ""), "RUST_LOG": "error"}
