"""The explanation, by xmlschema: everything that is wrong, and where.

Whether there is anything to explain is the business of `xep0184.schema.judge`.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from xep0184.schema.model import Problem, Revision
from xep0184.schema.sources import PLACE, source

if TYPE_CHECKING:
    from xmlschema import XMLSchema10

    from xep0184._xml import LxmlElement

__all__ = ["explain"]

_UNDECLARED: Final = "no-declaration: none of the schemas declares this element"
_EXPLICABLE: Final = 1_000_000


def explain(tree: LxmlElement, revision: Revision, /) -> list[Problem]:
    """Return what is wrong with an element that does not match.

    Args:
        tree: The element.
        revision: The revision of XEP-0184 by which receipts are judged.

    Returns:
        All problems; none, where xmlschema has nothing against the element, where
        it breaks down over it, and where its names would occupy it without end.

    >>> request = etree.fromstring("<request xmlns='urn:xmpp:receipts' id='a'/>")
    >>> [problem.element for problem in explain(request, Revision.V1_4_0)]
    ['{urn:xmpp:receipts}request']
    """
    name, line = str(tree.tag), tree.sourceline
    explainer = _explainer(revision)
    if name not in explainer.maps.elements:
        return [Problem(path=".", reason=_UNDECLARED, element=name, line=line)]
    if max(_length_of_names(tree), _comparisons(tree)) > _EXPLICABLE:
        return []
    try:
        return _explanation(tree, explainer)
    except Exception:  # noqa: BLE001  # it has many, and a peer must cause none
        return []


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


def _length_of_names(tree: LxmlElement) -> int:
    nodes = tree.iter(etree.Element)
    return sum(len(name) for node in nodes for name in (str(node.tag), *node.attrib))


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


def _explanation(tree: LxmlElement, explainer: XMLSchema10) -> list[Problem]:
    bare: Any = deepcopy(tree)
    # xmlschema takes a comment for a child; to XSD it is nothing.
    etree.strip_elements(bare, etree.Comment, etree.PI, with_tail=False)
    path = bare.getroottree().getelementpath
    errors: Any = explainer.iter_errors(bare)
    return [
        Problem(
            path=path(error.elem),
            reason=error.reason,
            element=error.elem.tag,
            line=error.elem.sourceline,
        )
        for error in errors
    ]
