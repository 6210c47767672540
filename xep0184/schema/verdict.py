"""The verdict, by libxml2: whether an element matches the schemas.

libxml2 keeps every name it reads in a dictionary of the thread and never frees one.
After some hundred megabytes of different names (22 MB before lxml 5) it refuses every
later element; that is raised as `EngineError`, it is no fault of the peer. A service
that validates what strangers send for months should do so in a process of its own and
renew that process.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from lxml import etree

from xep0184 import xml
from xep0184.errors import BuildCode, BuildError, EngineError
from xep0184.schema.problem import Revision
from xep0184.schema.sources import PLACE, source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xep0184.xml import ElementLike, Source

__all__ = [
    "JUDGING_ERRORS",
    "LxmlElement",
    "compiled",
    "first_errors",
    "matches",
    "tree_of",
    "valid_ones",
]

LxmlElement: TypeAlias = etree._Element  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # it has no other name

JUDGING_ERRORS: Final = (
    ValueError,  # beyond the limits, or a name or text that XML cannot carry
    TypeError,  # an attribute that is not text
    etree.XMLSchemaValidateError,  # a reference to an entity, left by another parser
    etree.XMLSyntaxError,  # the same, in a large element
)
"""The errors of `tree_of` and `matches` for an element that cannot be judged."""

_SCHEMA_PARSER: Final = etree.XMLParser(resolve_entities=False, no_network=True)
_OCTETS_PARSER: Final = etree.XMLParser(
    encoding="utf-8", resolve_entities=False, no_network=True, collect_ids=False
)
_FEW: Final = 256  # nodes and attributes that are validated in one call
_BLOCK: Final = 4096  # octets
_SHORT: Final = 1024  # octets, which have no more than _FEW nodes and attributes


@cache
def compiled(revision: str, /) -> etree.XMLSchema:
    """Compile the schemas, once.

    Args:
        revision: The revision of XEP-0184 for receipts.

    Raises:
        BuildError: REVISION, if there is no such revision.

    >>> compiled("1.2") is compiled("1.2")
    True
    """
    try:
        text = source(Revision(revision))
    except ValueError:
        raise BuildError(BuildCode.REVISION, "revision") from None
    base = (PLACE / "xmpp.xsd").as_uri()
    return etree.XMLSchema(etree.fromstring(text, _SCHEMA_PARSER, base_url=base))


def tree_of(element: Source, /, *, within: bytes = b"") -> LxmlElement:
    """Return the lxml element of a source; an lxml element is returned as it is.

    Args:
        element: An element of either library, or octets that `xep0184.xml.parse`
            has accepted.
        within: The start tag of the parent that the octets were parsed within.

    Raises:
        XMLError: LIMIT, if an element exceeds the default limits.
        ValueError: A name or a text is not XML's.
        TypeError: A text is not a str.
        EngineError: The memory of libxml2 is exhausted.
    """
    if isinstance(element, str | bytes | bytearray | memoryview):
        octets = element.encode() if isinstance(element, str) else bytes(element)
        if within:
            return _parse(b"%b%b</_>" % (within, octets))[0]
        return _parse(octets)
    xml.check(element, comments=True)
    if isinstance(element, LxmlElement):
        return element
    try:
        return _twin(element)
    except MemoryError as error:
        raise EngineError(str(error)) from None


def _parse(octets: bytes) -> LxmlElement:
    try:
        return etree.fromstring(octets, _OCTETS_PARSER)
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise EngineError(error.msg or "") from None
        raise


def _twin(element: ElementLike) -> LxmlElement:
    """Copy an element of the standard library into lxml, without recursion."""
    top = etree.Element("_")
    left: deque[tuple[LxmlElement, ElementLike]] = deque([(top, element)])
    while left:
        parent, original = left.popleft()
        twin = _append_twin(parent, original)
        left.extend((twin, child) for child in original)
    return top[0]


def _append_twin(parent: LxmlElement, original: ElementLike) -> LxmlElement:
    if isinstance(original.tag, str):
        namespace = etree.QName(original.tag).namespace
        prefixes: Any = {None: namespace} if namespace else None
        attributes = dict(original.attrib)
        twin = etree.SubElement(parent, original.tag, attributes, prefixes)
        twin.text = original.text
    else:
        twin = etree.Comment()
        parent.append(twin)
    twin.tail = original.tail
    return twin


def matches(tree: LxmlElement, schema: etree.XMLSchema, /) -> bool:
    """Check whether an element matches a schema.

    Args:
        tree: What `tree_of` returned.
        schema: What `compiled` returned.

    Raises:
        XMLSchemaValidateError: The element holds a reference to an entity.
        XMLSyntaxError: The same, in a large element.

    >>> matches(etree.fromstring("<message/>"), compiled("1.4.0"))
    True
    """
    weight = sum(1 + len(node.attrib) for node in tree.iter())
    if weight > _FEW:
        return not first_errors(tree, schema)
    return schema.validate(tree)


def valid_ones(
    pieces: Sequence[bytes], schema: etree.XMLSchema, /, *, within: bytes
) -> list[bool]:
    """Return for each of some elements whether it is short and matches a schema.

    They are parsed together, which takes a fifth of the time, because the code of
    libxml2 stays in the cache of the processor.

    Args:
        pieces: Octets that `xep0184.xml.parse` has accepted within the same parent.
        schema: What `compiled` returned.
        within: The start tag of that parent.

    Raises:
        EngineError: The memory of libxml2 is exhausted.

    >>> request = b"<request xmlns='urn:xmpp:receipts'/>"
    >>> valid_ones([request, b"<a/>"], compiled("1.4.0"), within=b"<_>")
    [True, False]
    """
    try:
        parent = _parse(b"%b%b</_>" % (within, b"".join(pieces)))
    except etree.XMLSyntaxError:
        return [False] * len(pieces)
    return [
        len(piece) <= _SHORT and schema.validate(child)
        for piece, child in zip(pieces, parent, strict=True)
    ]


def first_errors(tree: LxmlElement, schema: etree.XMLSchema, /) -> list[str]:
    """Return the first errors of an element in the words of libxml2, if it has any.

    The element is fed in blocks, because libxml2 does not stop at an error and takes
    time and memory for each: 256 KiB could cost minutes, or gigabytes.

    Args:
        tree: What `tree_of` returned.
        schema: What `compiled` returned.

    Returns:
        All errors up to the end of the block, 4096 octets, that has the first one.

    >>> request = etree.fromstring("<request xmlns='urn:xmpp:receipts' id='a'/>")
    >>> first_errors(request, compiled("1.4.0"))[0][:36]
    "Element '{urn:xmpp:receipts}request'"
    """
    parser = etree.XMLPullParser(
        (), schema=schema, resolve_entities=False, no_network=True, huge_tree=True
    )
    octets = etree.tostring(tree, encoding="utf-8", with_tail=False)
    for start in range(0, len(octets), _BLOCK):
        parser.feed(octets[start : start + _BLOCK])
        if errors := [entry.message for entry in parser.feed_error_log]:
            with suppress(etree.XMLSyntaxError):
                parser.close()  # lxml frees what was parsed only here
            return errors
    parser.close()
    return []
