"""Fuzz all targets, or those that are named, one after the other.

``python -m tests.fuzz --seconds 30`` takes that long in all;
``python -m tests.fuzz --runs 10000000`` runs as many executions in all. What was
found worth keeping stays in the folder that ``--corpus`` names, which is temporary by
default. An input that fails is printed in Python, to become a test.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from hashlib import sha256
from pathlib import Path

from .seeds import ROOT, seeds
from .targets import TARGETS

EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


def main() -> int:
    """Return 0 if no target failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--corpus", type=Path)
    given = parser.parse_args()
    names = given.targets or list(TARGETS)
    total = sum(TARGETS[name].share for name in names)
    failed, executed = [], 0
    with tempfile.TemporaryDirectory() as temporary:
        place = (given.corpus or Path(temporary)).resolve()
        for name in names:
            if given.runs:
                limit = f"-runs={given.runs * TARGETS[name].share // total}"
            else:
                limit = f"-max_total_time={max(given.seconds // len(names), 1)}"
            status, number = fuzz(name, place / name, limit)
            executed += number
            failed += [name] * bool(status)
    print(f"{executed} executions in all; failed: {', '.join(failed) or 'none'}")
    return bool(failed)


def fuzz(name: str, place: Path, limit: str) -> tuple[int, int]:
    """Fuzz one target; return its status and the number of executions."""
    plant(name, place)
    options = (
        f"-artifact_prefix={place}-failed-",
        "-print_final_stats=1",
        "-timeout=20",
    )
    command = (
        sys.executable,
        "-m",
        "tests.fuzz.one",
        name,
        *options,
        limit,
        str(place),
    )
    run = subprocess.run(
        command, cwd=ROOT, check=False, stderr=subprocess.STDOUT, stdout=subprocess.PIPE
    )
    text = run.stdout.decode("utf-8", "replace")
    found = EXECUTED.search(text)
    number = int(found[1]) if found else 0
    print(f"{name}: {number} executions, status {run.returncode}", flush=True)
    if run.returncode:
        print(text[text.find(" === Uncaught") :][-4_000:])
        for path in place.parent.glob(f"{name}-failed-*"):
            print(f"{path.name}: {path.read_bytes()!r}", flush=True)
    return run.returncode, number


def plant(name: str, place: Path) -> None:
    """Write the seeds of a target to its folder, named by their digests."""
    place.mkdir(parents=True, exist_ok=True)
    for octets in seeds(name):
        (place / sha256(octets).hexdigest()[:20]).write_bytes(octets)


sys.exit(main())
