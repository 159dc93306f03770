"""Plants each mutant of this folder in a copy of the tree, and checks that the test that the mutant names fails.

A mutant is a patch with a head. `Suite:` is the test binary, and `Tests:` are the tests of it to run. `Finds:` is a text
that the output of the failure must have, such as the name of a rule. Mutants with the same `Build:` are planted together,
and each must be found by its own test. `run.py` takes names of mutants. Without names it runs all.
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
    """Copies the files of the work tree that git knows. Unchanged files keep their times, so that cargo builds less."""
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT).stdout.split("\0")
    wanted = {name for name in listed if name and (ROOT / name).is_file()}
    for name in wanted:
        source, target = ROOT / name, TREE / name
        if not target.is_file() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    if not (TREE / ".git").exists():
        # git applies the patches. Its own repository keeps git from taking the copy as a part of this one.
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
    """Checks that every test that must find a mutant exists, and passes without one."""
    problems = []
    suites = sorted({mutant.suite for mutant in mutants})
    build(suites)
    for suite in suites:
        filters = sorted({mutant.tests for mutant in mutants if mutant.suite == suite})
        done = test(suite, filters)
        if done.returncode != 0:
            return [f"{suite} fails without any mutant:\n{done.stdout[-4000:]}"]
        for tests in filters:
            if not any(tests in line and line.startswith("test ") for line in done.stdout.splitlines()):
                problems.append(f"{suite} has no test {tests}")
    return problems


def plant(mutants):
    """Plants these mutants together. Yields each with the problem of its finding, if there is one."""
    planted = []
    try:
        for mutant in mutants:
            applied = run(["git", "apply", "--whitespace=nowarn", mutant.path], TREE, check=False)
            if applied.returncode != 0:
                yield mutant, f"does not apply: {applied.stdout}"
            else:
                planted.append(mutant)
        build(sorted({mutant.suite for mutant in planted}))
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


def build(suites):
    """Builds several suites side by side. What does not compile is reported by the test of its mutant."""
    if len(suites) > 1:
        cargo(["--no-run", *(f"--test={suite}" for suite in suites)])


def test(suite, filters):
    return cargo(["--test", suite, "--", *filters])


def cargo(arguments):
    command = ["cargo", "test", "--locked", "-p", "tests", *arguments]
    # A mutant changes few files of a built tree, and the simulation finds it within few schedules.
    environment = os.environ | {
        "CARGO_TARGET_DIR": str(BUILD),
        "CARGO_INCREMENTAL": "1",
        "ROSTER_SCHEDULES": "20000",
        "RUST_BACKTRACE": "0",
    }
    return run(command, TREE, check=False, environment=environment)


def run(command, folder, check=True, environment=None):
    folder.mkdir(parents=True, exist_ok=True)
    # A mutant may make its test hang. The timeout ends it, which does not count as found.
    command = ["timeout", str(TEST_SECONDS), *command]
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if check and done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}:\n{done.stdout}")
    return done


if __name__ == "__main__":
    main(sys.argv[1:])
