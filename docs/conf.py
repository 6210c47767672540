"""The settings of Sphinx: ``nox -s docs`` builds the pages into build/docs."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import xep0184

if TYPE_CHECKING:
    from docutils.nodes import Element, TextElement
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

project = "xep0184"
author = "the xep0184 authors"
project_copyright = author
version = release = xep0184.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_click",
]
exclude_patterns = ["requirements.in"]
nitpicky = True
default_role = "py:obj"
suppress_warnings = ["ref.python"]  # a name that two enumerations have, as `YES`

html_theme = "furo"
html_title = f"xep0184 {release}"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_copy_source = False
html_show_copyright = False

myst_heading_anchors = 3
# Doctest needs the name pycon, which Pygments knows as well.
myst_enable_extensions = ["attrs_inline"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
python_use_unqualified_type_names = True
maximum_signature_line_length = 80
napoleon_numpy_docstring = False
napoleon_use_ivar = True

# What annotations name of the standard library, of lxml and of Hypothesis, whose
# inventories cannot be had without the network; and type variables.
_FOREIGN = re.compile(
    r"(.*\.)?(ABC|Any|BinaryIO|Callable|Container|ET|Element|Enum|IO|Iterable|Iterator"
    r"|Literal|Mapping|MutableMapping|NamedTuple|Never|Path|Protocol|Random"
    r"|SearchStrategy|Self|Sequence|SkipTest|StrEnum|TextIO|Traceback\w*|[A-Z]\w*Error"
    r"|Exception|bool|bytes|dict|float|frozenset|int|list|object|set|str|tuple|type"
    r"|T|_\w+)"
)
# Pages that have their place at the top of the checkout, or beside what they are about.
_OUTSIDE = {
    "CHANGELOG.md": "project/changelog",
    "CONTRIBUTING.md": "project/contributing",
    "RELEASING.md": "project/releasing",
    "SECURITY.md": "project/security",
    "examples/README.md": "project/examples",
    "tests/README.md": "project/tests",
}
_LINK = re.compile(r"(?<!!)\[([^]\n]+)\]\((?!\w+:)([^)#\n]+)(#[^)\n]*)?\)")


def link(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, text: TextElement
) -> Element | None:
    """Find a class or function by its last name alone: there is one of each name.

    Text in single backticks that is no such name is a parameter, a field or a value.
    An annotation has to lead somewhere, or Sphinx warns.
    """
    if node.get("refdomain") != "py":
        return None
    domain = env.domains.python_domain
    target = node["reftarget"].removesuffix("()")
    name = target.rpartition(".")[2]
    for ending in (f".{target}", f".{name}"):
        if found := sorted(
            (it for it in domain.objects if it.endswith(ending)), key=len
        ):
            arguments = (env, node["refdoc"], app.builder, "obj", found[0], node, text)
            return domain.resolve_xref(*arguments)
    if node["reftype"] == "obj" or _FOREIGN.fullmatch(target):
        return text
    # An alias, or a class that no module exports: it has no entry to lead to.
    modules = [it for key, it in sys.modules.items() if key.startswith("xep0184.")]
    return text if any(hasattr(it, name) for it in modules) else None


def relink(app: Sphinx, page: str, source: list[str]) -> None:
    """Read the pages of `_OUTSIDE`, and let links lead where a built page can.

    A link to any other file outside of this folder becomes the name of the file.
    """
    docs, file = Path(app.srcdir), Path(app.srcdir, f"{page}.md")
    origin = docs.parent / next(
        (it for it, name in _OUTSIDE.items() if name == page), f"docs/{page}.md"
    )

    def relinked(found: re.Match[str]) -> str:
        text, path, anchor = found.groups("")
        target = (origin.parent / path).resolve()
        if outside := _OUTSIDE.get(target.relative_to(docs.parent).as_posix()):
            target = docs / f"{outside}.md"
        if docs not in target.parents:
            return text
        return f"[{text}]({os.path.relpath(target, file.parent)}{anchor})"

    source[0] = _LINK.sub(relinked, origin.read_text("utf-8"))


def literal(_app: Sphinx, _context: object, lines: list[str]) -> None:
    """Keep the dashes of options in the text of a command."""
    for at, line in enumerate(lines):
        before, example, command = line.partition("Example: ")
        if example and not before.strip():
            lines[at] = f"{line.removesuffix(command)}``{command}``"
        elif not line.startswith(".. "):
            lines[at] = re.sub(r"(?<![\w`-])(--\w[\w-]*)", r"``\1``", line)


def skip(
    _app: Sphinx, _what: str, _name: str, it: object, _skip: object, _options: object
) -> bool | None:
    """Leave out the fields of named tuples, which their class documents."""
    return True if str(it.__doc__).startswith("Alias for field number") else None


def unsplit(
    _app: Sphinx, what: str, _name: str, _it: object, _options: object, lines: list[str]
) -> None:
    """Undo how napoleon reads "A remark: it is fine.", as a type and a text."""
    if what not in {"attribute", "data", "property"}:
        return
    for at, line in enumerate(lines):
        if line.startswith(":type: "):
            lines[0] = f"{line.removeprefix(':type: ')}: {lines[0]}"
            del lines[at]
            return


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx find names as readers do."""
    app.connect("autodoc-process-docstring", unsplit, priority=600)
    app.connect("autodoc-skip-member", skip)
    app.connect("missing-reference", link)
    app.connect("source-read", relink)
    app.connect("sphinx-click-process-description", literal)
    app.connect("sphinx-click-process-options", literal)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
