"""The verdict, by libxml2: elements of either library, whatever a peer put there.

Says whether, and at most roughly why; the schemas themselves are the business of
`xep0184.schema.sources`.
"""

from __future__ import annotations

from collections import deque
from functools import cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Final

from lxml import etree

from xep0184 import xml
from xep0184.errors import BuildCode, BuildError, XMLCode, XMLError
from xep0184.schema.problem import Problem, Revision
from xep0184.schema.sources import PLACE, source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184.xml import ElementLike, LxmlElement

__all__ = ["UNJUDGED", "as_lxml", "compiled", "complaints", "matches"]

UNJUDGED: Final = (
    ValueError,  # too large, no element, or nothing that XML could carry
    TypeError,  # an attribute that is no text
    etree.XMLSchemaValidateError,  # an entity reference, left by a host's parser
    etree.XMLSyntaxError,  # the same, in a large element
)
"""What `as_lxml` and `matches` raise of elements that nothing can match."""

_PARSER: Final = etree.XMLParser(resolve_entities=False, no_network=True)


@cache
def compiled(revision: str, /) -> etree.XMLSchema:
    """Compile the schemas, once.

    Args:
        revision: The revision of XEP-0184 by which receipts are judged.

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
    return etree.XMLSchema(etree.fromstring(text, _PARSER, base_url=base))


def as_lxml(element: ElementLike, /) -> LxmlElement:
    """Return an element of lxml: a copy, unless it is one.

    Args:
        element: An element of lxml or of the standard library.

    Raises:
        XMLError: LIMIT, if it is beyond `DEFAULT_LIMITS`.
        ValueError: Its names or texts are not those of XML.
        TypeError: They are no texts.

    >>> from xml.etree import ElementTree
    >>> as_lxml(ElementTree.Element("{urn:xmpp:receipts}request")).nsmap
    {None: 'urn:xmpp:receipts'}
    """
    # At 0.6 us against 1.8: as many nodes as levels are allowed break no limit.
    if _weight(element) > xml.DEFAULT_LIMITS.depth:
        _ensure_modest(element)
    if isinstance(element, xml.LxmlElement):
        return element
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


_FEW: Final = 256
_PIECE: Final = 4096


def _weight(element: ElementLike) -> int:
    """Return how many nodes and attributes it has; of more nodes, `_FEW` count."""
    weight = 0
    for node in islice(element.iter(), _FEW):
        weight += 1 + len(node.attrib)
    return weight


def _ensure_modest(element: ElementLike) -> None:
    limits = xml.DEFAULT_LIMITS
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


def matches(tree: LxmlElement, schema: etree.XMLSchema, /) -> bool:
    """Whether an element matches a schema.

    Args:
        tree: What `as_lxml` returned.
        schema: What `compiled` returned.

    Raises:
        XMLSchemaValidateError: It holds a reference to an entity.
        XMLSyntaxError: The same.

    >>> matches(etree.fromstring("<message/>"), compiled("1.4.0"))
    True
    """
    if _weight(tree) < _FEW:
        return schema.validate(tree)
    return not _first_errors(tree, schema)


def _first_errors(tree: LxmlElement, schema: etree.XMLSchema) -> list[str]:
    """Return what libxml2 refuses, up to the end of the piece where it begins to.

    It cannot be told to stop, and takes time and memory for each error: 256 KiB can
    be made to cost minutes, or gigabytes. So what is large is fed piece by piece.
    """
    parser = etree.XMLPullParser(
        (), schema=schema, resolve_entities=False, no_network=True, huge_tree=True
    )
    octets = etree.tostring(tree, encoding="utf-8", with_tail=False)
    for start in range(0, len(octets), _PIECE):
        parser.feed(octets[start : start + _PIECE])
        if errors := [entry.message for entry in parser.feed_error_log]:
            return errors
    parser.close()
    return []


def complaints(tree: LxmlElement, schema: etree.XMLSchema, /) -> Iterator[Problem]:
    """Say what libxml2 minds first in an element that does not match.

    Args:
        tree: What `as_lxml` returned.
        schema: What `compiled` returned.

    >>> request = etree.fromstring("<request xmlns='urn:xmpp:receipts' id='a'/>")
    >>> [problem.element for problem in complaints(request, compiled("1.4.0"))]
    ['{urn:xmpp:receipts}request']
    """
    for message in _first_errors(tree, schema):
        name = message.partition("'")[2].partition("'")[0]
        yield Problem(path=".", reason=message, element=name)
