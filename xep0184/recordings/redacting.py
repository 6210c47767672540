"""Replaces private texts in what is told of a recording, so that it can be shared.

Texts are replaced by a keyed hash: within one run the same text always by the same, and
nobody can find out the texts by trying. Kept are the names of elements, domains, ids,
and other values of the protocol, such as types, if they hold no blank. Nothing is
replaced before it was judged, so the findings are the same.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from xep0184 import jid, ns

if TYPE_CHECKING:
    from xep0184.xml import ElementLike

__all__ = ["Redactor"]

_ADDRESSES: Final = frozenset({"to", "from", "by"})  # and what ends in "jid"
_IDS: Final = frozenset({"id", "queryid"})
_OF_PROTOCOL: Final = frozenset(
    {
        *("algo", "category", "code", "ext", "hash", "node", "stamp", "type", "var"),
        *("ver", ns.LANG),
    }
)
_TOKEN: Final = re.compile(r"[!#-?A-Z\[\]^_a-z{-~]*")
"""A value that is kept: no blank, no @, and nothing but ASCII."""
_QUOTED: Final = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_NAMES: Final = _ADDRESSES | _IDS | _OF_PROTOCOL | {"name", "xml:lang"}


class Redactor:
    """Replaces private texts consistently.

    Args:
        key: The key of the hash, at random so that nobody knows it; None keeps all
            texts.

    >>> Redactor(b"key").address("romeo@example.org/orchard")
    'local-03f90127@example.org/resource-3ae4f988'
    >>> Redactor(None).address("romeo@example.org/orchard")
    'romeo@example.org/orchard'
    """

    def __init__(self, key: bytes | None) -> None:
        self._key = key

    def address(self, address: str, /) -> str:
        """Return an address with another local part and resource.

        Two spellings of an address are one. One that is no JID is replaced as a whole.
        """
        if self._key is None or not address:
            return address
        known = jid.parse_or_none(address)
        if known is None:
            return self._hash("address", address)
        local = known.local and self._hash("local", known.local)
        resource = known.resource and self._hash("resource", known.resource)
        return str(replace(known, local=local, resource=resource))

    def text(self, text: str, /) -> str:
        """Return what stands for a text that people have written."""
        return self._hash("text", text)

    def value(self, text: str, /) -> str:
        """Return a value of the protocol, or what stands for it if it is no token."""
        return text if _TOKEN.fullmatch(text) else self._hash("value", text)

    def problem(self, text: str, /) -> str:
        """Return a problem with a schema without the values that it quotes."""
        return text if self._key is None else _QUOTED.sub(self._quoted, text)

    def replace_in(self, element: ElementLike, /) -> None:
        """Replace the texts of an element and of all that it holds."""
        if self._key is None:
            return
        for each in element.iter():
            for name, value in list(each.items()):
                each.set(name, self._attribute(name, value))
            each.text = self._content(each.text)
            each.tail = self._content(each.tail)

    def _attribute(self, name: str, value: str) -> str:
        if name in _ADDRESSES or name.endswith("jid"):
            return self.address(value)
        if name in _IDS:
            return value
        return self.value(value) if name in _OF_PROTOCOL else self._hash("value", value)

    def _content(self, text: str | None) -> str | None:
        return self._hash("text", text) if text and text.strip() else text

    def _quoted(self, found: re.Match[str]) -> str:
        text = found[1] or found[2] or ""
        is_name = text in _NAMES or text.startswith("{")
        return found[0] if is_name else f"'{self._hash('value', text)}'"

    def _hash(self, kind: str, text: str) -> str:
        if self._key is None:
            return text
        digest = hashlib.blake2b(
            text.encode("utf-8", "replace"), key=self._key, digest_size=4
        )
        return f"{kind}-{digest.hexdigest()}"
