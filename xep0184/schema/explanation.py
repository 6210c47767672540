"""Explains with xmlschema what is wrong with an element, and where.

xmlschema takes a hundred times as long as libxml2, and the sender of an element decides
how much there is to explain. So xmlschema explains small elements only; of a large one
the first error of libxml2 is reported.
"""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from xep0184.schema.problem import Problem, Revision
from xep0184.schema.sources import PLACE, source
from xep0184.schema.verdict import compiled, first_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xmlschema import XMLSchema10

    from xep0184.schema.verdict import LxmlElement

__all__ = ["SMALL", "explain"]

SMALL: Final = 8192
"""The octets of the largest small element.

All problems of a small element are listed, otherwise only the first. A small element
also has few names and namespaces.
"""

_UNDECLARED: Final = "no-declaration: none of the schemas declares this element"
_LARGE: Final = "; the element is large, only its first problem is listed"


def explain(tree: LxmlElement, revision: Revision, /) -> list[Problem]:
    """Return what is wrong with an element that does not match.

    Args:
        tree: The element, of lxml.
        revision: The revision of XEP-0184 for receipts.

    Returns:
        All problems of a small element (`SMALL`), otherwise only the first. Where
        xmlschema finds nothing or fails, the errors of libxml2.

    >>> request = etree.fromstring("<request xmlns='urn:xmpp:receipts' id='a'/>")
    >>> [problem.element for problem in explain(request, Revision.V1_4_0)]
    ['{urn:xmpp:receipts}request']
    """
    explainer = _explainer(revision)
    if str(tree.tag) not in explainer.maps.elements:
        name = str(tree.tag)
        return [
            Problem(path=".", reason=_UNDECLARED, element=name, line=tree.sourceline)
        ]
    errors = first_errors(tree, compiled(revision))
    if _is_small(tree):
        return _all_problems(tree, explainer) or [*map(_problem, errors)]
    return [_problem(errors[0] + _LARGE)]


def _is_small(tree: LxmlElement) -> bool:
    """Check whether xmlschema explains an element in little time and memory.

    Into each problem of an attribute it writes the expanded names of all others, and it
    compares the namespaces in scope with each other.
    """
    if len(etree.tostring(tree, with_tail=False)) > SMALL:
        return False
    names = (len(str(it.tag)) + sum(map(len, it.attrib)) for it in tree.iter())
    return sum(names) + sum(4 * len(it.nsmap) for it in tree.iter()) <= SMALL


@cache
def _explainer(revision: Revision) -> XMLSchema10:
    from xmlschema import XMLSchema10  # takes 0.2 s, and few callers need it

    return XMLSchema10(
        source(revision),
        base_url=PLACE.as_uri(),
        allow="sandbox",
        defuse="always",
        use_fallback=False,  # no built-in schemas (XHTML etc.): libxml2 has none
    )


def _all_problems(tree: LxmlElement, explainer: XMLSchema10) -> list[Problem]:
    # xmlschema treats a comment as a child element; XML Schema ignores comments.
    bare = deepcopy(tree)
    etree.strip_elements(bare, etree.Comment, etree.PI, with_tail=False)
    try:
        return list(_problems(bare, explainer))
    except Exception:  # noqa: BLE001  # it raises many kinds, a peer must cause none
        return []


def _problems(tree: LxmlElement, explainer: XMLSchema10) -> Iterator[Problem]:
    path = tree.getroottree().getelementpath
    source: Any = tree  # its stubs know elements of the standard library only
    errors: Any = explainer.iter_errors(source)
    for error in errors:
        element = error.elem
        yield Problem(
            path=path(element),
            reason=error.reason,
            element=str(element.tag),
            line=element.sourceline,
        )


def _problem(reason: str) -> Problem:
    name = reason.partition("'")[2].partition("'")[0]
    return Problem(path=".", reason=reason, element=name)
