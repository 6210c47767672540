"""What does it cost to import the library?"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import lxml

from benchmarks.registry import OURS, Goal, Session, question
from benchmarks.timing import Contender
from benchmarks.work import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PARTS: Final = "dataclasses, enum, re, xml.etree.ElementTree, hashlib, unicodedata"
FLOOR: Final = "import of what it needs"
LXML: Final = "import lxml.etree"

PROGRAM: Final = """
import sys
sys.path += {path}
from time import process_time
start = process_time()
import {module}
print(process_time() - start)
"""


def _importer(name: str, module: str) -> Contender:
    # Isolated and without `site`: what some environments import while they start
    # would otherwise be missing from both sides.
    path = [str(ROOT), str(Path(lxml.__file__).parent.parent)]
    program = PROGRAM.format(module=module, path=path)
    command = [sys.executable, "-I", "-S", "-c", program]

    def seconds(count: int) -> float:
        runs = (
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603  # itself
            for _ in range(count)
        )
        return sum(float(run.stdout) for run in runs)

    return Contender(name, seconds)


@question(
    "import",
    floor=FLOOR,
    goals=(
        Goal(
            of=OURS,
            by=FLOOR,
            at_most=1.2,
            why="What is left is finding and reading the modules of the core, and"
            " making their enumerations and values. Everything else is imported when"
            " it is first used.",
        ),
    ),
)
def cold_import(_: Session) -> Iterator[Contender]:
    """How long does the import take in a fresh interpreter, its start left out?

    What it needs: dataclasses, enum, re, xml.etree.ElementTree, hashlib, unicodedata.
    """
    yield _importer(FLOOR, PARTS)
    yield _importer(LXML, "lxml.etree")
    yield _importer(OURS, "xep0184")
