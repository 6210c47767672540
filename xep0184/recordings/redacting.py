"""Replaces private texts in stanzas, so that a report about them can be shared.

The texts of elements, the values of attributes, and the local parts and resources of
addresses are replaced by a keyed hash: within one run the same text always by the same,
and nobody can find out the texts by trying. Kept are the names of elements, domains,
ids, and other attributes of the protocol, such as types, if they hold no blank.
"""

from __future__ import annotations

import hashlib
import html
import re
import secrets
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final

from xep0184 import jid, ns, xml
from xep0184.stream import Stanza

if TYPE_CHECKING:
    from xep0184.recordings.entry import Entry

__all__ = ["Redactor"]

_MARKUP: Final = re.compile(
    rb"""<!\[CDATA\[.*?\]\]>|<(?:[^<>"']|"[^"]*"|'[^']*')*>|[^<]+""", re.DOTALL
)
"""A CDATA section, a tag or text; a stanza that was read holds nothing else."""
_ATTRIBUTE: Final = re.compile(rb"""(\s)([^\s='"]+)(\s*=\s*)("[^"]*"|'[^']*')""")
_ADDRESSES: Final = frozenset({b"to", b"from", b"by"})  # and what ends in "jid"
_KEPT: Final = frozenset(
    {
        *(b"algo", b"category", b"code", b"ext", b"hash", b"node", b"stamp", b"type"),
        *(b"var", b"ver", b"xml:lang", b"xmlns"),
    }
)
"""The attributes besides ids that a finding or a hash depends on."""
_TOKEN: Final = re.compile(rb"[!#-?A-Z\[\]^_a-z{-~]*")
"""A value that is kept: no blank, no @, and nothing but ASCII."""
_RESTRICTED: Final = re.compile(rb"<(?:[^\s<>/:]+:)?(?:show|priority|hash)[\s>]")
"""Start tags of elements whose text a schema restricts."""
_HARMLESS: Final = re.compile(
    rb"\s*(?:away|chat|dnd|xa|-?[0-9]{1,3}|[0-9A-Za-z+/]{20,}={0,2})\s*"
)
"""What they may hold."""
_FORM_VALUE: Final = re.compile(rb"<(?:[^\s<>/:]+:)?value[\s>]")
_JID: Final = re.compile(rb"<(?:[^\s<>/:]+:)?jid[\s>]")
_IQ: Final = re.compile(rb"\s*<(?:[^\s<>/:]+:)?iq[\s>]")


class Redactor:
    """Replaces private texts consistently.

    Args:
        key: The key of the hash; by default a new one, which nobody knows.
        is_short: Whether all is replaced by the same short text.

    >>> redactor = Redactor(b"key")
    >>> print(redactor.octets(b"<message to='romeo@example.org/orchard'/>").decode())
    <message to='local-03f90127@example.org/resource-3ae4f988'/>
    """

    def __init__(self, key: bytes = b"", *, is_short: bool = False) -> None:
        self._key = key or secrets.token_bytes(16)
        self._is_short = is_short

    def redacted(self, entry: Entry, /) -> Entry:
        """Return an entry without private texts; one that cannot be read has none."""
        stanza = entry.content
        if not isinstance(stanza, Stanza):
            return entry
        octets = self.octets(stanza.octets)
        if len(octets) > xml.DEFAULT_LIMITS.octets:  # hashes are longer than names
            octets = Redactor(is_short=True).octets(stanza.octets)
        form = xml.SourceForm.STANZA
        element = xml.parse(octets, form=form, within=stanza.within)
        return replace(entry, content=replace(stanza, octets=octets, element=element))

    def octets(self, octets: bytes, /) -> bytes:
        """Return the octets of a stanza without private texts, with the same lines."""
        # The values of an answer to disco#info are part of its hash.
        is_disco = ns.DISCO_INFO.encode() in octets and _IQ.match(octets) is not None
        made, tag = bytearray(), b""
        for part in _MARKUP.findall(octets):
            if part.startswith(b"<") and not part.startswith(b"<!"):
                tag = part
                is_identity = is_disco and b"category" in tag
                replaced = partial(self._attribute, is_identity=is_identity)
                made += _ATTRIBUTE.sub(replaced, part)
            else:
                made += part if _is_kept(part, tag, is_disco) else self._text(part, tag)
        return bytes(made)

    def address(self, address: str, /) -> str:
        """Return an address with another local part and resource.

        One that is no JID stays none, and keeps nothing but its punctuation.
        """
        # Two spellings of an address are one.
        known = jid.parse_or_none(address)
        if known is None:
            return re.sub(r"[^\s@/.:]", "x", address)
        local = known.local and self._hash("local", known.local)
        resource = known.resource and self._hash("resource", known.resource)
        return str(replace(known, local=local, resource=resource))

    def _attribute(self, found: re.Match[bytes], *, is_identity: bool) -> bytes:
        space, name, equals, quoted = found.groups()
        quote, value = quoted[:1], quoted[1:-1]
        text = html.unescape(value.decode())
        is_kept = is_identity or name in {b"id", b"queryid"}
        is_protocol = name in _KEPT or name.startswith(b"xmlns:")
        if name in _ADDRESSES or name.endswith(b"jid"):
            value = html.escape(self.address(text)).encode()
        elif not (is_kept or (is_protocol and _TOKEN.fullmatch(value))):
            value = self._hash("value", text).encode()
        return bytes(space + name + equals + quote + value + quote)

    def _text(self, part: bytes, tag: bytes) -> bytes:
        is_section = part.startswith(b"<![CDATA[")
        text = part[9:-3].decode() if is_section else html.unescape(part.decode())
        if not text.strip():
            return part
        is_address = _JID.match(tag) and jid.parse_or_none(text.strip()) is not None
        told = self.address(text.strip()) if is_address else self._hash("text", text)
        return html.escape(told).encode() + b"\n" * part.count(b"\n")

    def _hash(self, kind: str, text: str) -> str:
        if self._is_short:
            return "x"
        digest = hashlib.blake2b(text.encode(), key=self._key, digest_size=4)
        return f"{kind}-{digest.hexdigest()}"


def _is_kept(text: bytes, tag: bytes, is_disco: bool) -> bool:  # noqa: FBT001
    """Check whether the text behind a tag is no private one."""
    if tag.endswith(b"/>"):
        return False
    if is_disco and _FORM_VALUE.match(tag):
        return b"@" not in text
    return bool(_RESTRICTED.match(tag) and _HARMLESS.fullmatch(text))
