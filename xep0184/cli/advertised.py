"""What the entities of one recording advertise, and the answers that wait for it.

An answer is judged as soon as its sender has advertised anything. Until then it is
held back, and so are those behind it, lest they change places. Both what is held
and what is remembered of the senders is bounded, for a recording may hold answers
and advertisements without end.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, TypeAlias

from xep0184 import jid
from xep0184._value import value
from xep0184.caps import (
    Caps,
    Hash,
    HashSet,
    advertisement_of,
    checkable_hashes,
    xep0390,
)
from xep0184.quoting import beginning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from xep0184.caps import Advertisement, AnyCaps
    from xep0184.cli.answers import Place
    from xep0184.disco import Answer

__all__ = ["Advertising", "Held", "Offer"]

_ROOM: Final = 8_000_000
"""In characters, as `repr` writes the values: some 10,000 answers of clients, or
40,000 advertisements."""

_MOST: Final = 16
_LONGEST: Final = 128  # a SHA-512 takes 88

_Key: TypeAlias = "jid.JID | None"  # None is the server, whose features name nobody


@value(kw_only=True)
class Offer:
    """What one stanza advertises by one XEP.

    It is told again with each answer, and verified; so its size is bounded.

    Attributes:
        xep: By which XEP.
        told: Its first hashes, the beginning of each.
        more: How many there are after them.
        judged: What has the verdict of all that is advertised.
    """

    xep: str
    told: tuple[Hash, ...]
    more: int
    judged: AnyCaps


@dataclass(slots=True, kw_only=True)
class Held:
    """An answer, and what its sender advertised.

    Attributes:
        place: Where it stands.
        answer: The answer.
        key: Who advertises it.
        offers: What it is held against; nothing, if there is nothing.
        is_settled: Whether nothing that is still to come changes that.
        weight: How much room it takes.
    """

    place: Place
    answer: Answer
    key: _Key
    offers: tuple[Offer, ...]
    is_settled: bool
    weight: int


class Advertising:
    """Who advertises what in one recording, and the answers in their order."""

    def __init__(self) -> None:
        self._latest = _Latest()
        self._held: deque[Held] = deque()
        self._weight = 0
        self._waiting: dict[_Key, deque[Held]] = {}
        self._server: jid.JID | None = None
        self._hurried = 0

    @property
    def forgotten(self) -> int:
        """How many advertisements, or answers that waited, there was no room for."""
        return self._latest.forgotten + self._hurried

    def note(self, stanza: Element, /) -> None:
        """Take note of what a stanza advertises, and of whose recording it is."""
        recipient = jid.parse_or_none(stanza.get("to"))
        if recipient is not None and self._server is None:
            self._learn(jid.JID(None, recipient.domain))
        found = advertisement_of(stanza)
        if found is not None and found.preferred is not None:
            key, offers = jid.parse_or_none(stanza.get("from")), _offers(found)
            self._latest.put(key, offers)
            self._settle(key, offers)

    def hold(self, place: Place, answer: Answer, /) -> None:
        """Take an answer; it waits for what its sender advertises, unless it has."""
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
        """Yield the answers that wait no longer, some because there is no room."""
        while self._held and (self._held[0].is_settled or self._weight > _ROOM):
            held = self._next()
            self._hurried += not held.is_settled
            yield held

    def rest(self) -> Iterator[Held]:
        """Yield all other answers."""
        while self._held:
            yield self._next()

    def _learn(self, server: jid.JID) -> None:
        """Let the answers of the server wait for its features, which name nobody."""
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
            waiting.popleft()  # of one sender the first is the first
            if not waiting:
                del self._waiting[held.key]
        return held


class _Latest:
    """What each sender advertised last, of as many as there is room for."""

    def __init__(self) -> None:
        # In a dict the oldest would be looked for among all that was deleted.
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
    """Return the same without what is too long to match, or never looked at."""
    return Caps(node=_short(caps.node), ver=_short(caps.ver), hash=_short(caps.hash))


def _condensed(hashes: HashSet) -> HashSet:
    """Return a set of few hashes on which every verdict is the same.

    An empty one is ill-formed, as is one that names a function twice; and where no
    hash can be checked, one of them says so as well as 8,000.
    """
    if not xep0390.is_well_formed(hashes):
        return HashSet(())
    checkable = checkable_hashes(hashes)
    return HashSet(tuple(map(_short_hash, checkable or hashes.hashes[:1])))


def _without_names(answer: Answer) -> Answer:
    """Leave out the names of what cannot be hashed but one; they may take 30 MB."""
    info = answer.info
    if info is None:
        return answer
    return replace(answer, info=replace(info, extensions=info.extensions[:1]))
