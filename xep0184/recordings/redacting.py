"""Replaces private texts in stanzas, so that a report about them can be shared.

The texts of elements, and the local parts and resources of addresses, are replaced by
a keyed hash: within one run the same text always by the same, and nobody can find out
the texts by trying. Ids, domains and the names of elements are kept.
"""

from __future__ import annotations

import hashlib
import html
import re
import secrets
from dataclasses import replace
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
_ATTRIBUTE: Final = re.compile(rb"""(\s)([^\s='"]+)(\s*=\s*["'])([^"']*)""")
_ADDRESSES: Final = frozenset({b"to", b"from", b"by", b"jid"})
_KEPT: Final = re.compile(rb"<(?:[^\s<>/:]+:)?(?:show|priority|hash)[\s>]")
"""Start tags of elements whose text a schema restricts."""
_FORM_VALUE: Final = re.compile(rb"<(?:[^\s<>/:]+:)?value[\s>]")


class Redactor:
    """Replaces private texts consistently.

    Args:
        key: The key of the hash; by default a new one, which nobody knows.

    >>> redactor = Redactor(b"key")
    >>> print(redactor.octets(b"<message to='romeo@example.org/orchard'/>").decode())
    <message to='local-03f90127@example.org/resource-3ae4f988'/>
    """

    def __init__(self, key: bytes = b"") -> None:
        self._key = key or secrets.token_bytes(16)

    def redacted(self, entry: Entry, /) -> Entry:
        """Return an entry without private texts; one that cannot be read has none."""
        stanza = entry.content
        if not isinstance(stanza, Stanza):
            return entry
        octets = self.octets(stanza.octets)
        form = xml.SourceForm.STANZA
        element = xml.parse(octets, form=form, within=stanza.within)
        return replace(entry, content=replace(stanza, octets=octets, element=element))

    def octets(self, octets: bytes, /) -> bytes:
        """Return the octets of a stanza without private texts, with the same lines."""
        is_disco = ns.DISCO_INFO.encode() in octets  # its values are hashed
        made, tag = bytearray(), b""
        for part in _MARKUP.findall(octets):
            if part.startswith(b"<") and not part.startswith(b"<!"):
                tag = part
                made += _ATTRIBUTE.sub(lambda it: self._attribute(it, tag), part)  # noqa: B023
            elif _KEPT.match(tag) or (is_disco and _FORM_VALUE.match(tag)):
                made += part
            else:
                made += self._text(part)
        return bytes(made)

    def address(self, address: str, /) -> str:
        """Return an address with another local part and resource.

        One that is no JID stays none, and keeps nothing but its punctuation.
        """
        if jid.parse_or_none(address) is None:
            return re.sub(r"\w", "x", address)
        bare, slash, resource = address.partition("/")
        local, at, domain = bare.rpartition("@")
        local = local and self._hash("local", local)
        resource = resource and self._hash("resource", resource)
        return f"{local}{at}{domain}{slash}{resource}"

    def _attribute(self, found: re.Match[bytes], tag: bytes) -> bytes:
        space, name, equals, value = found.groups()
        is_address = name in _ADDRESSES or (
            b"@" in value and not name.endswith(b"id") and not name.startswith(b"xmlns")
        )
        text = html.unescape(value.decode())
        if is_address:
            value = html.escape(self.address(text)).encode()
        elif name == b"nick" or (name == b"name" and b"jid" in tag):
            value = self._hash("name", text).encode()
        return bytes(space + name + equals + value)

    def _text(self, part: bytes) -> bytes:
        is_section = part.startswith(b"<![CDATA[")
        text = part[9:-3].decode() if is_section else html.unescape(part.decode())
        if not text.strip():
            return part
        is_address = "@" in text and len(text.split()) == 1
        told = self.address(text) if is_address else self._hash("text", text)
        return html.escape(told).encode() + b"\n" * part.count(b"\n")

    def _hash(self, kind: str, text: str) -> str:
        digest = hashlib.blake2b(text.encode(), key=self._key, digest_size=4)
        return f"{kind}-{digest.hexdigest()}"
