"""Reads the stanzas of one direction of a connection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree.ElementTree import TreeBuilder, XMLParser

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

__all__ = ["StreamReader"]

_DECLARATION: Final = re.compile(rb"<\?xml[^>]*\?>")
_STREAM: Final = re.compile(rb"(?=<stream:stream)")


class StreamReader:
    """Reads the children of a stream, which login starts anew.

    It uses nothing of xep0184, because it shows what xep0184 has done.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._begin()

    def read(self, data: bytes) -> list[Element]:
        """Return the children that end in these octets."""
        # A tag is only read when it is complete.
        complete, end, self._rest = (self._rest + data).rpartition(b">")
        octets = _DECLARATION.sub(b"", complete + end)
        first, *streams = _STREAM.split(octets)
        children = self._feed(first)
        for stream in streams:
            self._begin()
            children += self._feed(stream)
        return children

    def _begin(self) -> None:
        self._children = _Children()
        # From a server that the test has started.
        self._parser = XMLParser(target=self._children)  # noqa: S314

    def _feed(self, data: bytes) -> list[Element]:
        if data.strip():
            self._parser.feed(data)
        return self._children.taken()


class _Children:
    """A target of a parser that builds each child of the root."""

    def __init__(self) -> None:
        self._depth = 0
        self._builder = TreeBuilder()
        self._complete: list[Element] = []

    def taken(self) -> list[Element]:
        """Return the children that are complete, each once."""
        complete, self._complete = self._complete, []
        return complete

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Process a start tag."""
        if self._depth:
            self._builder.start(tag, attributes)
        self._depth += 1

    def data(self, text: str) -> None:
        """Process text."""
        if self._depth > 1:
            self._builder.data(text)

    def end(self, tag: str) -> None:
        """Process an end tag."""
        self._depth -= 1
        if self._depth:
            self._builder.end(tag)
        if self._depth == 1:
            self._complete.append(self._builder.close())
            self._builder = TreeBuilder()

    def close(self) -> None:
        """Process the end."""
