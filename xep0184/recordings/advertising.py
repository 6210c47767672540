"""The disco#info answers of a recording, and the hashes that entities advertise.

An answer is compared with the last advertisement of its sender before it, or else with
the first one after it. Until that comes, the answer waits, and so do those after it, so
that their order is kept. Memory is bounded.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from xep0184 import disco, jid, ns
from xep0184.caps import (
    Caps,
    Hash,
    HashSet,
    advertisement_of,
    checkable_hashes,
    xep0390,
)
from xep0184.errors import FormatError
from xep0184.quoting import beginning
from xep0184.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from xep0184.caps import AnyCaps
    from xep0184.disco import Answer
    from xep0184.recordings.entry import Place
    from xep0184.stream import Stanza

__all__ = ["Advertising", "Held", "answer_in"]

_MOST: Final = 4_096  # senders, and answers that wait
_ROOM: Final = 8_000_000
"""For answers that wait, in characters of `repr`: some 10,000 answers of clients."""
_LONGEST: Final = 128  # a SHA-512 takes 88
_short: Final = partial(beginning, width=_LONGEST)

_Key: TypeAlias = "jid.JID | None"  # None is the server, whose features have no `from`


@dataclass(slots=True, kw_only=True)
class Held:
    """An answer, and what its sender advertised.

    Attributes:
        place: The place of the answer.
        answer: The answer.
        advertised: The advertisements to verify it against, of each XEP; empty as
            long as there are none.
    """

    place: Place
    answer: Answer
    advertised: list[AnyCaps]

    @property
    def waits(self) -> bool:
        """Whether its sender, if there is one, may advertise something later."""
        return not self.advertised and jid.parse_or_none(self.answer.from_) is not None


def answer_in(stanza: Stanza, /) -> Answer | None:
    """Return the disco#info answer in a stanza.

    Args:
        stanza: An iq, or the query of one.

    Returns:
        The answer, an error only if it copies the query; None if there is none.
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


class Advertising:
    """The advertisements of one recording, and the answers in their order.

    Attributes:
        forgotten: How many advertisements or waiting answers there was no room for.
    """

    def __init__(self) -> None:
        self.forgotten: int = 0
        self._held: deque[Held] = deque()
        self._weight = 0
        self._advertised: Recent[_Key, list[AnyCaps]] = Recent(_MOST, "senders")
        # An empty list for each sender is shared by the answers that wait.
        self._awaited: Recent[_Key, list[AnyCaps]] = Recent(_MOST, "senders")
        self._server: jid.JID | None = None

    def note(self, stanza: Element, /) -> None:
        """Record what a stanza advertises, and whose recording it is.

        What has no `from` was sent by the client itself, but for stream features.
        """
        sender, recipient = (
            jid.parse_or_none(stanza.get(name)) for name in ("from", "to")
        )
        if recipient is not None and self._server is None:
            self._server = jid.JID(None, recipient.domain)
        found = advertisement_of(stanza)
        is_own = sender is None and ns.is_stanza(stanza.tag, "presence")
        if found is None or found.preferred is None or is_own:
            return
        advertised = [
            _condensed(it) for it in (found.caps, found.hashes) if it is not None
        ]
        if (awaited := self._awaited.pop(sender)) is not None:
            awaited += advertised
        self.forgotten += self._advertised.put(sender, advertised) is not None

    def hold(self, place: Place, answer: Answer, /) -> None:
        """Add an answer; it waits if its sender has not advertised anything."""
        if (info := answer.info) is not None:
            # One name is kept of what cannot be hashed; all may take 30 MB.
            info = replace(info, extensions=info.extensions[:1])
            answer = replace(answer, info=info)
        advertised = self._advertised_by(jid.parse_or_none(answer.from_))
        self._held.append(Held(place=place, answer=answer, advertised=advertised))
        self._weight += len(repr(answer))

    def ready(self) -> Iterator[Held]:
        """Yield the answers that need not wait, and some if there is no room."""
        while self._held:
            is_full = len(self._held) > _MOST or self._weight > _ROOM
            if (waits := self._held[0].waits) and not is_full:
                return
            held = self._held.popleft()
            self.forgotten += waits
            self._weight -= len(repr(held.answer))
            yield held

    def rest(self) -> Iterator[Held]:
        """Yield all other answers."""
        while self._held:
            yield self._held.popleft()

    def _advertised_by(self, sender: jid.JID | None) -> list[AnyCaps]:
        """Return what a sender has advertised, or the list that it will be added to."""
        if sender is None:
            return []
        key = None if sender == self._server else sender
        advertised = self._advertised.peek(key)
        if advertised is None:
            advertised = self._awaited.peek(key)
        if advertised is None:
            self._awaited.put(key, advertised := [])
        return advertised


def _condensed(caps: AnyCaps) -> AnyCaps:
    """Return an advertisement of bounded size that has the same verdict."""
    if isinstance(caps, Caps):
        node, ver, hash_ = (
            it and _short(it) for it in (caps.node, caps.ver, caps.hash)
        )
        return Caps(node=node, ver=ver, hash=hash_)
    if not xep0390.is_well_formed(caps):
        return HashSet(())
    hashes = checkable_hashes(caps) or caps.hashes[:1]
    return HashSet(tuple(Hash(_short(it.algo), _short(it.value)) for it in hashes))
