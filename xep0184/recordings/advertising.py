"""The disco#info answers of a recording, and the hashes that entities advertise.

An answer can be verified as soon as its sender has advertised a hash. Until then it
waits, and so do the answers after it, so that their order is kept. Memory is bounded.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from xep0184 import disco, jid, ns
from xep0184._value import value
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

    from xep0184.caps import Advertisement, AnyCaps
    from xep0184.disco import Answer
    from xep0184.recordings.entry import Place
    from xep0184.stream import Stanza

__all__ = ["Advertising", "Held", "Offer", "answer_in"]

_MOST: Final = 4_096  # answers that wait
_ROOM: Final = 8_000_000
"""In characters of `repr`: some 10,000 answers of clients, or 40,000 advertisements."""
_TOLD: Final = 16  # hashes
_LONGEST: Final = 128  # a SHA-512 takes 88

_Key: TypeAlias = "jid.JID | None"  # None is the server, whose features have no `from`


@value(kw_only=True)
class Offer:
    """The hashes that one stanza advertises as one XEP says.

    They are shown and verified with each answer, so their size is bounded.

    Attributes:
        xep: The XEP.
        told: The beginnings of the first hashes.
        more: How many there are after them.
        judged: An advertisement that has the same verdict.
    """

    xep: str
    told: tuple[Hash, ...]
    more: int
    judged: AnyCaps


@dataclass(slots=True, kw_only=True)
class Held:
    """An answer, and what its sender advertised.

    Attributes:
        place: The place of the answer.
        answer: The answer.
        offers: The advertisements to verify it against; empty as long as there are
            none.
        is_of_nobody: Whether it has no sender who could advertise anything.
        weight: How much memory it takes.
    """

    place: Place
    answer: Answer
    offers: list[Offer]
    is_of_nobody: bool
    weight: int


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
        self._latest: OrderedDict[_Key, list[Offer]] = OrderedDict()
        self._latest_weight = 0
        # The first answer that waits for each sender: the others share its offers.
        self._awaited: Recent[_Key, Held] = Recent(_MOST, "senders")
        self._server: jid.JID | None = None

    def note(self, stanza: Element, /) -> None:
        """Record what a stanza advertises, and whose recording it is.

        What has no `from` was sent by the client itself, but for stream features.
        """
        sender, recipient = (
            jid.parse_or_none(stanza.get(name)) for name in ("from", "to")
        )
        if recipient is not None and self._server is None:
            self._learn(jid.JID(None, recipient.domain))
        found = advertisement_of(stanza)
        is_own = sender is None and ns.is_stanza(stanza.tag, "presence")
        if found is not None and found.preferred is not None and not is_own:
            offers = _offers(found)
            self._remember(sender, offers)
            self._settle(sender, offers)

    def hold(self, place: Place, answer: Answer, /) -> None:
        """Add an answer; it waits if its sender has not advertised anything."""
        sender, short = jid.parse_or_none(answer.from_), _without_names(answer)
        key = None if sender == self._server else sender
        first = None if sender is None else self._awaited.peek(key)
        known = [] if sender is None else self._latest.get(key, [])
        held = Held(
            place=place,
            answer=short,
            offers=known if first is None else first.offers,
            is_of_nobody=sender is None,
            weight=_weight(short),
        )
        self._held.append(held)
        self._weight += held.weight
        if sender is not None and not held.offers and first is None:
            self._awaited.put(key, held)

    def ready(self) -> Iterator[Held]:
        """Yield the answers that need not wait, and some if there is no room."""
        while self._held:
            is_settled = self._held[0].offers or self._held[0].is_of_nobody
            is_full = len(self._held) > _MOST or self._weight > _ROOM
            if not is_settled and not is_full:
                return
            self.forgotten += not is_settled
            held = self._held.popleft()
            self._weight -= held.weight
            yield held

    def rest(self) -> Iterator[Held]:
        """Yield all other answers."""
        while self._held:
            yield self._held.popleft()

    def _remember(self, key: _Key, offers: list[Offer]) -> None:
        """Keep the last advertisement of a sender; forget the oldest ones."""
        if (replaced := self._latest.pop(key, None)) is not None:
            self._latest_weight -= _weight((key, replaced))
        self._latest_weight += _weight((key, offers))
        self._latest[key] = offers
        while self._latest_weight > _ROOM:
            self._latest_weight -= _weight(self._latest.popitem(last=False))
            self.forgotten += 1

    def _settle(self, key: _Key, offers: list[Offer]) -> None:
        """Let the answers of a sender that wait be verified."""
        if (first := self._awaited.pop(key)) is not None:
            first.offers += offers
            if self._held and self._held[0].place.number <= first.place.number:
                first.weight += _weight(offers)
                self._weight += _weight(offers)

    def _learn(self, server: jid.JID) -> None:
        """Let the answers of the server wait for its features, which have no `from`."""
        self._server = server
        if (first := self._awaited.pop(server)) is not None:
            self._awaited.put(None, first)
            if offers := self._latest.get(None):
                self._settle(None, offers)


def _weight(kept: object) -> int:
    return len(repr(kept))


def _offers(found: Advertisement) -> list[Offer]:
    offers: list[Offer] = []
    if (caps := found.caps) is not None:
        hashes = (Hash(caps.hash or "", caps.ver or ""),)
        offers.append(_offer("XEP-0115", hashes, _condensed_caps(caps)))
    if (several := found.hashes) is not None:
        offers.append(_offer("XEP-0390", several.hashes, _condensed(several)))
    return offers


def _offer(xep: str, hashes: tuple[Hash, ...], judged: AnyCaps) -> Offer:
    told = tuple(map(_short_hash, hashes[:_TOLD]))
    return Offer(xep=xep, told=told, more=len(hashes) - len(told), judged=judged)


def _short(text: str | None) -> str | None:
    return None if text is None else beginning(text, width=_LONGEST)


def _short_hash(each: Hash) -> Hash:
    return Hash(
        beginning(each.algo, width=_LONGEST), beginning(each.value, width=_LONGEST)
    )


def _condensed_caps(caps: Caps) -> Caps:
    """Return the parts that a verdict needs; one that is too long cannot match."""
    return Caps(node=_short(caps.node), ver=_short(caps.ver), hash=_short(caps.hash))


def _condensed(hashes: HashSet) -> HashSet:
    """Return a small set of hashes that has the same verdict.

    An empty set is ill-formed, like one that names a function twice. Where no hash can
    be checked, one of them has the verdict of all.
    """
    if not xep0390.is_well_formed(hashes):
        return HashSet(())
    checkable = checkable_hashes(hashes)
    return HashSet(tuple(map(_short_hash, checkable or hashes.hashes[:1])))


def _without_names(answer: Answer) -> Answer:
    """Keep one name of what cannot be hashed; all may take 30 MB."""
    info = answer.info
    if info is None:
        return answer
    return replace(answer, info=replace(info, extensions=info.extensions[:1]))
