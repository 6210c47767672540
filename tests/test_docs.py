"""The documents agree with what they describe, and code blocks do what they say."""

from __future__ import annotations

import doctest
import gzip
import io
import json
import os
import re
import runpy
import shutil
import subprocess
import sysconfig
import tomllib
from contextlib import redirect_stdout
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest

import xep0184
from xep0184 import xml
from xep0184.conformance import SUITES, requirements, vectors

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).parent.parent
DOCS: Final = ROOT / "docs"
SETTINGS: Final = (ROOT / "pyproject.toml").read_text("utf-8")
GENERATE: Final = runpy.run_path(str(DOCS / "generate.py"))
GITHUB: Final = sorted((ROOT / ".github").rglob("*.*"))
PAGES: Final = [
    *sorted(ROOT.glob("*.md")),
    *sorted(ROOT.glob("docs/**/*.md")),
    *(ROOT / name / "README.md" for name in ("examples", "tests")),
]


def named(page: Path) -> str:
    """Name a page by its path."""
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("name", GENERATE["PAGES"])
def test_a_page_that_is_made_from_the_code_is_current(name: str) -> None:
    """The tables, the examples of rules and the diagrams."""
    is_current = (DOCS / name).read_text("utf-8") == GENERATE["PAGES"][name]()
    assert is_current, f"docs/{name} is old: run `python docs/generate.py`"


def test_the_design_names_every_module() -> None:
    """Every module and subpackage, in the table of layers or elsewhere."""
    design = (DOCS / "design.md").read_text("utf-8")
    modules = {
        path.stem
        for path in Path(xep0184.__file__).parent.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    named = set(re.findall(r"`([a-z_]+)`", design))
    assert sorted(modules - named - {"__init__", "__main__"}) == []


def test_every_public_module_has_a_page_of_its_api() -> None:
    """But the command, which has a page of its own, and what no program needs."""
    pages = {path.stem for path in DOCS.glob("reference/api/*.md")} - {"index"}
    package = Path(xep0184.__file__).parent
    modules = {it.stem for it in package.glob("*.py") if it.stem[0] != "_"}
    modules |= {it.parent.name for it in package.glob("*/__init__.py")}
    assert modules - pages == {"cli", "quoting", "recent"}
    assert pages - modules == set()


def test_an_ignored_lint_rule_has_a_reason() -> None:
    """CONTRIBUTING.md allows fifteen, each with its reason on its line."""
    ignored = tomllib.loads(SETTINGS)["tool"]["ruff"]["lint"]["ignore"]
    reasons = re.findall(r'^    "([A-Z]+\d+)", +# \w.+$', SETTINGS, re.MULTILINE)
    assert [rule for rule in ignored if rule not in reasons] == []
    assert len(ignored) <= 15


def test_every_requirement_of_a_vector_is_listed() -> None:
    """And no other."""
    used = {it for suite in SUITES for row in vectors(suite) for it in row.requirements}
    assert sorted(requirements()) == sorted(used)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link leads to a file of the checkout."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_links_of_the_readme_survive_elsewhere() -> None:
    """An index of packages shows it without the files beside it."""
    links = re.findall(r"\]\(([^)]+)", (ROOT / "README.md").read_text("utf-8"))
    assert [it for it in links if not it.startswith("https://")] == []


# Code blocks: those of a page are carried out in their order, in one folder.


class Block(NamedTuple):
    """A fenced block of a page."""

    page: str
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page} {self.language} {self.text}"


# What begins so is not carried out here, because:
ELSEWHERE: Final = {
    "README.md sh python3 -m venv": ".ci/run runs it as it stands in the README",
    "RELEASING.md sh": "it makes a release; `nox -s wheel` does its checks",
    "docs/conformance.md console": "test_conformance runs adapters of its own",
    "docs/tutorial.md": "tests/live/test_tutorial.py does all of it with Prosody",
    "docs/how-to/slixmpp.md python": "slixmpp has an environment of its own",
}
FENCED: Final = re.compile(r"^( *)```([a-z]+)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
EVERY: Final = [
    Block(named(page), language, dedent(text))
    for page in PAGES
    for _, language, text in FENCED.findall(page.read_text("utf-8"))
]
BLOCKS: Final = [it for it in EVERY if not str(it).startswith(tuple(ELSEWHERE))]
SAME: Final = doctest.OutputChecker()


class Reader:
    """A person who carries out a page, in a folder with the files that it names."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, Any] = {"__name__": "page"}
        shutil.copytree(ROOT / "examples", folder / "examples")
        clean = (folder / "examples" / "phone-sent.xml").read_bytes()
        for name in ("client.log", "logs/one.xml", "recordings/one.xml"):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_bytes(clean)
        (folder / "stream.xml.gz").write_bytes(gzip.compress(clean))

    def carry_out(self, block: Block) -> None:
        """Do what a block says."""
        do: Callable[[str], None] = getattr(self, block.language)
        do(block.text)

    def pycon(self, text: str) -> None:
        """Define what later blocks use; what it prints is compared by doctest."""
        with redirect_stdout(io.StringIO()):
            for example in doctest.DocTestParser().get_examples(text):
                exec(compile(example.source, "page", "single"), self.names)  # noqa: S102

    def python(self, text: str) -> None:
        """Run a module, and the tests in it that need nothing."""
        before = {*self.names}
        exec(text, self.names)  # noqa: S102
        for name in {*self.names} - before:
            test = self.names[name]
            if name.startswith("test_") and not test.__code__.co_argcount:
                test()

    def sh(self, text: str) -> None:
        """Run commands that succeed."""
        run = self.run(text)
        assert run.returncode == 0, run.stdout + run.stderr

    def console(self, text: str) -> None:
        """Run commands and compare what they print; findings are no failure."""
        for each in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, _, expected = each.partition("\n")
            run = self.run(command)
            output = "".join(f"{it.rstrip()}\n" for it in run.stdout.splitlines())
            assert run.returncode in {0, 1}, run.stderr
            assert SAME.check_output(expected.strip(), output.strip(), doctest.ELLIPSIS)

    def js(self, text: str) -> None:
        """Save a module and let node read it."""
        if (node := shutil.which("node")) is None:
            pytest.skip("there is no node")
        file = self.folder / "adapter.mjs"
        file.write_text(text)
        subprocess.run([node, "--check", file], check=True)

    def yaml(self, text: str) -> None:
        """Read it, and run the commands of this package that it names."""
        pytest.importorskip("yaml").safe_load(text)
        for command in re.findall(r"(?:- |run: |entry: )(xep0184 .*)", text):
            self.sh(command if "recordings" in command else f"{command} recordings/*")

    def json(self, text: str) -> None:
        """Read it."""
        json.loads(text)

    def toml(self, text: str) -> None:
        """Read it."""
        tomllib.loads(text)

    def xml(self, text: str) -> None:
        """Read it."""
        xml.element_of(text.strip())

    def text(self, text: str) -> None:
        """Do nothing: it is what a person reads."""

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run commands as a shell does, without a terminal."""
        path = f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"
        return subprocess.run(
            ["/usr/bin/env", "bash", "-euo", "pipefail", "-c", command],
            cwd=self.folder,
            env={**os.environ, "PATH": path, "COLUMNS": "80"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("page", dict.fromkeys(it.page for it in BLOCKS))
def test_a_page_can_be_carried_out(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All blocks in their order; doctest compares what `pycon` prints."""
    blocks = [it for it in BLOCKS if it.page == page]
    if {it.language for it in blocks} == {"pycon"}:
        blocks = []  # nothing is left to do
    reader = Reader(tmp_path)
    monkeypatch.chdir(tmp_path)
    for block in blocks:
        reader.carry_out(block)


def test_a_reason_not_to_carry_out_a_block_is_needed() -> None:
    """Each stands for a block, and `pycon` for doctest stands where pytest looks."""
    texts = [str(it) for it in EVERY]
    unused = [it for it in ELSEWHERE if not any(text.startswith(it) for text in texts)]
    assert unused == []
    doctested = {it.page for it in EVERY if it.language == "pycon"}
    assert {it for it in doctested if not it.startswith("docs/")} <= {"README.md"}


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("python", "assert 1 == 2"),
        ("python", "def test_it():\n    assert False"),
        ("sh", "false"),
        ("console", "$ echo one\ntwo\n"),
        ("console", "$ xep0184 check\n"),
        ("js", "let = ;"),
        ("yaml", "a: [1"),
        ("yaml", "run: xep0184 check examples/desk-received.xml recordings/*"),
        ("json", "{1}"),
        ("toml", "a = "),
        ("xml", "<a>"),
        ("ruby", "puts 1"),
    ],
)
def test_what_is_wrong_in_a_block_is_seen(
    language: str, text: str, tmp_path: Path
) -> None:
    """In every language; one that nobody knows is wrong, too."""
    with pytest.raises(Exception):  # noqa: B017, PT011  # each language has its own
        Reader(tmp_path).carry_out(Block("page", language, text))


@pytest.mark.parametrize("file", GITHUB, ids=named)
def test_the_files_of_the_forge_can_be_read(file: Path) -> None:
    """The workflow runs what everybody runs."""
    text = file.read_text("utf-8")
    if file.suffix == ".yml":
        pytest.importorskip("yaml").safe_load(text)
    assert file.name != "ci.yml" or "run: bash .ci/run" in text
