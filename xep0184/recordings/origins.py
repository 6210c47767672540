"""Tells which account recorded a file, and in which direction each stanza went."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

from xep0184 import jid, ns
from xep0184.recordings.directions import Direction, bound_account
from xep0184.recordings.faults import RecordingCode, RecordingError
from xep0184.stream import Stanza

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

    from xep0184.jid import JID
    from xep0184.recordings.entry import Entry

__all__ = ["TracedFile", "sort_out"]

_HEAD: Final = 200  # entries
_LARGE: Final = 1_000_000  # octets of them
_MOST_ACCOUNTS: Final = 4_096
_SENT, _RECEIVED, _UNKNOWN = Direction.SENT, Direction.RECEIVED, Direction.UNKNOWN


class TracedFile:
    """A recording whose first 200 entries were looked at.

    Args:
        file: The name of the file.
        entries: Its entries.
        account: The account that recorded it, if that is known.

    Attributes:
        file: The name of the file.
        how: How the accounts were found: "given", "bound" by the server, by the
            "addresses", or from the "other files".
        accounts: The accounts, by their bare JIDs.
        direction: The direction of the whole file; UNKNOWN for both.
    """

    def __init__(
        self, file: str, entries: Iterable[Entry], account: JID | None = None
    ) -> None:
        self.file = file
        self.how: str = "given"
        self.accounts: dict[JID, JID] = {}
        self.direction: Direction = _UNKNOWN
        self._entries = iter(entries)
        self._head = list(_beginning(self._entries))
        self._is_given = account is not None
        if account is not None:
            self.accounts = {account.bare: account}
        elif bound := [
            it for _, each in _seen(self._head) if (it := bound_account(each))
        ]:
            self.how, self.accounts = "bound", {it.bare: it for it in bound}
        else:
            found = filter(None, _own_addresses(self._head))
            self.how, self.accounts = "addresses", {it.bare: it.bare for it in found}
        self._current: JID | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing in it."""
        return not self._head

    @property
    def told(self) -> set[Direction]:
        """The directions that the tool or the addresses tell, at the beginning."""
        return {self._told(entry) for entry in self._head} - {_UNKNOWN}

    def stanzas(self) -> Iterator[tuple[Entry, Element, Direction, JID | None]]:
        """Yield the stanzas with their directions and accounts.

        The account is None if it cannot be told, or is another one than was given.
        """
        accounts = list(self.accounts.values())
        self._current = accounts[0] if len(accounts) == 1 else None
        head, self._head = self._head, []
        for entry in chain(head, self._entries):
            if isinstance(entry.content, Stanza):
                element = entry.content.element
                if entry.evidence is not None:
                    self._note_bound(element)
                direction = self._direction(entry, element)
                yield entry, element, direction, self._account(element, direction)

    def _note_bound(self, element: Element) -> None:
        """Record that another account goes on, or the same one after a break."""
        bound = bound_account(element)
        if bound is None or len(self.accounts) >= _MOST_ACCOUNTS:
            return
        if not self._is_given or bound.bare in self.accounts:
            self.accounts[bound.bare] = self._current = bound

    def _direction(self, entry: Entry, element: Element) -> Direction:
        for told in (self._told(entry), self.direction):
            if told is not _UNKNOWN:
                return told
        return _SENT if element.get("from") is None else _RECEIVED

    def _told(self, entry: Entry) -> Direction:
        """Return what the addresses say, or else the tool."""
        if not isinstance(entry.content, Stanza):
            return _UNKNOWN
        from_, to = (entry.content.element.get(name) for name in ("from", "to"))
        is_own, is_to_own = self._is_own(from_), self._is_own(to)
        if is_to_own and not is_own and (from_ or self._is_client(to)):
            return _RECEIVED
        if to is not None and not is_to_own and (is_own or from_ is None):
            return _SENT
        return entry.direction

    def _is_own(self, address: str | None) -> bool:
        return address is not None and _bare(address) in self.accounts

    def _is_client(self, address: str | None) -> bool:
        """Check whether an address is that of the client that recorded.

        Without `from`, a stanza to it comes from the server; one to the account may
        also be a note of the account to itself.
        """
        to = jid.parse_or_none(address)
        known = None if to is None else self.accounts[to.bare]
        return to == known if known and known.is_full else to != known

    def _account(self, element: Element, direction: Direction) -> JID | None:
        address = element.get("from" if direction is _SENT else "to")
        if address is None:
            return self._current
        bare = _bare(address)
        if bare is None or (known := self.accounts.get(bare)) is None:
            return self._current if self.direction is not _UNKNOWN else None
        if self._current is not None and known.bare != self._current.bare:
            self._current = None  # two accounts take turns
        return known


def sort_out(recordings: list[TracedFile], /) -> None:
    """Complete what single recordings do not tell by what the others tell.

    Raises:
        RecordingError: NO_ACCOUNT, if none of them tells it.
    """
    found = [it for it in recordings if not it.is_empty]
    every: dict[JID, JID] = {}
    for bare, client in chain.from_iterable(it.accounts.items() for it in found):
        every[bare] = client if every.get(bare, client) == client else bare
    for each in found:
        if not each.accounts:
            each.how, each.accounts = "other files", dict(every)
        if len(told := each.told) == 1:
            (each.direction,) = told
    if found and not every:
        raise RecordingError(RecordingCode.NO_ACCOUNT, found[0].file)
    silent = [it for it in found if not it.told]
    for each in silent:
        each.direction = _RECEIVED
    if len(found) == 2 and silent:  # noqa: PLR2004  # SENT and RECEIVED
        others = [it for it in found if it not in silent]
        if not others or others[0].direction is _RECEIVED:
            silent[0].direction = _SENT


def _beginning(entries: Iterator[Entry]) -> Iterator[Entry]:
    """Yield the first entries, as long as they are not large."""
    left = _LARGE
    for entry in islice(entries, _HEAD):
        yield entry
        content = entry.content
        left -= len(content.octets) if isinstance(content, Stanza) else 0
        if left < 0:
            return


def _own_addresses(head: list[Entry]) -> Iterator[JID | None]:
    """Yield the addresses of stanzas that are those of accounts."""
    # Only a client asks without `from`: the log is that of a server then, which
    # receives what the client sends.
    is_of_server = any(
        element.get("from") is None and element.find(ns.REQUEST_TAG) is not None
        for direction, element in _seen(head)
        if direction is _RECEIVED
    )
    pairs: list[tuple[JID | None, JID | None]] = []
    for direction, element in _seen(head):
        if (from_ := element.get("from")) is None:
            continue
        sender, to = jid.parse_or_none(from_), jid.parse_or_none(element.get("to"))
        if direction is _UNKNOWN:
            pairs.append((sender and sender.bare, to and to.bare))
        else:
            yield sender if (direction is _SENT) != is_of_server else to
    yield from _partners(pairs)


def _partners(pairs: list[tuple[JID | None, JID | None]]) -> Iterable[JID | None]:
    """Return whose stanzas they are, by senders and addressees alone.

    If some of the addressees send, too, it is who takes part in all of them.
    """
    addressees = {to for _, to in pairs}
    if addressees.isdisjoint({sender for sender, _ in pairs}):
        return addressees
    partners = {it for it in addressees if all(it in pair for pair in pairs)}
    return partners if len(partners) == 1 else ()


def _seen(head: list[Entry]) -> Iterator[tuple[Direction, Element]]:
    for entry in head:
        if (stanza := entry.evidence) is not None:
            yield entry.direction, stanza.element


@lru_cache(maxsize=4_096)
def _bare(address: str) -> JID | None:
    found = jid.parse_or_none(address)
    return None if found is None else found.bare
