"""The adapter of gloox answers, where g++, gloox and nlohmann-json are installed.

XEP0184_STACKS requires it if it names gloox.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from xep0184.conformance import Program, VectorStatus, run, select

pytestmark = pytest.mark.heavy

SOURCE = Path(__file__).parent.parent / "examples" / "conformance" / "gloox_adapter.cpp"
HEADERS = """\
#if !(__has_include(<gloox/client.h>) && __has_include(<nlohmann/json.hpp>))
#error "They are not installed"
#endif
"""
ANSWERED = [  # what gloox answers as the specifications say
    *select(suites=["parsing"], name="P14-"),
    *select(suites=["jids"], name="R143-bare"),
    *select(suites=["envelopes"], name="carbon-received"),
    *select(suites=["disco"], name="V1-"),
    *select(suites=["disco"], name="match-result"),
    *select(suites=["disco"], name="query-read"),
    *select(suites=["building"], name="R14-chat"),
]


def compiled(*arguments: str, source: str = "") -> subprocess.CompletedProcess[str]:
    """Run the compiler."""
    command = ["g++", "-std=c++17", *arguments]
    return subprocess.run(
        command, input=source, check=False, capture_output=True, text=True
    )


def has_gloox() -> bool:
    """Check whether the adapter can be built here."""
    try:
        found = compiled("-E", "-xc++", "-", source=HEADERS)
    except FileNotFoundError:
        return False
    return found.returncode == 0


def test_the_adapter_of_gloox_answers(tmp_path: Path) -> None:
    """Through a pipe, what gloox reads, writes and hands on."""
    if "gloox" not in os.environ.get("XEP0184_STACKS", "").split() and not has_gloox():
        pytest.skip("gloox is not installed")
    adapter = tmp_path / "gloox_adapter"
    built = compiled("-Wall", "-Werror", "-o", str(adapter), str(SOURCE), "-lgloox")
    assert built.returncode == 0, built.stderr
    with Program([str(adapter)]) as program:
        results = [*run(program, ANSWERED)]
    passed = [it for it in results if it.status is VectorStatus.PASSED]
    assert [it for it in results if it.status is VectorStatus.FAILED] == []
    assert {it.vector.ask for it in passed} == {it.ask for it in ANSWERED}
