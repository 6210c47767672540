"""Parses the pieces that were cut out of a recording, and gives them their places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xep0184 import xml
from xep0184.errors import XMLError
from xep0184.stream.piece import Broken, Stanza
from xep0184.xml.many import parse_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from xep0184.stream.recording import Recording
    from xep0184.stream.scopes import Scope

__all__ = ["PieceParser"]


class PieceParser:
    """Makes values of the pieces of a recording, in the order of their offsets."""

    def __init__(self, recording: Recording, limits: xml.Limits) -> None:
        self._recording, self._limits = recording, limits

    def parse_all(
        self, pieces: Sequence[bytes], scope: Scope
    ) -> Sequence[Element | None]:
        """Return the elements of pieces; None for all if each is to be parsed alone."""
        found: Sequence[Element | None] = ()
        if len(pieces) > 1:
            found = parse_all(pieces, limits=self._limits, within=scope.within)
        return found or [None] * len(pieces)

    def parse(
        self,
        start: int,
        octets: bytes,
        element: Element | None,
        scope: Scope,
        *,
        recovered: bool,
    ) -> Stanza | Broken:
        """Return a piece; if it has no element, parse it alone."""
        form, within = xml.SourceForm.STANZA, scope.within
        if element is None:
            limits = self._limits
            try:
                element = xml.parse(octets, limits=limits, form=form, within=within)
            except XMLError as error:
                return self.broken(start, error, start + len(octets), whole=True)
        line, column, offset = self._recording.place(start)
        element.tail = None
        return Stanza(
            line=line,
            column=column,
            offset=offset,
            element=element,
            octets=octets,
            within=within,
            language=scope.language,
            recovered=recovered,
        )

    def broken(
        self, start: int, error: XMLError, end: int, *, whole: bool = False
    ) -> Broken:
        """Return a broken place, with the position of the error in the recording."""
        line, column, offset = self._recording.place(start)
        behind = (error.line or 1) - 1
        at = error.column and error.column + (0 if behind else column - 1)
        last_line = self._recording.line_before(end)
        return Broken(
            line=line,
            column=column,
            offset=offset,
            length=end - start,
            last_line=max(line, last_line),
            error=XMLError(error.code, line + behind, error.detail, at),
            whole=whole,
        )
