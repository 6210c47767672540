"""The benchmarks run, and their report is complete; no test asserts a time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(
        not ((ROOT / "benchmarks").is_dir() and (ROOT / "xep0184").is_dir()),
        reason="the benchmarks belong to a checkout",
    ),
]


@pytest.fixture(scope="module")
def report() -> str:
    """Return the report of the shortest run, without peers."""
    command = [sys.executable, "-m", "benchmarks", "--fast"]
    env = {**os.environ}
    env.pop("COVERAGE_PROCESS_START", None)  # which would be measured as well
    run = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, check=True)
    return run.stdout.decode()


def test_every_question_has_an_answer(report: str) -> None:
    """Every row of the table has a ratio to the floor."""
    _, table = report.split("## Ratios")
    table, _ = table.split("## Goals")
    rows = [line for line in table.splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 14
    assert [row for row in rows if not re.search(r"\d+\.\d+ \[.*\]", row)] == []


def test_an_absent_peer_is_not_guessed(report: str) -> None:
    """A goal that compares with a peer that is absent is neither met nor missed."""
    assert "| parse an ack | slixmpp / xep0184 ≥ 3.5 | not measured | — |" in report


def test_a_goal_that_is_missed_has_a_paragraph(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It says why; the goals that are met and those not measured have none."""
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks import report
    from benchmarks.peers.client import Peers
    from benchmarks.registry import Goal, Question
    from benchmarks.timing import Times

    question = Question(
        title="work",
        text="How long does it take?",
        ask=lambda _: (),
        floor="floor",
        goals=(
            Goal(of="xep0184", by="floor", at_most=2, why="So it is.", least="part"),
            Goal(of="xep0184", by="floor", at_most=3),
            Goal(of="slixmpp", by="xep0184", at_least=3),
        ),
        slow=False,
    )
    times = Times({"xep0184": [2.5e-6], "floor": [1e-6], "part": [2.25e-6]})
    results = report.Results(
        command="",
        peers=Peers(),
        questions=[(question, times)],
        amounts=[],
        growths=[],
    )
    lines = report.markdown(results).splitlines()
    assert [line for line in lines if line.startswith("| work | xep0184 / ")] == [
        "| work | xep0184 / floor ≤ 2 | 2.50 [2.50, 2.50] | **no** |",
        "| work | xep0184 / floor ≤ 3 | 2.50 [2.50, 2.50] | yes |",
    ]
    assert [line for line in lines if line.startswith("*work*, ")] == [
        (
            "*work*, xep0184 / floor ≤ 2. So it is. “part” alone takes 2.25 µs;"
            " put in our place it gives 2.25 [2.25, 2.25]."
        )
    ]
