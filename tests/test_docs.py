"""The documents agree with what they describe."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

import xep0184
from xep0184.conformance import SUITES, vectors

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))]


def test_the_page_of_the_rules_is_made_from_the_table() -> None:
    """If not, run ``python docs/generate.py``."""
    generate = runpy.run_path(str(ROOT / "docs" / "generate.py"))
    assert (ROOT / "docs" / "rules.md").read_text("utf-8") == generate["rules_page"]()


def test_the_design_has_a_place_for_every_room() -> None:
    """Every module of the package is named in the design."""
    design = (ROOT / "docs" / "design.md").read_text("utf-8")
    rooms = {
        path.stem
        for path in Path(xep0184.__file__).parent.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    named = set(re.findall(r"`([a-z_]+)`", design))
    assert sorted(rooms - named - {"__init__", "__main__"}) == []


def test_every_requirement_of_a_vector_is_listed() -> None:
    """And no other."""
    page = (ROOT / "docs" / "requirements.md").read_text("utf-8")
    listed = re.findall(r"^\| (R\d+) \|", page, re.MULTILINE)
    named = {
        it for suite in SUITES for row in vectors(suite) for it in row.requirements
    }
    assert sorted(listed) == sorted(named)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link leads to a file of the checkout."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []
