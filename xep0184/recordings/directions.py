"""Determines whether a stanza was sent or received, from the tool or the addresses."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from xep0184 import jid, ns

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from xep0184.jid import JID

__all__ = ["NEAR", "Direction", "DirectionFinder", "bound_account"]


class Direction(StrEnum):
    """Whether the program that wrote the log sent or received a stanza."""

    SENT = "sent"
    """It was sent."""
    RECEIVED = "received"
    """It was received."""
    UNKNOWN = "unknown"
    """Neither the tool nor the addresses tell it."""


_PORT: Final = (
    rb"[.:]0*(?:5222|5223|5280|5281|5443|xmpps?-(?:client|bosh)|jabber-client)\b"
)
_IN_WORD: Final = (
    rb"(?<![/@])\b(?i:recv(?:from|msg)?|rcvd?|receive[ds]?|receiving|got|rx|incoming"
    rb"|inbound|rawinput|read(?=\s+(?:data|bytes|0)|\(|:))\b|\b(?:IN|READ|REC)\b"
    rb"|(?:^|(?<=[\t\[(=\"']))in(?=\t|\s*[\])\"':&,;])"
)
_OUT_WORD: Final = (
    rb"(?<![/@])\b(?i:sen[dt]|send(?:to|msg)|snd|sending|tx|outgoing|outbound"
    rb"|rawoutput|writing|wrote|write(?=\())\b|\b(?:OUT|WRITE)\b"
    rb"|(?:^|(?<=[\t\[(=\"']))out(?=\t|\s*[\])\"':&,;])"
)
_IN_SIGN: Final = (
    rb"^S:|<<(?!\")|<-|(?:^|\s)<=?(?=\s)|\b[Ss](?:erver)?\s*-+>\s*[Cc]"
    rb"|\xe2\x86[\x90\x93]|\xe2\xac[\x85\x87]|\xe2\xae\x88|%b\s*(?:-|>|\xe2\x86\x92)+"
    rb"|<body\s(?![^<>]*\brid=)[^<>]*httpbind" % _PORT
)
_OUT_SIGN: Final = (
    rb"^C:|(?<!\")>>|->|(?:^|\s)=?>(?=\s)"
    rb"|\xe2\x86[\x91\x92]|\xe2\xac\x86|\xe2\x9e\xa1|\xe2\xae\x8a"
    rb"|[->]\s*[\w.:]*%b|<body\s[^<>]*\brid=" % _PORT
)
_VALUE: Final = (
    rb"[\"']?\s*[:=]\s*(?i:true|(?P<no>false))\b"
    rb"|(?P<other>[\"']\s*:|\s*=)\s*[\"']?\w|\W*"
)
_WORD: Final = re.compile(
    rb"(?:(?P<received>%b)|(?:%b))(?:%b)|(?P<comes>%b)|(?:%b)"
    % (_IN_WORD, _OUT_WORD, _VALUE, _IN_SIGN, _OUT_SIGN)
)
"""How tools write a direction. A word may end an address, or be the name of a value.

A word comes before the signs that follow it: in ``RECV > `` the last is a separator.
"""
_HEADING: Final = re.compile(rb"(?:%b|%b)\W*[:\[({]\s*$" % (_IN_WORD, _OUT_WORD))
_RULED: Final = re.compile(rb"[-=#*_+|'\"`~\s]*+(?:xml)?\s*+|\s*+>\s*+")
"""A line that tells nothing: empty, ruled, or the beginning of a quotation."""
_PACKET: Final = re.compile(rb": Flags \[.*\n")
"""The end of a heading of tcpdump. The octets of headers of a packet follow it."""
_ACKS: Final = re.compile(rb"(?:<[ar]\s[^<>]*/>)*+")
"""Elements that acknowledge stanzas, or request it (XEP-0198 §4)."""
_PORTS: Final = re.compile(_PORT)
# The parts of an address are chosen by peers, so they tell no direction.
_ADDRESS: Final = re.compile(rb"(?<![\w.+-])[\w.+-]*+@[^\s<>\"',:;()\[\]]+")
_ZEROS: Final = bytes.maketrans(b"123456789", b"0" * 9)
NEAR: Final = 400
"""How many octets of the text before a stanza are looked at."""
_BIND: Final = "{urn:ietf:params:xml:ns:xmpp-bind}"


class DirectionFinder:
    """Finds the directions of the stanzas of one recording, one after another.

    The last word of the text before a stanza counts, in its line or else in the line
    before. A stanza that follows another one directly has the direction of that one.
    If nothing is said before the first stanza, what stands behind a stanza in its line
    is about that one, so it tells nothing of the next.
    Where the tool says nothing, the addresses may: only a client sends stanzas without
    `from`, and what is from or to the account that the server has bound is known.

    >>> from xml.etree.ElementTree import fromstring
    >>> finder = DirectionFinder()
    >>> finder.find(b"12:00 RECV: ", fromstring("<iq/>")).value
    'received'
    """

    def __init__(self, *, lines: int = 1) -> None:
        self._lines = lines
        self._account: str | None = None
        self._has_sent = False
        self._told: Direction | None = None
        self._is_behind: bool | None = None

    def find(self, text: bytes, element: Element | None) -> Direction:
        """Return the direction of a stanza.

        Args:
            text: The end of the text between it and the stanza before.
            element: The stanza; None for one that could not be read.
        """
        if not _ACKS.fullmatch(text):
            if self._is_behind:
                text = text[text.find(b"\n") + 1 :]
            self._told = _told(text[-NEAR:], self._lines)
        if self._is_behind is None:
            self._is_behind = self._lines == 1 and self._told is None
        if self._told is not None:
            return self._told
        return Direction.UNKNOWN if element is None else self._of_addresses(element)

    def _of_addresses(self, element: Element) -> Direction:
        if account := bound_account(element):
            self._account = str(account.bare)
            return Direction.RECEIVED
        if ns.split(element.tag)[0] not in {ns.CLIENT, ns.FRAGMENT}:
            return Direction.UNKNOWN
        from_, to = element.get("from"), element.get("to")
        if from_ is None and _bare(to) != self._account:
            self._has_sent |= bool(to)
            return Direction.SENT if to else Direction.UNKNOWN
        if self._account is not None:
            return self._of_account(self._account, _bare(from_), _bare(to))
        return Direction.RECEIVED if to and self._has_sent else Direction.UNKNOWN

    def _of_account(self, account: str, from_: str, to: str) -> Direction:
        if from_ == to:
            return Direction.UNKNOWN
        if from_ == account and to:
            return Direction.SENT
        return Direction.RECEIVED if to in {account, ""} else Direction.UNKNOWN


def _bare(address: str | None) -> str:
    return (address or "").partition("/")[0].lower()


def _told(text: bytes, most: int) -> Direction | None:
    """Return what the last lines of a text say, the nearest first."""
    if b"<!--" in text:
        text = text.replace(b"-->", b"")
    for heading in [*_PACKET.finditer(text)][-1:]:
        text = text[: heading.end()]
    lines = [line for line in text.splitlines() if not _RULED.fullmatch(line)]
    if len(lines) > 1 and all(line.startswith(b">") for line in lines[-2:]):
        lines = [line.lstrip(b"> ") for line in lines if line.strip(b"> ")]  # quoted
    lines = [_ADDRESS.sub(b"", it) for it in lines[-most - 1 :]]
    lines = [it if _PORTS.search(it) else it.translate(_ZEROS) for it in lines]
    if len(lines) > most and not _is_heading(lines[0], lines[1]):
        del lines[0]
    for line in reversed(lines):
        if direction := _last_word(line):
            return direction
    return None


def _is_heading(line: bytes, following: bytes) -> bool:
    """Check whether a line is a heading with the same prefix as the following one."""
    return line.startswith(following.rstrip()) and _HEADING.search(line) is not None


@lru_cache(maxsize=1_024)  # lines of a log often differ only in their digits
def _last_word(line: bytes) -> Direction | None:
    for word in reversed(list(_WORD.finditer(line))):
        # What was not sent was not received either, but what is not outgoing is.
        is_opposite = word["no"] and word[0][:2].lower() in {b"in", b"ou"}
        if is_opposite or not (word["no"] or word["other"]):
            is_received = bool(word["received"] or word["comes"]) != bool(is_opposite)
            return Direction.RECEIVED if is_received else Direction.SENT
    return None


def bound_account(element: Element, /) -> JID | None:
    """Return the full JID that a server binds with a stanza; None for any other.

    Anybody may send a result like it; that of the server has no other sender.

    >>> from xml.etree.ElementTree import fromstring
    >>> print(bound_account(fromstring(
    ...     "<iq type='result'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
    ...     "<jid>n@shakespeare.lit/desk</jid></bind></iq>")))
    n@shakespeare.lit/desk
    """
    is_result = element.get("type") == "result" and ns.split(element.tag)[1] == "iq"
    bound = element.find(f"{_BIND}bind/{_BIND}jid") if is_result else None
    account = None if bound is None else jid.parse_or_none(bound.text)
    if account is None:
        return None
    servers = {account, account.bare, jid.JID(None, account.domain)}
    addresses = {"from": servers, "to": {account, account.bare}}
    is_of_server = all(
        (address := element.get(name)) is None or jid.parse_or_none(address) in right
        for name, right in addresses.items()
    )
    return account if is_of_server else None
