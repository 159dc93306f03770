#!/usr/bin/env python3
"""Shows the local bundle's CPU time under the mixed load by component: a flame graph as a table.

Needs `perf`, and a bundle with symbols and frame pointers:
RUSTFLAGS=-Cforce-frame-pointers=yes CFLAGS=-fno-omit-frame-pointer CARGO_PROFILE_RELEASE_STRIP=none \\
CARGO_PROFILE_RELEASE_DEBUG=line-tables-only cargo build --release --workspace --bin roster --bin throughput
"""

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOP = 15

# The innermost frame that matches decides the component. A frame that matches nothing belongs to its caller.
COMPONENTS = (
    ("engine: SQLite", r"sqlite3|^(vdbe|btree|pager|wal|unix|memjrnl|pcache|balance|parse|yy)[A-Z_]|rusqlite|libsqlite3"),
    ("engine: HTTP front", r"dynoxide::server|axum|tower|matchit"),
    ("engine: dynoxide", r"dynoxide"),
    ("queue", r"rustack"),
    ("our signatures (aws-lc)", r"aws_lc|x25519|ed25519|ED25519|curve25519|fiat_|sha512_block|bignum_|edwards"),
    ("our authentication", r"shared::auth"),
    ("our validation", r"shared::validation"),
    ("our store", r"shared::store"),
    ("our HTTP and dialects", r"shared::http"),
    ("our log line", r"tracing|shared::telemetry"),
    ("our adapter", r"shared::lambda|lambda_runtime"),
    ("our front", r"roster_local::(gateway|stand_ins::(server|lambda))"),
    ("our handlers", r"create_platform_user|find_platform_user|link_platform_user|cross_progression|"
     r"person_purge|purge_receipt|purge_person|due_purges|seal_receipts|player_links|"
     r"(get|deactivate|reactivate|lock|unlock)_user|answer_unrouted|shared::(access|user_state|identity|ambient|queue)"),
    ("AWS SDK", r"aws_sdk|aws_smithy|aws_runtime|aws_sigv4|aws_credential|aws_types"),
    ("HTTP client and server (hyper)", r"hyper|httparse|h2::"),
    ("tokio", r"tokio|mio::"),
    ("memory, for whom glibc does not say", r"malloc|free|calloc|realloc|unlink_chunk|memmove|memcpy"),
)
MEMORY = re.compile(COMPONENTS[-1][1])
OURS = re.compile(r"shared::|roster_local::|" + dict(COMPONENTS)["our handlers"])
FRAME = re.compile(r"^\s+[0-9a-f]+ (.*?)(?:\+0x[0-9a-f]+)?(?: \(([^()]*)\))?$")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--scratch", default=tempfile.gettempdir(), help="where the tables are for so long")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        recorded = Path(folder) / "perf.data"
        record(recorded, options)
        command = ["perf", "script", "-i", recorded, "-F", "comm,ip,sym,dso", "--no-inline"]
        samples = list(stacks(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    report(samples)
    return 0


def record(recorded: Path, options: argparse.Namespace) -> None:
    seconds = options.seconds
    load = ["target/release/throughput", "--mixed-only", "--rounds", "1", "--seconds", str(2 * seconds)]
    loading = subprocess.Popen([*load, "--scratch", options.scratch], cwd=ROOT)
    # After the warm-up, which is a quarter, and well before the end.
    time.sleep(seconds)
    roster = subprocess.run(["pgrep", "-P", str(loading.pid), "roster"], capture_output=True, text=True, check=True)
    perf = ["perf", "record", "-e", "cpu-clock", "-F", "997", "--call-graph", "fp", "-o", recorded, "-p"]
    subprocess.run([*perf, roster.stdout.split()[0], "--", "sleep", str(seconds)], check=True, capture_output=True)
    if loading.wait():
        sys.exit("profile.py: the load failed")


def stacks(text: str) -> Iterator[tuple[str, list[str]]]:
    """Thread and frames of each sample, the innermost first."""
    demangled = subprocess.run(["c++filt"], input=text, capture_output=True, text=True, check=True).stdout
    for block in demangled.split("\n\n"):
        thread, *frames = block.strip("\n").split("\n")
        names = [(found[1], found[2] or "") for found in map(FRAME.match, frames) if found]
        if names:
            yield thread.strip(), [f"[kernel] {name}" if "kernel" in dso else name for name, dso in names]


def component(thread: str, frames: list[str]) -> str:
    if frames[0].startswith("[kernel]"):
        return "kernel, for the engine" if thread == "dynamodb" else "kernel, for the rest"
    for frame in frames:
        for name, pattern in COMPONENTS:
            if re.search(pattern, frame):
                generic = name.startswith(("HTTP client", "tokio"))
                return "engine: HTTP front" if generic and thread == "dynamodb" else name
    return "unknown, in the engine's thread" if thread == "dynamodb" else "unknown"


def report(samples: list[tuple[str, list[str]]]) -> None:
    shares = Counter(component(thread, frames) for thread, frames in samples)
    own, inclusive = Counter(), Counter()
    for thread, frames in samples:
        ours = [plain(frame) for frame in frames if OURS.search(frame) and "dynoxide" not in frame]
        inclusive.update(set(ours))
        if ours and component(thread, frames).startswith("our"):
            own[ours[0]] += 1
    print(f"{len(samples)} samples\n\n| component | share |\n|---|---|")
    for name, count in shares.most_common():
        print(f"| {name} | {percent(count, samples)} |")
    memory = sum(bool(MEMORY.search(frames[0])) for _, frames in samples)
    print(f"\nOf all that, memory is taken, given back and copied for {percent(memory, samples)}.")
    print("\n| function of ours | own, with libraries | with all that it calls |\n|---|---|---|")
    for name, count in own.most_common(TOP):
        print(f"| `{name}` | {percent(count, samples)} | {percent(inclusive[name], samples)} |")


def plain(frame: str) -> str:
    return re.sub(r"::h[0-9a-f]{16}$|<|>|\{\{?closure\}?\}(#\d+)?|\[[0-9a-f]+\]", "", frame)[:100]


def percent(count: int, samples: list) -> str:
    return f"{100 * count / len(samples):.1f} %"


if __name__ == "__main__":
    sys.exit(main())
