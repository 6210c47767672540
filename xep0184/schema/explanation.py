"""The explanation, by xmlschema: what is wrong, and where.

Whether there is anything to explain is the business of `xep0184.schema.judge`. To
explain an element takes a hundred times as long as to judge it, and a peer chooses
how many there are; so of a large one only the beginning is explained.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from xep0184.schema.problem import Problem, Revision
from xep0184.schema.sources import PLACE, source

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from xmlschema import XMLSchema10

    from xep0184.xml import LxmlElement

__all__ = ["explain"]

_UNDECLARED: Final = "no-declaration: none of the schemas declares this element"
_EXPLICABLE: Final = 1_000_000
_EXPLAINED: Final = 1_024
_REST: Final = (
    "excerpt: of a large element this explains the beginning, at most"
    f" {_EXPLAINED} elements and attributes or {_EXPLICABLE} characters"
)


def explain(tree: LxmlElement, revision: Revision, /) -> list[Problem]:
    """Return what is wrong with an element that does not match.

    Args:
        tree: The element.
        revision: The revision of XEP-0184 by which receipts are judged.

    Returns:
        All problems of its first 1024 elements and attributes, and one before
        them that says so if there is more; none, where xmlschema has nothing
        against these, where it breaks down over them, and where their names and
        values would occupy it without end.

    >>> request = etree.fromstring("<request xmlns='urn:xmpp:receipts' id='a'/>")
    >>> [problem.element for problem in explain(request, Revision.V1_4_0)]
    ['{urn:xmpp:receipts}request']
    """
    name, line = str(tree.tag), tree.sourceline
    explainer = _explainer(revision)
    if name not in explainer.maps.elements:
        return [Problem(path=".", reason=_UNDECLARED, element=name, line=line)]
    beginning, shortened = _beginning(tree)
    if max(_repetitions(beginning), _comparisons(beginning)) > _EXPLICABLE:
        return []
    try:
        found, is_all = _told(_explanation(beginning, shortened, explainer))
    except Exception:  # noqa: BLE001  # it has many, and a peer must cause none
        return []
    if found and (shortened or not is_all):
        found.insert(0, Problem(path=".", reason=_REST, element=name, line=line))
    return found


@cache
def _explainer(revision: Revision) -> XMLSchema10:
    from xmlschema import XMLSchema10  # costs 0.2 s, which most never need

    return XMLSchema10(
        source(revision),
        base_url=PLACE.as_uri(),
        allow="sandbox",
        defuse="always",
        use_fallback=False,  # to libxml2, XHTML and the like are foreign as well
    )


def _beginning(tree: LxmlElement) -> tuple[LxmlElement, list[LxmlElement]]:
    """Return a copy of what is explained, and those in it that lost children."""
    bare: Any = deepcopy(tree)
    # xmlschema takes a comment for a child; to XSD it is nothing.
    etree.strip_elements(bare, etree.Comment, etree.PI, with_tail=False)
    weight = 0
    for element in bare.iter():
        weight += 1 + len(element.attrib)
        if weight > _EXPLAINED:
            return bare, _cut_off(element)
    return bare, []


def _cut_off(first: LxmlElement) -> list[LxmlElement]:
    """Take away an element and all behind it; return whose content is not whole."""
    lineage = [first, *first.iterancestors()]
    shortened: list[LxmlElement] = []
    for child, parent in pairwise(lineage):
        start = parent.index(child) + (child is not first)
        if start < len(parent):
            del parent[start:]
            shortened.append(parent)
    return shortened


def _repetitions(tree: LxmlElement) -> int:
    """Return how many signs xmlschema may write of names and values.

    It puts all attributes of an element into each thing it has against one of them.
    """
    return sum(
        (1 + len(node.attrib)) * (len(str(node.tag)) + sum(map(len, _texts(node))))
        for node in tree.iter(etree.Element)
    )


def _texts(element: LxmlElement) -> Iterator[str]:
    return (str(text) for text in chain(element.attrib, element.attrib.values()))


def _comparisons(tree: LxmlElement) -> int:
    """Return how many namespaces xmlschema compares with each other.

    It does so at every element that declares some, for all in scope there: 11,000 in
    240 KB took 520 s.
    """
    scope = compared = 0
    declares = False
    for event, _ in etree.iterwalk(tree, events=("start-ns", "start", "end-ns")):
        if event == "start":
            compared += scope * scope if declares else 0
            declares = False
        else:
            declares = event == "start-ns"
            scope += 1 if declares else -1
    return compared


def _told(problems: Iterable[Problem]) -> tuple[list[Problem], bool]:
    """Return as many problems as there is room for, and whether these are all.

    Each has a path of names: 1,000 of them, 60 levels deep, filled 240 MB.
    """
    told: list[Problem] = []
    length = 0
    for problem in problems:
        length += len(problem.path) + len(problem.reason) + len(problem.element)
        if length > _EXPLICABLE:
            return told, False
        told.append(problem)
    return told, True


def _explanation(
    tree: LxmlElement, shortened: Collection[LxmlElement], explainer: XMLSchema10
) -> Iterator[Problem]:
    path = tree.getroottree().getelementpath
    source: Any = tree  # lxml's own stubs make no element of the standard library
    errors: Any = explainer.iter_errors(source)
    for error in errors:
        element = error.elem
        # What is missing at the end may be what was cut off there.
        is_open = element in shortened and getattr(error, "index", None) == len(element)
        if not is_open:
            yield Problem(
                path=path(element),
                reason=error.reason,
                element=element.tag,
                line=element.sourceline,
            )
