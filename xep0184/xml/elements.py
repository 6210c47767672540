"""Elements that somebody else parsed, and the checks they still can be put to."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Protocol

from xep0184.errors import XMLCode, XMLError
from xep0184.xml.limits import DEFAULT_LIMITS, LONGEST_NAMESPACE, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ElementLike", "check"]


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

    def find(self, path: str, /) -> Any:  # noqa: ANN401
        """Return the first matching subelement, or None."""

    def __iter__(self) -> Iterator[Any]: ...
    def __len__(self) -> int: ...


def check(element: ElementLike, /, *, limits: Limits = DEFAULT_LIMITS) -> None:
    """Apply to a parsed element the checks that still can be applied.

    Args:
        element: An element of lxml or of the standard library.
        limits: What is refused as too large; `octets` counts characters here.

    Raises:
        XMLError: RESTRICTED for a comment, processing instruction or entity
            reference anywhere in it; NOT_WELL_FORMED for a name or value that is
            not text; LIMIT.

    >>> from xep0184 import xml
    >>> check(xml.parse("<message xmlns='jabber:client'/>"))
    """
    try:
        _check(element, limits)
    except (TypeError, UnicodeDecodeError):  # lxml's recover=True keeps such octets
        detail = "a name or value that is not text"
        raise XMLError(XMLCode.NOT_WELL_FORMED, None, detail) from None


def _check(element: ElementLike, limits: Limits) -> None:
    nodes = list(islice(element.iter(), limits.elements + 1))
    characters = -len(element.tail or "")  # which is not the element's own
    for node in nodes:
        if callable(node.tag):
            raise XMLError(XMLCode.RESTRICTED, getattr(node, "sourceline", None))
        attributes = node.items()
        if len(attributes) > limits.attributes:
            raise XMLError(XMLCode.LIMIT, None, "more attributes than allowed")
        if len(node.tag) > LONGEST_NAMESPACE:
            _ensure_short(node.tag)
        for name, value in attributes:
            if len(name) > LONGEST_NAMESPACE:
                _ensure_short(name)
            characters += len(value)
        # Joining raises TypeError for anything but text.
        "".join(chain((node.tag,), *attributes))
        characters += len("".join((node.text or "", node.tail or "")))
    if len(nodes) > limits.elements or characters > limits.octets:
        raise XMLError(XMLCode.LIMIT, None, "more content than allowed")
    if len(nodes) > limits.depth:
        _ensure_shallow(element, limits)


def _ensure_short(name: str) -> None:
    """Refuse an expanded name whose namespace has too long a one."""
    if name.find("}") > LONGEST_NAMESPACE + 1:
        raise XMLError(XMLCode.LIMIT, None, "a namespace name too long")


def _ensure_shallow(element: ElementLike, limits: Limits) -> None:
    """Refuse what is too deep; level by level, so depth costs no stack."""
    level = [element]
    for _ in range(limits.depth):
        level = [child for node in level for child in node]
        if not level:
            return
    raise XMLError(XMLCode.LIMIT, None, f"deeper than {limits.depth} levels")
