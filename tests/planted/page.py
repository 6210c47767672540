"""Writes the page that quotes the failures: ``python -m planted.page`` in ``tests``."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING

from .bugs import BUGS
from .codec import Codec
from .finding import failed_law, failed_vectors

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[2] / "docs" / "planted.md"
HEAD = """\
# Ten bugs, and how they are found

Made by `python -m planted.page` in `tests`. A [small codec][codec] on ElementTree
passes every vector of level `xep` that it supports. Ten [bugs][bugs], each a small
change of it, are tested with the vectors of the levels `xep`, `security` and `ours`
through [one function][vectors], and with the strategies through [three][strategies].
Each takes under twenty lines of code. The suite `restricted` is left out, because it is
about XML. Here is what they say: the first vector that fails with the bug only, and the
failing example of Hypothesis.

[codec]: ../tests/planted/codec.py
[bugs]: ../tests/planted/bugs.py
[vectors]: ../tests/planted/by_vectors.py
[strategies]: ../tests/planted/by_strategies.py"""


def vector_failure(bug: type[Codec]) -> str:
    """Return the explanation of the first vector that only the bug fails."""
    known = failed_vectors(Codec)
    found = (text for name, text in failed_vectors(bug).items() if name not in known)
    return next(found)


def lines() -> Iterator[str]:
    """Yield the page, bug by bug."""
    yield HEAD
    for bug, law in BUGS.items():
        yield f"\n## {bug.__name__}\n\n{inspect.getdoc(bug)}\n"
        yield f"```text\n{vector_failure(bug)}\n```"
        yield f"\n```text\n{failed_law(bug, law)}\n```"


if __name__ == "__main__":
    PAGE.write_text("\n".join(lines()) + "\n", encoding="utf-8")
