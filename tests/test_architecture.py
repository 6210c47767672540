"""The shape of the house: who may import whom, and what every module owes.

The rules are applied to the package and, below, to small sources that break
them, so that a rule which has gone blind is noticed.
"""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from importlib.util import resolve_name
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import xep0184

if TYPE_CHECKING:
    from collections.abc import Iterator

# From the ground up, as in docs/design.md: an import may only point down.
LAYERS = (
    ("_value", "errors", "ids", "ns"),
    ("jid", "message", "recent", "record", "support"),
    ("seen", "xml"),
    ("codec", "disco", "schema", "stream"),
    ("caps", "envelope", "rules"),
    ("deciding", "discovery", "findings", "tracker"),
    ("__init__", "cli", "conformance", "strategies"),
    ("__main__",),
)
# The exceptions, as (importer, imported); one that is no longer used must go.
ALLOWED: frozenset[tuple[str, str]] = frozenset()

LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}
DEFINITIONS = (ast.AsyncFunctionDef, ast.ClassDef, ast.FunctionDef)
PACKAGE = Path(xep0184.__file__).parent
SOURCES = {
    path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
}
PUBLIC = [
    file
    for file in SOURCES
    if not any(part.startswith("_") for part in file.replace("__init__", "").split("/"))
]


def room_of(file: str) -> str:
    """Name the room of the house that a file of the package belongs to."""
    return Path(file).parts[0].removesuffix(".py")


def module_of(file: str) -> str:
    """Name the module that a file of the package holds."""
    parts = ("xep0184", *Path(file).with_suffix("").parts)
    return ".".join(part for part in parts if part != "__init__")


def imports(file: str, source: str) -> Iterator[str]:
    """Yield the dotted names that a file imports, at the top or anywhere below."""
    package = ".".join(("xep0184", *Path(file).parent.parts))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = resolve_name("." * node.level + (node.module or ""), package)
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def edges(file: str, source: str) -> Iterator[tuple[str, str]]:
    """Yield (importer, imported) for every import of one room from another."""
    importer = room_of(file)
    for name in imports(file, source):
        top, _, rest = name.partition(".")
        room = rest.partition(".")[0]
        imported = room if room in LEVEL else "__init__"
        if top == "xep0184" and imported != importer:
            yield importer, imported


def not_down(file: str, source: str) -> set[tuple[str, str]]:
    """Return the imports of a file that do not point to a lower layer."""
    return {edge for edge in edges(file, source) if LEVEL[edge[0]] <= LEVEL[edge[1]]}


def undocumented(source: str) -> list[str]:
    """Name the public functions, classes and methods without a summary line."""

    def walk(body: list[ast.stmt], prefix: str) -> Iterator[str]:
        for node in body:
            if not isinstance(node, DEFINITIONS) or node.name.startswith("_"):
                continue
            summary, *rest = (ast.get_docstring(node) or "").split("\n", 2)
            if not summary.endswith(".") or (rest and rest[0]):
                yield prefix + node.name
            if isinstance(node, ast.ClassDef):
                yield from walk(node.body, f"{prefix}{node.name}.")

    return list(walk(ast.parse(source).body, ""))


def in_order(name: str) -> tuple[bool, bool, str]:
    """Order constants before classes before functions, as ruff does."""
    return not name.isupper(), not name[0].isupper(), name


def loaded(statement: str) -> set[str]:
    """Return the top-level packages that a bare interpreter loads for a statement."""
    code = f"""if True:
        {statement}
        import sys
        # Cython's runtime keeps modules there that no importer has loaded.
        specs = (getattr(it, "__spec__", None) for it in sys.modules.values())
        print(*(spec.name for spec in specs if spec))
    """
    command = [sys.executable, "-I", "-c", code]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return {name.partition(".")[0] for name in run.stdout.split()}


def test_every_room_has_a_layer() -> None:
    """A new module is put into the table before anything may import it."""
    assert {room_of(file) for file in SOURCES} <= LEVEL.keys()


def test_imports_only_point_down() -> None:
    """No module imports its own layer or a higher one."""
    found = set().union(*(not_down(file, source) for file, source in SOURCES.items()))
    assert found == ALLOWED


@pytest.mark.parametrize(
    ("file", "source", "expected"),
    [
        ("codec.py", "from xep0184.message import Message", set()),
        ("codec.py", "from lxml import etree", set()),
        ("conformance/runner.py", "from .vectors import load", set()),
        ("message.py", "from xep0184.codec import parse", {("message", "codec")}),
        ("message.py", "import xep0184.codec", {("message", "codec")}),
        (
            "message.py",
            "from . import jid, codec",
            {("message", "jid"), ("message", "codec")},
        ),
        ("message.py", "from xep0184 import parse", {("message", "__init__")}),
        ("rules.py", "def f():\n    from .deciding import a", {("rules", "deciding")}),
        ("conformance/x.py", "from ..cli import main", {("conformance", "cli")}),
    ],
)
def test_wrong_imports_are_seen(
    file: str, source: str, expected: set[tuple[str, str]]
) -> None:
    """Down and outwards is fine; up and sideways is seen however it is written."""
    assert not_down(file, source) == expected


def test_the_core_loads_nothing_but_lxml() -> None:
    """No extra is paid for by those who import only the codec."""
    extra = loaded("import xep0184") - loaded("pass") - sys.stdlib_module_names
    assert extra == {"xep0184"}


@pytest.mark.parametrize("file", PUBLIC)
def test_every_module_can_be_imported_first(file: str) -> None:
    """No module leans on another having been imported before it."""
    assert "xep0184" in loaded(f"import {module_of(file)}")


def test_no_module_has_a_name_that_says_nothing() -> None:
    """Nor one that shadows the standard library in a reader's mind."""
    stems = {Path(file).stem for file in SOURCES}
    assert stems.isdisjoint({"struct", "types", "typing", "utils"})


@pytest.mark.parametrize("file", PUBLIC)
def test_all_is_sorted_and_true(file: str) -> None:
    """Every public module says what it offers, once, in order."""
    module = importlib.import_module(module_of(file))
    assert sorted(set(module.__all__), key=in_order) == list(module.__all__)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


@pytest.mark.parametrize("file", PUBLIC)
def test_what_is_public_is_documented(file: str) -> None:
    """Every public function, class and method has one summary line."""
    assert undocumented(SOURCES[file]) == []


def test_a_name_is_looked_up_once() -> None:
    """Afterwards the package has it itself, as if it had been imported."""
    vars(xep0184).pop("serialize", None)
    found = xep0184.serialize
    assert vars(xep0184)["serialize"] is found


def test_an_unknown_name_is_an_attribute_error() -> None:
    """The package imports its own names lazily, and only those."""
    assert not hasattr(xep0184, "nothing")
    assert dir(xep0184) == sorted(xep0184.__all__)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(): 'Do it.'", []),
        ("def _f(): pass", []),
        ("def f():\n    '''Do it.\n\n    At length.\n    '''", []),
        ("def f(): pass", ["f"]),
        ("def f(): 'Do it'", ["f"]),
        ("def f():\n    '''Do it.\n    At length.\n    '''", ["f"]),
        ("class C:\n    'One.'\n    def m(self): pass", ["C.m"]),
    ],
)
def test_missing_summaries_are_seen(source: str, expected: list[str]) -> None:
    """A summary is one line, ends with a full stop and stands alone."""
    assert undocumented(source) == expected
