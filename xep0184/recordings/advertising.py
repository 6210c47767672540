"""The disco#info answers of a recording, and the hashes that entities advertise.

An answer can be verified as soon as its sender has advertised a hash. Until then it
waits, and so do the answers after it, so that their order is kept. The memory for
answers and for advertisements is bounded.
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

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from xep0184.caps import Advertisement, AnyCaps
    from xep0184.disco import Answer
    from xep0184.recordings.entry import Place
    from xep0184.stream import Stanza

__all__ = ["Advertising", "Held", "Offer", "answer_in"]

_ROOM: Final = 8_000_000
"""In characters of `repr`: some 10,000 answers of clients, or 40,000 advertisements."""

_MOST: Final = 16
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
        key: Who advertises it.
        offers: The advertisements to verify it against; there may be none.
        is_settled: Whether what follows cannot change them.
        weight: How much memory it takes.
    """

    place: Place
    answer: Answer
    key: _Key
    offers: tuple[Offer, ...]
    is_settled: bool
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
    """The advertisements of one recording, and the answers in their order."""

    def __init__(self) -> None:
        self._latest = _Latest()
        self._held: deque[Held] = deque()
        self._weight = 0
        self._waiting: dict[_Key, deque[Held]] = {}
        self._server: jid.JID | None = None
        self._hurried = 0

    @property
    def forgotten(self) -> int:
        """How many advertisements or waiting answers there was no memory for."""
        return self._latest.forgotten + self._hurried

    def note(self, stanza: Element, /) -> None:
        """Record what a stanza advertises, and whose recording it is."""
        recipient = jid.parse_or_none(stanza.get("to"))
        if recipient is not None and self._server is None:
            self._learn(jid.JID(None, recipient.domain))
        found = advertisement_of(stanza)
        if found is not None and found.preferred is not None:
            key, offers = jid.parse_or_none(stanza.get("from")), _offers(found)
            self._latest.put(key, offers)
            self._settle(key, offers)

    def hold(self, place: Place, answer: Answer, /) -> None:
        """Add an answer; it waits if its sender has not advertised anything."""
        sender = jid.parse_or_none(answer.from_)
        key = None if sender == self._server else sender
        offers = () if sender is None else self._latest.get(key)
        short = _without_names(answer)
        held = Held(
            place=place,
            answer=short,
            key=key,
            offers=offers,
            is_settled=sender is None or bool(offers),
            weight=len(repr(short)) + len(repr(offers)),
        )
        self._held.append(held)
        self._weight += held.weight
        if not held.is_settled:
            self._waiting.setdefault(key, deque()).append(held)

    def ready(self) -> Iterator[Held]:
        """Yield the answers that need not wait, and some if there is no memory."""
        while self._held and (self._held[0].is_settled or self._weight > _ROOM):
            held = self._next()
            self._hurried += not held.is_settled
            yield held

    def rest(self) -> Iterator[Held]:
        """Yield all other answers."""
        while self._held:
            yield self._next()

    def _learn(self, server: jid.JID) -> None:
        """Let the answers of the server wait for its features, which have no `from`."""
        self._server = server
        waiting = self._waiting.pop(server, deque())
        for held in waiting:
            held.key = None
        self._waiting[None] = waiting
        if offers := self._latest.get(None):
            self._settle(None, offers)

    def _settle(self, key: _Key, offers: tuple[Offer, ...]) -> None:
        weight = len(repr(offers))
        for held in self._waiting.pop(key, ()):
            held.offers, held.is_settled = offers, True
            held.weight += weight
            self._weight += weight

    def _next(self) -> Held:
        held = self._held.popleft()
        self._weight -= held.weight
        if not held.is_settled:
            waiting = self._waiting[held.key]
            waiting.popleft()  # of one sender, the first one that waits
            if not waiting:
                del self._waiting[held.key]
        return held


class _Latest:
    """The last advertisement of each sender, as far as there is memory."""

    def __init__(self) -> None:
        # OrderedDict, because finding the first key of a dict is slow after many
        # deletions.
        self._found: OrderedDict[_Key, tuple[int, tuple[Offer, ...]]] = OrderedDict()
        self._weight = 0
        self.forgotten: int = 0

    def get(self, key: _Key) -> tuple[Offer, ...]:
        return self._found.get(key, (0, ()))[1]

    def put(self, key: _Key, offers: tuple[Offer, ...]) -> None:
        self._forget(key)
        weight = len(repr(key)) + len(repr(offers))
        self._found[key] = weight, offers
        self._weight += weight
        while self._weight > _ROOM:
            self._forget(next(iter(self._found)))
            self.forgotten += 1

    def _forget(self, key: _Key) -> None:
        weight, _ = self._found.pop(key, (0, ()))
        self._weight -= weight


def _offers(found: Advertisement) -> tuple[Offer, ...]:
    offers: list[Offer] = []
    if (caps := found.caps) is not None:
        hashes = (Hash(caps.hash or "", caps.ver or ""),)
        offers.append(_offer("XEP-0115", hashes, _condensed_caps(caps)))
    if (several := found.hashes) is not None:
        offers.append(_offer("XEP-0390", several.hashes, _condensed(several)))
    return tuple(offers)


def _offer(xep: str, hashes: tuple[Hash, ...], judged: AnyCaps) -> Offer:
    told = tuple(map(_short_hash, hashes[:_MOST]))
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
