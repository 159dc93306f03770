"""Plants each mutant of this folder in a copy of the tree, and demands that the test that guards against it fails.

A mutant is a patch with a head: `Suite:` the test binary, `Tests:` which of its tests to run, and `Finds:` what the output of the
failure must say, such as the name of the invariant. Mutants with the same `Build:` are planted together, and each is to be found by its
own test. `run.py` takes names of mutants; without any it runs all.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / "target" / "planted"
TEST_SECONDS, TOTAL_SECONDS = 900, 1200
TREE = WORK / "tree"
BUILD = WORK / "build"


def main(names):
    mutants = [Mutant(path) for path in sorted(HERE.glob("*.patch")) if not names or path.stem in names]
    unknown = set(names) - {mutant.name for mutant in mutants}
    if unknown or not mutants:
        sys.exit(f"no such mutant: {', '.join(sorted(unknown)) or 'none at all'}")
    begun = time.monotonic()
    copy_tree()
    seed_build()
    problems = baseline(mutants)
    builds = {}
    for mutant in mutants if not problems else []:
        builds.setdefault(mutant.build, []).append(mutant)
    for together in builds.values():
        started = time.monotonic()
        if started - begun > TOTAL_SECONDS:
            problems.append(f"more than {TOTAL_SECONDS} s for all mutants")
            break
        for mutant, problem in plant(together):
            print(f"{mutant.name}: {problem or 'found'} ({time.monotonic() - started:.0f} s)", flush=True)
            problems += [f"{mutant.name}: {problem}"] if problem else []
            started = time.monotonic()
    print(f"{len(mutants)} mutants, {len(problems)} problems")
    sys.exit("\n".join(problems) or 0)


class Mutant:
    def __init__(self, path):
        self.name, self.path = path.stem, path
        head, _, _ = path.read_text().partition("\n---")
        fields = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
        try:
            self.suite, self.tests, self.finds = fields["Suite"], fields["Tests"], fields["Finds"]
            self.build = fields.get("Build", self.name)
        except KeyError as missing:
            sys.exit(f"{path.name} has no line {missing}")


def copy_tree():
    """What git knows of, as it is in the work tree; files that are the same keep their times, for cargo."""
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT).stdout.split("\0")
    wanted = {name for name in listed if name and (ROOT / name).is_file()}
    for name in wanted:
        source, target = ROOT / name, TREE / name
        if not target.is_file() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    if not (TREE / ".git").exists():
        # Patches are applied by git, which must not take the tree for a part of ours.
        run(["git", "init", "--quiet"], TREE)
    for path in TREE.rglob("*"):
        name = path.relative_to(TREE)
        if path.is_file() and name.parts[0] != ".git" and str(name) not in wanted:
            path.unlink()


def seed_build():
    """Begins with the dependencies that are built already: only our own crates are built anew.

    Libraries are links. What cargo and build scripts write in place are copies, or a build here would change what a build of
    ours believes to be fresh.
    """
    built, ours = ROOT / "target" / "debug", BUILD / "debug"
    if ours.exists() or not built.exists():
        return
    ours.mkdir(parents=True)
    for part, how in [("deps", "-al"), ("build", "-a"), (".fingerprint", "-a")]:
        subprocess.run(["cp", how, built / part, ours / part], check=True)


def baseline(mutants):
    """Without a mutant every test that is to find one passes, and there is one."""
    problems = []
    for suite in sorted({mutant.suite for mutant in mutants}):
        filters = sorted({mutant.tests for mutant in mutants if mutant.suite == suite})
        done = test(suite, filters)
        if done.returncode != 0:
            return [f"{suite} fails without any mutant:\n{done.stdout[-4000:]}"]
        for tests in filters:
            if not any(tests in line and line.startswith("test ") for line in done.stdout.splitlines()):
                problems.append(f"{suite} has no test {tests}")
    return problems


def plant(mutants):
    """Each mutant with what is wrong about how it was found, all of them planted at once."""
    planted = []
    try:
        for mutant in mutants:
            applied = run(["git", "apply", "--whitespace=nowarn", mutant.path], TREE, check=False)
            if applied.returncode != 0:
                yield mutant, f"does not apply: {applied.stdout}"
            else:
                planted.append(mutant)
        for mutant in planted:
            yield mutant, look_for(mutant)
    finally:
        for mutant in reversed(planted):
            run(["git", "apply", "--whitespace=nowarn", "--reverse", mutant.path], TREE)


def look_for(mutant):
    done = test(mutant.suite, [mutant.tests])
    if "error: could not compile" in done.stdout:
        return f"does not compile:\n{done.stdout[-4000:]}"
    if done.returncode == 0:
        return f"is not found by {mutant.suite} {mutant.tests}"
    if mutant.finds not in done.stdout.partition("failures:")[2]:
        return f"something else failed than {mutant.finds!r}:\n{done.stdout[-4000:]}"
    return None


def test(suite, filters):
    command = ["cargo", "test", "--locked", "-p", "tests", "--test", suite, "--", *filters]
    # Each mutant changes few files of a tree that was just built, and is found in few of the simulation's schedules.
    environment = os.environ | {
        "CARGO_TARGET_DIR": str(BUILD),
        "CARGO_INCREMENTAL": "1",
        "ROSTER_SCHEDULES": "20000",
        "RUST_BACKTRACE": "0",
    }
    return run(command, TREE, check=False, environment=environment)


def run(command, folder, check=True, environment=None):
    folder.mkdir(parents=True, exist_ok=True)
    # A mutant may hang its test; that is an end, too, and not the one that is asked for.
    command = ["timeout", str(TEST_SECONDS), *command]
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if check and done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}:\n{done.stdout}")
    return done


if __name__ == "__main__":
    main(sys.argv[1:])
