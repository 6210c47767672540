"""A rule is added in six places; after each the tests say what to do next.

CONTRIBUTING.md lists the places. Here a copy of the checkout gets a rule that nobody
needs: a body in capital letters.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

import pytest

pytestmark = pytest.mark.heavy

ROOT: Final = Path(__file__).parent.parent
PARTS: Final = ("docs", "examples", "schema", "xep0184")
FILES: Final = (
    *("pyproject.toml", "tests/conftest.py", "tests/test_architecture.py"),
    *("tests/test_rules.py", "tests/sources.json", "tests/test_docs.py"),
    *(path.name for path in ROOT.glob("*.md")),
    "tests/README.md",
)
TESTS: Final = ("tests/test_rules.py", "tests/test_docs.py")
QUICKLY: Final = ("-q", "--assert=plain", "-p", "no:hypothesispytest", "-p", "no:xdist")
# Of these tests, those that a new row concerns; the others take a minute.
CONCERNED: Final = "shouted or in_this_order or has_an_example or current[rules.md]"


class Step(NamedTuple):
    """One of the places.

    Attributes:
        hint: What the tests say before it.
        file: Where something is added.
        before: What it is added before.
        text: What is added.
    """

    hint: str
    file: str
    before: str
    text: str


FIRST: Final = Step(
    hint="",
    file="xep0184/rules/table.py",
    before='    ("bad-jid", _MUST,',
    text='    ("shouted-body", _SHOULD_NOT, "XEP-0184 §7", "sender",'
    ' "The body is in capital letters."),\n',
)
STEPS: Final = (
    Step(
        hint="add to _BROKEN_BY when a message breaks: ['shouted-body']",
        file="xep0184/rules/judging.py",
        before='    "bad-jid": lambda',
        text='    "shouted-body": lambda message, _: (message.body or "").isupper(),\n',
    ),
    Step(
        hint="add a stanza to STANZAS whose outcome is 'shouted-body'",
        file="tests/test_rules.py",
        before='    "to-no-jid": (',
        text='    "shouted": ("", "<body>MY LORD</body>", "yes", ["shouted-body"]),\n',
    ),
    Step(
        hint="add to EXAMPLES in xep0184/rules/examples.py: {'shouted-body'}",
        file="xep0184/rules/examples.py",
        before='    "bad-jid": Example(',
        text='    "shouted-body": Example(_message("<body>MY LORD</body>"), _ASKS),\n',
    ),
    Step(
        hint="add to ORDER, in the place of the row: ['shouted-body']",
        file="tests/test_rules.py",
        before='        "bad-jid",\n    ],\n    RuleScope.REQUEST',
        text='        "shouted-body",\n',
    ),
    Step(
        hint="add to tests/sources.json what XEP-0184 §7 says, for this row:"
        " 'stanza shouted-body'",
        file="tests/sources.json",
        before='    {\n      "section": "XEP-0184 §5",',
        text='    {\n      "section": "XEP-0184 §7",\n      "keyword": "SHOULD NOT",\n'
        '      "binds": "sender",\n      "about": "nobody shouts",\n'
        '      "rows": ["stanza shouted-body"]\n    },\n',
    ),
)
LAST_HINT: Final = "docs/rules.md is old: run `python docs/generate.py`"


class Checkout:
    """A copy of the checkout, in which a rule is added."""

    def __init__(self, place: Path) -> None:
        self.place = place
        for name in PARTS:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, place / name, ignore=ignored)
        (place / "tests").mkdir()
        for name in FILES:
            shutil.copy(ROOT / name, place / name)
        # The copy comes before an editable install; it is not measured, and is
        # compiled once.
        self.env = {**os.environ, "PYTHONPATH": str(place)}
        for name in ("COVERAGE_PROCESS_START", "PYTHONDONTWRITEBYTECODE"):
            self.env.pop(name, None)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run Python in the copy."""
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.place,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )

    def test(self) -> str:
        """Return what the tests print about a new rule; '' if they pass."""
        run = self.run("-m", "pytest", *QUICKLY, "-k", CONCERNED, *TESTS)
        return run.stdout + run.stderr if run.returncode else ""

    def add(self, step: Step) -> None:
        """Add something in one of the places."""
        path = self.place / step.file
        text = path.read_text("utf-8")
        assert text.count(step.before) == 1, step
        path.write_text(text.replace(step.before, step.text + step.before), "utf-8")


def test_the_tests_lead_from_place_to_place(tmp_path: Path) -> None:
    """Each hint is given until its step is taken, and then the rule is complete."""
    checkout = Checkout(tmp_path)
    checkout.add(FIRST)
    output = checkout.test()
    for step in STEPS:
        assert step.hint in output
        checkout.add(step)
        output = checkout.test()
        assert step.hint not in output
    assert LAST_HINT in output
    made = checkout.run("docs/generate.py")
    assert made.returncode == 0, made.stderr
    assert checkout.test() == ""


def test_contributing_lists_the_places() -> None:
    """In the order in which they are taken."""
    page = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    section = page.partition("## Add a rule")[2].partition("\n## ")[0]
    places = [FIRST.file, *(step.file for step in STEPS), "docs/generate.py"]
    found = [section.find(f"`{place}`") for place in dict.fromkeys(places)]
    assert -1 not in found
    assert sorted(found) == found
