"""All text is plain technical English, as in the documentation of Python.

A test can only find single phrases; these are the ones that readers stumbled over.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PATTERNS = (
    "*.md",
    "docs/**/*.md",
    "examples/*.py",
    "tests/**/*.py",
    "xep0184/**/*.json",
    "xep0184/**/*.py",
)
FILES = {path for each in PATTERNS for path in ROOT.glob(each)} - {Path(__file__)}
PHRASES = re.compile(
    r"""\b(
        beyond[ ]doubt | earns[ ]its[ ]keep | in[ ]vain | lest | lets?[ ]go[ ]of
        | one(self | ['\u2019]s[ ]own) | pledges? | the[ ]business[ ]of | who(m|so)?ever
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)


def phrases_in(text: str) -> list[str]:
    """Return the phrases in a text, also those with a line break in them."""
    return [it[0] for it in PHRASES.finditer(re.sub(r"\s+(# )?", " ", text))]


@pytest.mark.skipif(
    not (ROOT / "xep0184").is_dir(), reason="only a checkout has all the text"
)
def test_nothing_says_what_readers_stumbled_over() -> None:
    """Neither the package nor the tests nor the documents."""
    found = [
        f"{path.relative_to(ROOT)}: {phrase}"
        for path in sorted(FILES)
        for phrase in phrases_in(path.read_text(encoding="utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Whoever asks", ["Whoever"]),
        ("# looked for in\n    # vain", ["in vain"]),
        ("one\u2019s own", ["one\u2019s own"]),
        ("at least in the vainest one of its own", []),
    ],
)
def test_phrases_are_seen(text: str, expected: list[str]) -> None:
    """In any case and with any apostrophe, but only as whole words."""
    assert phrases_in(text) == expected
