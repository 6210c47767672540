"""What does it cost to check a recording?"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from lxml import etree

from benchmarks import work
from benchmarks.questions.streaming import stanzas_of
from benchmarks.registry import OURS, Amount, Goal, Session, count, question
from benchmarks.timing import Contender, contender

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FLOOR: Final = "iterparse, XMLSchema.validate"
LINT: Final = "xmllint --schema"
PURE: Final = "xmlschema-validate"
SCHEMA: Final = str(work.ROOT / "benchmarks" / "stream.xsd")
CHECK: Final = (sys.executable, "-m", "xep0184", "check", "--quiet")
FILES: Final = 8
PART: Final = 10  # xmlschema-validate gets a tenth, as it takes minutes for all


def _validate(octets: bytes) -> int:
    """Do the least there is to do: validate every stanza."""
    schema = etree.XMLSchema(etree.parse(work.ROOT / "schema" / "xmpp.xsd"))
    return sum(map(schema.validate, stanzas_of(octets)))


def _program(name: str, *command: str | Path, part: int = 1) -> Contender:
    def seconds(times: int) -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for _ in range(times):
            _run(*command)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        user = after.ru_utime - before.ru_utime
        return part * (user + after.ru_stime - before.ru_stime)

    return Contender(name, seconds)


def _run(*command: str | Path) -> None:
    subprocess.run(command, cwd=work.ROOT, check=True, capture_output=True)  # noqa: S603  # a benchmark's own


@cache
def _place() -> TemporaryDirectory[str]:
    """Return the directory of the recordings, which is removed at the end."""
    return TemporaryDirectory()


@cache
def _recording(stanzas: int) -> Path:
    path = Path(_place().name) / f"{stanzas}.xml"
    path.write_bytes(b"".join(work.stream(stanzas)))
    return path


@question(
    "check of 100,000 clean stanzas",
    floor=FLOOR,
    goals=(
        Goal(of=OURS, by=FLOOR, at_most=8),
        Goal(
            of=PURE,
            by=OURS,
            at_least=10,
            why="It validates; a check reads, validates, and holds each stanza against"
            " all rules.",
        ),
    ),
    slow=True,
)
def check(session: Session) -> Iterator[Contender]:
    """How long to find that nothing is odd about the stanzas of a recording?

    Programs are started anew; their start is part of what they take.
    """
    stanzas = session.scale.stanzas
    octets = b"".join(work.stream(stanzas))
    if _validate(octets) != stanzas:
        message = "not every stanza is valid"
        raise RuntimeError(message)
    yield contender(FLOOR, _validate, octets)
    yield _program(OURS, *CHECK, _recording(stanzas))
    if lint := which("xmllint"):
        yield _program(LINT, lint, "--noout", "--schema", SCHEMA, _recording(stanzas))
    if pure := which("xmlschema-validate", path=_path()):
        part = _recording(max(1, stanzas // PART))
        yield _program(PURE, pure, "--schema", SCHEMA, part, part=PART)


def _path() -> str:
    """Return where programs are looked for: beside the interpreter first."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


@count
def jobs(session: Session) -> Amount:
    """Do two processes on two cores take half of the time of one?"""
    files = _files(session)
    one = _wall(lambda: _run(*CHECK, *files))
    two = _wall(lambda: _run(*CHECK, "--jobs", "2", *files))
    text = f"time of --jobs 2 on {os.cpu_count()} cores, divided by that of one process"
    why = "See the next one, which is what the machine gives."
    return Amount("check --jobs 2", text, two / one, 1 / 1.7, why)


@count
def cores(session: Session) -> Amount:
    """Do two processes that share nothing? That is what the machine gives at most."""
    files = _files(session)
    half = files[::2]
    one = _wall(lambda: _run(*CHECK, *files))
    with ThreadPoolExecutor() as threads:
        two = _wall(lambda: [*threads.map(lambda _: _run(*CHECK, *half), range(2))])
    text = "time of two processes with half of the files each, divided by that of one"
    why = "The two cores of this machine are not independent of each other."
    return Amount("check, two processes", text, two / one, 1 / 1.7, why)


def _files(session: Session) -> list[Path]:
    return [_recording(max(1, session.scale.stanzas // FILES))] * FILES


def _wall(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
