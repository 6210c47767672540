"""The structure of the package: layers, names, sizes, lazy imports.

Each rule is applied to the package, and to small sources that break it, so that a
rule which no longer finds anything is noticed.
"""

from __future__ import annotations

import ast
import importlib
import re
import subprocess
import sys
from collections import defaultdict
from importlib.util import resolve_name
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import xep0184

if TYPE_CHECKING:
    from collections.abc import Iterator

# From the lowest up, as in docs/design.md: an import may only point down.
LAYERS = (
    ("quoting",),
    ("_value", "errors", "ids", "journal", "ns"),
    ("jid", "message", "recent", "record", "support"),
    ("normalisers", "seen", "xml"),
    ("codec", "disco", "schema", "stream"),
    ("caps", "envelope", "rules"),
    ("deciding", "discovery", "findings", "tracker"),
    ("receipts",),
    ("recordings",),
    ("conformance", "strategies"),
    ("cli",),
    ("__init__",),
    ("__main__",),
)
# Functions that do the same for different values, so that they share a name.
SHARED = {"changes", "dump", "from_element", "load", "parse", "serialize"}

# Exceptions from the rules. One that is no longer needed fails its test, and is
# then removed here.
UPWARD: set[tuple[str, str]] = set()  # (importer, imported)
AMBIGUOUS = {
    "caps",  # a command in cli, a strategy
    "check",  # a command in cli, a function of xml
    "read",  # codec.plain, stream.reading
}
REPEATED = {
    *("conformance", "rules"),  # in cli
    "snapshots",  # of a discovery, of a tracker
}
LONG_MODULES = {
    "discovery/engine.py",
    "errors.py",  # each code has a line of its own, a docstring and a text
    "receipts/front.py",  # a door with a docstring for each thing a stack may say
    "tracker/tracking.py",  # the same for what a caller may say of its messages
}

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
WITH_EXTRAS = {"cli", "strategies"}  # attributes of the package, but not in `dir`


def room_of(file: str) -> str:
    """Name the room of the house that a file of the package belongs to."""
    return Path(file).parts[0].removesuffix(".py")


def module_of(file: str) -> str:
    """Name the module that a file of the package holds."""
    parts = ("xep0184", *Path(file).with_suffix("").parts)
    return ".".join(part for part in parts if part != "__init__")


ROOMS = sorted({room_of(file) for file in PUBLIC} - {"__init__", "quoting", "recent"})


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


def definitions(source: str, kind: type[ast.stmt]) -> set[str]:
    """Return the names of the public functions or classes of a module."""
    found = (it for it in ast.parse(source).body if isinstance(it, kind))
    names = {getattr(it, "name", "_") for it in found}
    return {name for name in names if not name.startswith("_")}


def repeated(sources: dict[str, str], kind: type[ast.stmt]) -> set[str]:
    """Return the public names that more than one module defines."""
    files = defaultdict(set)
    for file, source in sources.items():
        for name in definitions(source, kind):
            files[name].add(file)
    return {name for name, found in files.items() if len(found) > 1}


def lines_of(node: ast.stmt) -> set[int]:
    """Return the numbers of the lines of a statement."""
    return {*range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def long_functions(source: str, most: int) -> list[str]:
    """Return the names of the functions that have more lines than that.

    Neither the docstring nor the decorators are counted.
    """
    long = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
            documented = ast.get_docstring(node) is not None
            docstring = lines_of(node.body[0]) if documented else set()
            if len(lines_of(node) - docstring) > most:
                long.append(node.name)
    return long


def names_of(file: str) -> set[tuple[str, str]]:
    """Return the names of a module and its packages, each with its room."""
    room, parts = room_of(file), Path(file).with_suffix("").parts
    return {(part, room) for part in parts if part != "__init__"}


def declared(source: str) -> dict[str, str]:
    """Return what the package imports under its own name, and from where."""
    return {
        alias.name: node.module or ""
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and "xep0184" in (node.module or "")
        for alias in node.names
        if alias.asname == alias.name
    }


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


def undocumented_members(source: str) -> list[str]:
    """Name the members of public enumerations of str that have no docstring."""
    found: list[str] = []
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ClassDef) or "StrEnum" not in map(
            ast.unparse, node.bases
        ):
            continue
        for member, after in zip(node.body, [*node.body[1:], None], strict=True):
            is_documented = isinstance(after, ast.Expr)
            if isinstance(member, ast.Assign) and not is_documented:
                found.append(f"{node.name}.{ast.unparse(member.targets[0])}")
    return found


def in_order(name: str) -> tuple[bool, bool, str]:
    """Order constants before classes before functions, as ruff does."""
    return not name.isupper(), not name[0].isupper(), name


def printed(code: str) -> str:
    """Return what a fresh interpreter prints."""
    command = [sys.executable, "-I", "-c", code]
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return run.stdout


def loaded(statement: str) -> set[str]:
    """Return the top-level packages that a fresh interpreter loads for a statement."""
    output = printed(f"""if True:
        {statement}
        import sys
        # Cython's runtime keeps modules there that no importer has loaded.
        specs = (getattr(it, "__spec__", None) for it in sys.modules.values())
        print(*(spec.name for spec in specs if spec))
    """)
    return {name.partition(".")[0] for name in output.split()}


def test_every_room_has_a_layer() -> None:
    """A new module is added to the table first."""
    assert {room_of(file) for file in SOURCES} <= LEVEL.keys()


def test_imports_only_point_down() -> None:
    """No module imports its own layer or a higher one."""
    found = set().union(*(not_down(file, source) for file, source in SOURCES.items()))
    assert found == UPWARD


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
    """An import that points up or sideways is found, however it is written."""
    assert not_down(file, source) == expected


@pytest.mark.usefixtures("unmeasured")
def test_the_core_loads_nothing_but_lxml() -> None:
    """Importing the package loads no extra."""
    extra = loaded("import xep0184") - loaded("pass") - sys.stdlib_module_names
    assert extra == {"xep0184"}


FORGET = "[sys.modules.pop(it) for it in list(sys.modules) if it[:7] == 'xep0184']"


@pytest.mark.heavy
@pytest.mark.usefixtures("unmeasured")
def test_every_module_can_be_imported_first() -> None:
    """No module depends on another having been imported before it."""
    modules = [module_of(file) for file in PUBLIC]
    code = f"""if True:
        import importlib, sys
        loaded = {{}}
        for name in {modules}:
            package = name.rpartition(".")[0]
            if name in loaded.get(package, ()):  # its package is imported before it
                loaded[name] = loaded[package]
            else:
                {FORGET}
                assert importlib.import_module(name).__name__ == name
                loaded[name] = {{it for it in sys.modules if it[:7] == "xep0184"}}
        print(*loaded)
    """
    assert printed(code).split() == modules


@pytest.mark.parametrize("file", SOURCES)
def test_nothing_depends_on_optimization(file: str) -> None:
    """The package does the same under ``python -O``, which leaves out asserts."""
    tree = [*ast.walk(ast.parse(SOURCES[file]))]
    assert [node.lineno for node in tree if isinstance(node, ast.Assert)] == []
    assert "__debug__" not in {it.id for it in tree if isinstance(it, ast.Name)}


def test_no_module_has_a_name_that_says_nothing() -> None:
    """Nor the name of a module of the standard library."""
    stems = {Path(file).stem for file in SOURCES}
    assert stems.isdisjoint({"struct", "types", "typing", "utils"})


def test_no_two_classes_share_a_name() -> None:
    """A class is found by its name alone."""
    assert repeated(SOURCES, ast.ClassDef) == set()


def test_functions_of_one_name_have_one_meaning() -> None:
    """A name that several modules define is shared on purpose, or an exception."""
    assert repeated(SOURCES, ast.FunctionDef) == SHARED | AMBIGUOUS


def test_repeated_names_are_seen() -> None:
    """Only definitions at the top of a module count."""
    sources = {
        "a.py": "def f(): pass\ndef _g(): pass\nclass C:\n    def h(self): pass",
        "b.py": "def f(): pass\ndef _g(): pass\ndef h(): pass\nclass C: pass",
    }
    assert repeated(sources, ast.FunctionDef) == {"f"}
    assert repeated(sources, ast.ClassDef) == {"C"}


def test_no_module_name_is_repeated_in_another_room() -> None:
    """The name alone tells which module is meant."""
    rooms = defaultdict(set)
    for name, room in set().union(*map(names_of, SOURCES)):
        rooms[name].add(room)
    assert {name for name, found in rooms.items() if len(found) > 1} == REPEATED


@pytest.mark.parametrize("file", SOURCES)
def test_no_function_is_longer_than_35_lines(file: str) -> None:
    """Without its docstring."""
    assert long_functions(SOURCES[file], 35) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f():\n    1\n    2", ["f"]),
        ("@d\ndef f():\n    1", []),
        ("def f():\n    '''One.\n\n    Two.\n    '''\n    1", []),
        ("def f():\n    '''One.\n\n    Two.\n    '''\n    1\n    2", ["f"]),
        ("class C:\n    async def f():\n        1\n        2", ["f"]),
    ],
)
def test_long_functions_are_seen(source: str, expected: list[str]) -> None:
    """Methods too; the line of ``def`` counts."""
    assert long_functions(source, 2) == expected


def test_no_module_is_longer_than_300_lines() -> None:
    """With its docstrings."""
    lengths = {file: len(source.splitlines()) for file, source in SOURCES.items()}
    assert {file for file, length in lengths.items() if length > 300} == LONG_MODULES


@pytest.mark.parametrize("file", [it for it in PUBLIC if it != "__init__.py"])
def test_all_is_sorted_and_true(file: str) -> None:
    """Every public module lists what it offers, in order and without repetition."""
    module = importlib.import_module(module_of(file))
    assert sorted(set(module.__all__), key=in_order) == list(module.__all__)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


@pytest.mark.parametrize("file", PUBLIC)
def test_what_is_public_is_documented(file: str) -> None:
    """Every public function, class and method has a summary line."""
    assert undocumented(SOURCES[file]) == []


def test_type_checkers_see_the_lazy_names() -> None:
    """What they are told is what the package imports at run time."""
    imported = declared(SOURCES["__init__.py"])
    assert {*dir(xep0184), *WITH_EXTRAS} == {*imported}
    for name, origin in imported.items():
        if origin == "xep0184":
            found: object = importlib.import_module(f"xep0184.{name}")
        else:
            found = getattr(importlib.import_module(origin), name)
        assert getattr(xep0184, name) is found


@pytest.mark.heavy
@pytest.mark.usefixtures("unmeasured")
def test_submodules_are_attributes_in_any_order() -> None:
    """After nothing but the package was imported; each of them is the first once."""
    orders = [[*ROOMS[at:], *ROOMS[:at]] for at in range(len(ROOMS))]
    code = f"""if True:
        import sys
        for order in {orders}:
            {FORGET}
            import xep0184
            print(*(getattr(xep0184, it).__name__ for it in order))
    """
    for line, rooms in zip(printed(code).splitlines(), orders, strict=True):
        assert line.split() == [f"xep0184.{room}" for room in rooms]


def test_a_lazy_name_is_looked_up_once() -> None:
    """Afterwards it is an ordinary attribute of the package."""
    vars(xep0184).pop("serialize", None)
    found = xep0184.serialize
    assert vars(xep0184)["serialize"] is found


def test_an_unknown_name_is_an_attribute_error() -> None:
    """As for any module."""
    name = "nothing"
    with pytest.raises(AttributeError, match="'xep0184' has no attribute 'nothing'"):
        getattr(xep0184, name)


@pytest.mark.usefixtures("unmeasured")
def test_help_is_a_page() -> None:
    """It needs no extra, and names only what there is."""
    page = printed("""if True:
        import pydoc, sys
        extras = ("click", "hypothesis", "rich", "xmlschema")
        sys.modules.update(dict.fromkeys(extras))
        import xep0184
        print(pydoc.plain(pydoc.render_doc(xep0184)))
    """)
    assert len(page.splitlines()) < 200
    named = re.findall(r"`([A-Za-z_]+)`", page)
    assert "Tracker" in named
    assert [name for name in named if not hasattr(xep0184, name)] == []


# Members whose name and value say it all: keywords, the types, versions, parts.
SELF_EXPLANATORY = {"Level", "MessageType", "Part", "Revision"}


def test_what_a_code_means_is_documented() -> None:
    """Every member of an enumeration has a docstring of its own."""
    members = [it for each in SOURCES.values() for it in undocumented_members(each)]
    assert {member.partition(".")[0] for member in members} == SELF_EXPLANATORY


def test_missing_docstrings_of_members_are_seen() -> None:
    """A docstring stands after its member."""
    source = "class C(StrEnum):\n    'One.'\n    A = 'a'\n    'It.'\n    B = 'b'"
    assert undocumented_members(source) == ["C.B"]


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
