"""The bugs are found, and the codec without them has none."""

from __future__ import annotations

import inspect
from functools import cache
from pathlib import Path

import pytest

from xep0184.conformance import VectorLevel

from . import by_vectors
from .bugs import BUGS
from .by_strategies import LAWS
from .codec import Codec
from .finding import LEVELS, QUICKLY, failed_law, failed_vectors
from .page import PAGE, vector_failure

pytestmark = [pytest.mark.heavy, pytest.mark.usefixtures("unmeasured")]

# XEP-0184 says nothing about these.
FOUND_BY_OURS = {"AcksAnAck", "AcksAnError", "ReadsOneReceipt"}


def test_the_codec_without_bugs_passes_every_vector_of_the_xep() -> None:
    """Every vector that it supports."""
    assert failed_vectors(Codec, [VectorLevel.XEP]) == {}


@pytest.mark.parametrize("law", LAWS, ids=lambda it: it.__name__)
def test_the_codec_without_bugs_breaks_no_law(law: object) -> None:
    """Whatever peers send."""
    name = getattr(law, "__name__", "")
    assert failed_law(Codec, name, examples=100) is None


@cache
def failed_without_bugs(levels: tuple[VectorLevel, ...] = LEVELS) -> set[str]:
    """Return the vectors that the codec without bugs fails."""
    return {*failed_vectors(Codec, levels)}


@pytest.mark.parametrize("bug", BUGS, ids=lambda it: it.__name__)
def test_vectors_find_the_bug(bug: type[Codec]) -> None:
    """At least one, of those that the codec without bugs passes."""
    levels = (VectorLevel.XEP, VectorLevel.SECURITY)
    assert failed_vectors(bug).keys() - failed_without_bugs()
    found = failed_vectors(bug, levels).keys() - failed_without_bugs(levels)
    assert bool(found) == (bug.__name__ not in FOUND_BY_OURS)


@pytest.mark.parametrize("bug", BUGS, ids=lambda it: it.__name__)
def test_strategies_find_the_bug(bug: type[Codec]) -> None:
    """Within a few hundred examples."""
    assert failed_law(bug, BUGS[bug], phases=QUICKLY) is not None


def code_lines(*glue: object) -> int:
    """Count the lines that are neither blank nor a docstring."""
    sources = map(inspect.getsource, glue)  # type: ignore[arg-type]  # functions
    lines = "\n".join(sources).splitlines()
    return len([it for it in lines if it and '"""' not in it])


def test_the_glue_is_short() -> None:
    """Under twenty lines of code for each."""
    assert code_lines(by_vectors.answer) < 20
    assert code_lines(*LAWS) < 20


@pytest.mark.parametrize("bug", BUGS, ids=lambda it: it.__name__)
def test_the_page_quotes_the_failures(bug: type[Codec]) -> None:
    """If not, run ``python -m planted.page`` in ``tests``."""
    page = Path(PAGE).read_text("utf-8")
    assert f"## {bug.__name__}" in page
    assert vector_failure(bug) in page
