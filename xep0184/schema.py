"""Which elements match the schemas, and what is wrong with those that do not.

Two engines read the same schemas. libxml2 judges: it is quick and total.
xmlschema explains what libxml2 refused, and is imported when that is asked for.
So both doors always agree. A payload that no schema declares passes inside a
stanza (RFC 6120 §8.4); by itself it is not valid, there is nothing to match.

Nothing is fetched: the schemas lie in the package, and what an instance says
about the place of its schema is not followed. Nothing here stops a parse.
"""

from __future__ import annotations

from collections import deque
from copy import deepcopy
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from xep0184 import _xml
from xep0184.errors import (
    BuildCode,
    BuildError,
    MissingExtraError,
    SchemaError,
    XMLCode,
    XMLError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from xmlschema import XMLSchema10

    from xep0184._xml import ElementLike, LxmlElement

__all__ = ["Problem", "Revision", "ensure_valid", "is_valid", "problems"]


class Revision(StrEnum):
    """A revision of XEP-0184 by the version that brought its schema (§11)."""

    V1_4_0 = "1.4.0"
    V1_2 = "1.2"
    V1_0 = "1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One way in which an element breaks its schema.

    Attributes:
        path: Where, from the element that was judged, as its ``find`` takes it.
        reason: What, in the words of the engine that found it; it begins with
            ``no-declaration`` if no schema declares the element.
        element: The expanded name of the element at fault.
        line: The line it stands on; None where that was not kept.
    """

    path: str
    reason: str
    element: str
    line: int | None = None

    def __str__(self) -> str:
        place = "" if self.line is None else f"line {self.line}: "
        return f"{place}{self.path}: {self.reason}"


def is_valid(
    element: ElementLike, /, *, revision: Revision | str = Revision.V1_4_0
) -> bool:
    """Whether an element matches its schema; what is beyond `DEFAULT_LIMITS` never.

    Args:
        element: A stanza or a payload, of lxml or of the standard library. The
            latter keeps no prefixes, so there an ``xsi:type`` has to be without.
        revision: The revision of XEP-0184 by which receipts are judged.

    Raises:
        BuildError: REVISION, if there is no such revision.

    >>> received = etree.fromstring("<received xmlns='urn:xmpp:receipts'/>")
    >>> is_valid(received), is_valid(received, revision="1.2")
    (False, True)
    """
    judge = _judge(revision)
    try:
        return _matches(_tree(element), judge)
    except _UNJUDGED:
        return False


def problems(
    element: ElementLike, /, *, revision: Revision | str = Revision.V1_4_0
) -> Iterator[Problem]:
    """Say everything that is wrong with an element; nothing, if it is valid.

    Args:
        element: As for `is_valid`.
        revision: As for `is_valid`.

    Returns:
        The problems, found as they are asked for.

    Raises:
        BuildError: REVISION, if there is no such revision.
        MissingExtraError: If xmlschema is not installed.

    >>> received = etree.fromstring("<received xmlns='urn:xmpp:receipts'/>")
    >>> [problem.reason for problem in problems(received)]
    ["missing required attribute 'id'"]
    """
    judge = _judge(revision)
    if find_spec("xmlschema") is None:
        raise MissingExtraError(extra="schema", module="xmlschema")
    return _problems(element, judge, Revision(revision))


def ensure_valid(
    element: ElementLike, /, *, revision: Revision | str = Revision.V1_4_0
) -> None:
    """Refuse an element that does not match its schema.

    Args:
        element: As for `is_valid`.
        revision: As for `is_valid`.

    Raises:
        BuildError: REVISION, if there is no such revision.
        MissingExtraError: If xmlschema is not installed.
        SchemaError: With all `problems`, if there are any.

    >>> ensure_valid(etree.fromstring("<request xmlns='urn:xmpp:receipts'/>"))
    """
    if found := tuple(problems(element, revision=revision)):
        raise SchemaError(found)


_RECEIPTS: Final[Mapping[Revision, str]] = {
    Revision.V1_4_0: "receipts.xsd",
    Revision.V1_2: "receipts-1.2.xsd",
    Revision.V1_0: "receipts-1.0.xsd",
}
_PACKAGED: Final = Path(__file__).parent / "_schema"
_CHECKOUT: Final = Path(__file__).parents[1] / "schema"
_ENTRY: Final = (_PACKAGED if _PACKAGED.is_dir() else _CHECKOUT) / "xmpp.xsd"
_PARSER: Final = etree.XMLParser(resolve_entities=False, no_network=True)


def _source(revision: Revision) -> bytes:
    """Return the schema that imports all others, with receipts of the revision."""
    other = f'"{_RECEIPTS[revision]}"'.encode()
    return _ENTRY.read_bytes().replace(b'"receipts.xsd"', other)


def _compile(revision: Revision) -> etree.XMLSchema:
    source = etree.fromstring(_source(revision), _PARSER, base_url=_ENTRY.as_uri())
    return etree.XMLSchema(source)


@cache
def _judge(revision: str) -> etree.XMLSchema:
    try:
        return _compile(Revision(revision))
    except ValueError:
        raise BuildError(BuildCode.REVISION, "revision") from None


@cache
def _explainer(revision: Revision) -> XMLSchema10:
    from xmlschema import XMLSchema10  # costs 0.2 s, which most never need

    return XMLSchema10(
        _source(revision),
        base_url=_ENTRY.parent.as_uri(),
        allow="sandbox",
        defuse="always",
        use_fallback=False,  # to libxml2, XHTML and the like are foreign as well
    )


_UNJUDGED: Final = (
    ValueError,  # too large, no element, or nothing that XML could carry
    TypeError,  # an attribute that is no text
    etree.XMLSchemaValidateError,  # an entity reference, left by a host's parser
    etree.XMLSyntaxError,  # the same, in a large element
)


def _tree(element: ElementLike) -> LxmlElement:
    """Return an element of lxml: a copy, unless it is one."""
    _ensure_modest(element)
    if isinstance(element, _xml.LxmlElement):
        return element
    top = etree.Element("_")
    left: deque[tuple[LxmlElement, ElementLike]] = deque([(top, element)])
    while left:
        parent, source = left.popleft()
        twin = _append_twin(parent, source)
        left.extend((twin, child) for child in source)
    return top[0]


def _append_twin(parent: LxmlElement, source: ElementLike) -> LxmlElement:
    if isinstance(source.tag, str):
        namespace = etree.QName(source.tag).namespace
        prefixes: Any = {None: namespace} if namespace else None
        twin = etree.SubElement(parent, source.tag, dict(source.attrib), prefixes)
        twin.text = source.text
    else:
        twin = etree.Comment()
        parent.append(twin)
    twin.tail = source.tail
    return twin


def _ensure_modest(element: ElementLike) -> None:
    limits = _xml.DEFAULT_LIMITS
    level = [element]
    elements = 0
    for _ in range(limits.depth):
        elements += len(level)
        if elements > limits.elements:
            raise XMLError(XMLCode.LIMIT, None, f"more than {limits.elements} elements")
        if any(len(node.attrib) > limits.attributes for node in level):
            raise XMLError(XMLCode.LIMIT, None, "more attributes than allowed")
        level = list(islice(chain.from_iterable(level), limits.elements))
        if not level:
            return
    raise XMLError(XMLCode.LIMIT, None, f"deeper than {limits.depth} levels")


_FEW: Final = 256
_PIECE: Final = 4096


def _matches(tree: LxmlElement, judge: etree.XMLSchema) -> bool:
    nodes = islice(tree.iter(), _FEW)
    if sum(1 + len(node.attrib) for node in nodes) < _FEW:
        return judge.validate(tree)
    return not _first_errors(tree, judge)


def _first_errors(tree: LxmlElement, judge: etree.XMLSchema) -> list[str]:
    """Return what libxml2 refuses, up to the end of the piece where it begins to.

    It cannot be told to stop, and takes time and memory for each error: 256 KiB can
    be made to cost minutes, or gigabytes. So what is large is fed piece by piece.
    """
    parser = etree.XMLPullParser(
        (), schema=judge, resolve_entities=False, no_network=True, huge_tree=True
    )
    octets = etree.tostring(tree, encoding="utf-8", with_tail=False)
    for start in range(0, len(octets), _PIECE):
        parser.feed(octets[start : start + _PIECE])
        if errors := [entry.message for entry in parser.feed_error_log]:
            return errors
    parser.close()
    return []


_UNDECLARED: Final = "no-declaration: none of the schemas declares this element"


def _problems(
    element: ElementLike, judge: etree.XMLSchema, revision: Revision
) -> Iterator[Problem]:
    try:
        tree = _tree(element)
        if _matches(tree, judge):
            return
    except _UNJUDGED as error:
        yield Problem(path=".", reason=str(error), element=str(element.tag))
        return
    explained = False
    try:
        for problem in _explanation(tree, revision):
            explained = True
            yield problem if tree is element else replace(problem, line=None)
    except Exception:  # noqa: BLE001  # of xmlschema, over what only libxml2 can read
        explained = False
    if not explained:
        for message in _first_errors(tree, judge):
            name = message.partition("'")[2].partition("'")[0]
            yield Problem(path=".", reason=message, element=name)


def _explanation(tree: LxmlElement, revision: Revision) -> Iterator[Problem]:
    """Yield what xmlschema says; at worst it says nothing, or raises anything."""
    explainer = _explainer(revision)
    name = str(tree.tag)
    if name not in explainer.maps.elements:
        yield Problem(path=".", reason=_UNDECLARED, element=name, line=tree.sourceline)
        return
    bare: Any = deepcopy(tree)
    # xmlschema takes a comment for a child; to XSD it is nothing.
    etree.strip_elements(bare, etree.Comment, etree.PI, with_tail=False)
    whole = bare.getroottree()
    for error in explainer.iter_errors(bare):
        at_fault: Any = bare if error.elem is None else error.elem
        path, reason = whole.getelementpath(at_fault), error.reason or ""
        line = at_fault.sourceline
        yield Problem(path=path, reason=reason, element=at_fault.tag, line=line)
