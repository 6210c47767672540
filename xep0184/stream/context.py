"""What is open around a piece, and what the piece inherits from it.

A container is a stream or what an archive export wraps stanzas in; its children
are pieces. Namespaces and the language of a piece come from its containers, so
a piece is parsed within them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from xep0184 import ns, xml
from xep0184.errors import XMLCode, XMLError
from xep0184.stream import old
from xep0184.stream.patterns import START_TAG

if TYPE_CHECKING:
    import re

    from xep0184.stream.old import LxmlElement
    from xep0184.xml import Limits

__all__ = ["Context"]

_PIECES: Final = frozenset(
    b"message presence iq result forwarded request received query c".split()
)
"""What is a piece, not a container, even where it is the root."""
_PIECE_TAGS: Final = tuple(f"{{*}}{name.decode()}" for name in _PIECES)
_CONTAINERS: Final = frozenset(b"stream server-data host user archive".split())
"""What is a container even inside another (RFC 6120 §4, XEP-0227 §3)."""
_CONTAINER_TAGS: Final = tuple(f"{{*}}{name.decode()}" for name in _CONTAINERS)

_LONGEST_WRAPPER: Final = 16_384
"""In octets; each piece is parsed within all that its containers declare."""


class Context:
    """The containers that are open, and what a piece inherits from them."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open = [(b"", old.wrapper({}, None))]

    def opens(self, tag: re.Match[bytes]) -> bool:
        """Whether this start tag opens a container rather than a piece."""
        if tag[0].endswith(b"/>"):
            return False
        return tag[2] in _CONTAINERS or (self._at_root and tag[2] not in _PIECES)

    def take_all(self, octets: bytes) -> list[LxmlElement]:
        """Return the pieces if they are nothing else, and all in order."""
        within = self._open[-1][1]
        elements = old.parse_all(octets, limits=self._limits, within=within)
        is_whole = bool(elements) and self._only_pieces(elements)
        return elements if is_whole else []

    def take(self, octets: bytes) -> LxmlElement | None:
        """Return the piece; None if it is no piece but opens or closes one."""
        if octets.startswith(b"</"):
            self._close(octets[2:-1].rstrip())
            return None
        if octets.startswith((b"<?", b"<!")):
            # A declaration passes, whatever else stands there is refused.
            old.parse(octets + b"<_/>", limits=self._limits)
            return None
        tag = START_TAG.match(octets)
        if tag and self.opens(tag) and tag.end() == len(octets):
            self._begin(tag)
            return None
        return self._parse(octets)

    @property
    def _at_root(self) -> bool:
        return len(self._open) == 1

    def _only_pieces(self, elements: list[LxmlElement]) -> bool:
        parent = next(elements[0].iterancestors())
        if self._at_root:
            return sum(1 for _ in parent.iterchildren(*_PIECE_TAGS)) == len(elements)
        return next(parent.iterchildren(*_CONTAINER_TAGS), None) is None

    def _parse(self, octets: bytes) -> LxmlElement:
        return old.parse(
            octets,
            limits=self._limits,
            form=xml.SourceForm.STANZA,
            within=self._open[-1][1],
        )

    def _begin(self, tag: re.Match[bytes]) -> None:
        if tag[2] == b"stream":  # may begin anew inside another (RFC 6120 §4.3.3)
            del self._open[1:]
        element = self._parse(tag[0][:-1] + b"/>")
        lineage = (element, *element.iterancestors())
        languages = (ancestor.get(ns.LANG) for ancestor in lineage)
        language = next((found for found in languages if found is not None), None)
        wrapper = old.wrapper(element.nsmap, language)
        if len(self._open) > self._limits.depth or len(wrapper) > _LONGEST_WRAPPER:
            raise XMLError(XMLCode.LIMIT, None, "more containers than allowed")
        self._open.append((tag[1], wrapper))

    def _close(self, name: bytes) -> None:
        names = [opened for opened, _ in self._open]
        if name not in names[1:]:
            raise XMLError(XMLCode.NOT_WELL_FORMED, None, "end tag without a start")
        while self._open.pop()[0] != name:
            pass
