"""The disco#info answers of a recording, for the commands that judge them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from xep0184 import disco, ns, stream
from xep0184._value import value
from xep0184.cli.files import pieces
from xep0184.errors import FormatError
from xep0184.quoting import printable, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184.cli.files import Piece
    from xep0184.disco import Answer, Identity

__all__ = ["Place", "answer_in", "broken_line", "described", "located"]


@value(kw_only=True)
class Place:
    """Where something stands.

    Attributes:
        file: The name of the file.
        line: Where it begins, counted from 1.
        number: Which stanza of the file it is, counted from 1.
    """

    file: str
    line: int
    number: int

    def __str__(self) -> str:
        return f"{printable(self.file)}:{self.line}: #{self.number}"

    @property
    def plain(self) -> dict[str, Any]:
        """The same as what JSON can hold."""
        return dataclasses.asdict(self)


def located(file: str, /, unreadable: list[str]) -> Iterator[tuple[Place, Piece]]:
    """Iterate over the pieces of a recording and their places.

    A recovered stanza is left out: it may be the text of a message.

    Args:
        file: The name of the file; - is standard input.
        unreadable: Where its name goes if it is no recording.
    """
    for number, piece in pieces(file, unreadable):
        if isinstance(piece, stream.Broken) or not piece.recovered:
            yield Place(file=file, line=piece.line, number=number), piece


def answer_in(stanza: stream.Stanza, /) -> Answer | None:
    """Return the disco#info answer that a stanza is.

    Args:
        stanza: An iq, or the query of one.

    Returns:
        The answer, an error only if it copies the query; None for all else.
    """
    element, lang = stanza.element, stanza.language
    if element.tag == ns.QUERY_TAG:
        return disco.answer_of(element, lang=lang)
    if element.find(ns.QUERY_TAG) is None:
        return None
    try:
        answer = disco.from_element(element, namespaces=ns.CONTENT, lang=lang)
    except FormatError:
        return None
    return answer if answer.type in {"result", "error"} else None


def described(identity: Identity, /) -> str:
    """Return an identity in a few words; a peer's text is quoted."""
    language = "" if identity.lang is None else f" [{printable(identity.lang)}]"
    name = "" if identity.name is None else f" {shown(identity.name)}"
    kind = f"{shown(identity.category)[1:-1]}/{shown(identity.type)[1:-1]}"
    return f"{kind}{language}{name}"


def broken_line(place: Place, broken: stream.Broken, /) -> str:
    """Return a line about a stanza that cannot be read."""
    return f"{place} broken: {printable(str(broken.error))}"
