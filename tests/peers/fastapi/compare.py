"""Compares Roster's validation with that of FastAPI and pydantic, over HTTP, and fails on any difference not listed.

Needs Python 3.11 or 3.12 with the packages of requirements.txt beside this file, and the bundle
(cargo build --workspace --bin roster). The seed is printed; it draws the same requests again.
"""

import argparse
import itertools
import secrets
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

# Writes no bytecode into the folder.
sys.dont_write_bytecode = True
if not (3, 11) <= sys.version_info < (3, 13):
    sys.exit("compare.py needs Python 3.11 or 3.12: later decoders describe broken JSON in other words")
try:
    import fastapi
    import pydantic

    from cases import hand_picked, of_the_classes
    from differences import DIFFERENCES
    from examples import EXAMPLES
    from generated import generated
    from judge import classes
    from oracle import Oracle
    from server import Bundle, Client, ServerError, tokens
    from wire import Answer, Endpoint, Request
except ImportError as missing:
    sys.exit(f"{missing}; install with: {sys.executable} -m pip install -r {Path(__file__).parent}/requirements.txt")

BINARY = Path(__file__).resolve().parents[3] / "target/debug/roster"
CONNECTIONS = 8
SHOWN_MAX = 20


def main() -> int:
    # Also ends the bundle.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = arguments()
    if not options.binary.is_file():
        return fail(f"no bundle at {options.binary}; build it with: cargo build --workspace --bin roster")
    if options.url and not options.data.is_dir():
        return fail(f"no data folder at {options.data}; name that of {options.url} with --data")
    started = time.monotonic()
    try:
        with ExitStack() as stack:
            if options.url:
                url, data = options.url, options.data
            else:
                bundle = stack.enter_context(Bundle(options.binary))
                url, data = bundle.url, bundle.data
            run = Run(Client(url, tokens(options.binary, data)))
            peers = f"fastapi {fastapi.__version__}, pydantic {pydantic.VERSION}"
            print(f"{url} against {peers}: seed {options.seed}", flush=True)
            run.compare(requests(options.count, options.seed))
            run.compare_examples()
    except (ServerError, OSError) as error:
        return fail(str(error))
    print(f"{time.monotonic() - started:.0f} s")
    return run.report()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5000, help="requests to draw for each endpoint (%(default)s)")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="a run's seed, to draw the same")
    parser.add_argument("--binary", type=Path, default=BINARY, help="the bundle to start (target/debug/roster)")
    parser.add_argument("--url", help="a local bundle that runs already; its users grow by some thousands")
    parser.add_argument("--data", type=Path, default=".roster", help="its data folder, for tokens (%(default)s)")
    options = parser.parse_args()
    # The PATH would be searched for a name without a folder.
    options.binary = options.binary.absolute()
    return options


def requests(count: int, seed: int) -> list[Request]:
    drawn = (generated(endpoint, count, seed) for endpoint in Endpoint)
    return list(dict.fromkeys(itertools.chain(hand_picked(), of_the_classes(), *drawn)))


class Run:
    """The comparisons of one run and their results."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._oracle = Oracle()
        self._compared: Counter[tuple[Endpoint, int]] = Counter()
        self._hits: Counter[str] = Counter()
        self._examples: Counter[str] = Counter()
        self._passed = 0
        self._failed = 0

    def compare(self, all_requests: list[Request]) -> None:
        for request, ours in zip(all_requests, self._answers(all_requests), strict=True):
            theirs = self._oracle.answer(request)
            found = classes(self._oracle, request, theirs, ours)
            self._hits.update(found or [])
            self._compared[request.endpoint, theirs.status] += 1
            self._note(found is not None, "unexplained", request, theirs, ours)

    def compare_examples(self) -> None:
        """Each class's own test: both sides answer exactly as the example says, and the class explains it."""
        answers = self._answers([example.request for example in EXAMPLES])
        for example, ours in zip(EXAMPLES, answers, strict=True):
            theirs = self._oracle.answer(example.request)
            found = classes(self._oracle, example.request, theirs, ours)
            as_told = (theirs, ours, found) == (example.theirs, example.ours, [example.difference])
            self._examples[example.difference] += 1
            self._note(as_told, f"not as the example of {example.difference} says", example.request, theirs, ours)

    def report(self) -> int:
        for difference in DIFFERENCES:
            examples, hits = self._examples[difference.name], self._hits[difference.name]
            print(f"{difference.name}: {hits} requests, {examples} examples")
            if not (examples and hits):
                self._failed += 1
                print("  a class without a request or an example is no class")
        for endpoint in Endpoint:
            accepted, unparsed, refused = (self._compared[endpoint, status] for status in (200, 400, 422))
            counts = f"FastAPI answers 200 to {accepted}, 400 to {unparsed}, 422 to {refused}"
            print(f"{endpoint.value}: {accepted + unparsed + refused} requests; {counts}")
        print(f"{self._passed} passed, {self._failed} failed")
        return int(self._failed > 0)

    def _answers(self, all_requests: list[Request]) -> Iterator[Answer]:
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            yield from pool.map(self._client.answer, all_requests)

    def _note(self, as_expected: bool, problem: str, request: Request, theirs: Answer, ours: Answer) -> None:
        if as_expected:
            self._passed += 1
            return
        self._failed += 1
        if self._failed <= SHOWN_MAX:
            print(f"{problem}: {request}\n  ours   {ours}\n  theirs {theirs}", flush=True)


def fail(problem: str) -> int:
    print(problem, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
