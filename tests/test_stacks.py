"""The adapters of other stacks answer, and the page is made from what was measured.

A stack that is not installed is skipped, unless XEP0184_STACKS names it; the sessions
``stacks`` and ``nbxmpp`` of nox do.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from xep0184.conformance import Program, VectorStatus, run, select

ROOT = Path(__file__).parent.parent
REQUIRED = os.environ.get("XEP0184_STACKS", "").split()
CALM = [  # what every stack answers, and answers alike
    *select(suites=["parsing"], name="P14-"),
    *select(suites=["acknowledging"], name="A21-"),
    *select(suites=["jids"], name="R143-bare"),
]


@pytest.mark.parametrize("stack", ["slixmpp", "nbxmpp", "aioxmpp"])
def test_an_adapter_answers(stack: str) -> None:
    """Every simple vector, through a pipe."""
    has_stack = [sys.executable, "-W", "ignore", "-c", f"import {stack}"]
    if (
        stack not in REQUIRED
        and subprocess.run(has_stack, check=False, capture_output=True).returncode
    ):
        pytest.skip(f"{stack} is not installed")
    adapter = ROOT / "examples" / "conformance" / f"{stack}_adapter.py"
    with Program([sys.executable, str(adapter)]) as program:
        results = [*run(program, CALM)]
    assert len(results) == len(CALM) > 6
    assert [it for it in results if it.status is not VectorStatus.PASSED] == []


def test_the_page_of_the_stacks_is_made_from_what_was_measured() -> None:
    """If not, run ``python docs/stacks.py``."""
    stacks = runpy.run_path(str(ROOT / "docs" / "stacks.py"))
    page = (ROOT / "docs" / "stacks.md").read_text("utf-8")
    assert page == stacks["stacks_page"]()
