"""The benchmarks still run. How quick the library is, no test asserts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.skipif(
    not ((ROOT / "benchmarks").is_dir() and (ROOT / "xep0184").is_dir()),
    reason="the benchmarks belong to a checkout",
)


@pytest.fixture(scope="module")
def report() -> str:
    """Run every benchmark that needs no peer, as little of it as possible."""
    command = [sys.executable, "-m", "benchmarks", "--fast"]
    run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return run.stdout.decode()


def test_every_question_has_an_answer(report: str) -> None:
    """A ratio to its floor stands in the row of every question."""
    _, table = report.split("## Ratios")
    table, _ = table.split("## Goals")
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 14
    assert [row for row in rows if not re.search(r"\d+\.\d+ \[.*\]", row)] == []


def test_an_absent_peer_is_not_guessed(report: str) -> None:
    """Without peers no figure stands in their columns, and no verdict in a goal."""
    assert "| parse an ack | slixmpp / xep0184 ≥ 3.5 | not measured | — |" in report


def test_a_goal_that_is_missed_has_a_paragraph(report: str) -> None:
    """It names the goal, and says why if there is a reason."""
    _, goals = report.split("## Goals")
    goals, _, missed = goals.partition("## Missed, and why")
    rows = re.findall(
        r"^\| (.*) \| (.* / .*) \| .* \| \*\*no\*\* \|$", goals, re.MULTILINE
    )
    assert [row for row in rows if "*{}*, {}.".format(*row) not in missed] == []
