"""Checks elements that another parser made, as far as that is still possible."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Protocol

from xep0184.errors import XMLCode, XMLError
from xep0184.xml.limits import DEFAULT_LIMITS, LONGEST_NAMESPACE, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ElementLike", "check"]

_str_len: Final = str.__len__  # raises TypeError for no str


class ElementLike(Protocol):
    """What an element of lxml and one of the standard library have in common."""

    @property
    def tag(self) -> Any:  # noqa: ANN401
        """The expanded name; a function for a comment or processing instruction."""

    @property
    def text(self) -> str | None:
        """The text before the first child."""

    @property
    def tail(self) -> str | None:
        """The text between the end tag and the next sibling."""

    @property
    def attrib(self) -> Any:  # noqa: ANN401
        """The attributes by expanded name: a dict, or lxml's own mapping."""

    def get(self, key: str, /) -> str | None:
        """Return the value of an attribute."""

    def items(self) -> Any:  # noqa: ANN401
        """Return the attributes as pairs: a view, or a list in lxml."""

    def iter(self) -> Iterator[Any]:
        """Iterate over the element and its descendants in document order."""
        ...

    def find(self, path: str, /) -> Any:  # noqa: ANN401
        """Return the first matching subelement, or None."""

    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...


def check(
    element: ElementLike,
    /,
    *,
    limits: Limits = DEFAULT_LIMITS,
    comments: bool = False,
) -> None:
    """Check an element that another parser made, as far as it still can be checked.

    Args:
        element: An element of lxml or of the standard library.
        limits: The limits to apply; `octets` counts characters here.
        comments: Whether comments, processing instructions and entity references are
            allowed, which XML Schema ignores.

    Raises:
        XMLError: RESTRICTED for a comment, processing instruction or entity
            reference anywhere in it; NOT_WELL_FORMED for a name or value that is
            not text, and for a namespace name with ``}``; LIMIT. Other names are not
            checked.

    >>> from xml.etree import ElementTree
    >>> check(ElementTree.Element("{jabber:client}message"))
    """
    try:
        nodes = list(islice(element.iter(), limits.elements + 1))
        _check_nodes(nodes, element.tail, limits, comments=comments)
    except (TypeError, UnicodeDecodeError):  # lxml's recover=True keeps such octets
        detail = "a name or value that is not text"
        raise XMLError(XMLCode.NOT_WELL_FORMED, None, detail) from None
    if len(nodes) > limits.depth:
        _check_depth(element, limits)


def _check_nodes(
    nodes: list[Any], tail: str | None, limits: Limits, *, comments: bool
) -> None:
    characters = -len(tail or "")  # the tail is not part of the element
    names = 0
    for node in nodes:
        tag = node.tag
        if callable(tag):
            if not comments:
                raise XMLError(XMLCode.RESTRICTED, getattr(node, "sourceline", None))
            tag = ""
        names += _length(tag)
        if attributes := node.items():
            if len(attributes) > limits.attributes:
                raise XMLError(XMLCode.LIMIT, None, "more attributes than allowed")
            for name, value in attributes:
                names += _length(name) if "}" in name else _str_len(name)
                characters += _str_len(value)
        characters += _str_len(node.text or "") + _str_len(node.tail or "")
    if len(nodes) > limits.elements or characters > limits.octets:
        raise XMLError(XMLCode.LIMIT, None, "more content than allowed")
    if names > limits.name_characters:
        raise XMLError(XMLCode.LIMIT, None, "expanded names longer than allowed")


def _length(name: str) -> int:
    """Return the length of an expanded name, or refuse it."""
    length = _str_len(name)
    if length > LONGEST_NAMESPACE and name.find("}") > LONGEST_NAMESPACE + 1:
        raise XMLError(XMLCode.LIMIT, None, "a namespace name longer than allowed")
    if name.count("}") > 1:
        raise XMLError(XMLCode.NOT_WELL_FORMED, None, "a namespace name with }")
    return length


def _check_depth(element: ElementLike, limits: Limits) -> None:
    """Refuse an element that is too deep; iterates by level, without recursion."""
    level = [element]
    for _ in range(limits.depth):
        level = [child for node in level for child in node]
        if not level:
            return
    raise XMLError(XMLCode.LIMIT, None, f"deeper than {limits.depth} levels")
