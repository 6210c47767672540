"""A digest of a message, to recognise the message when it comes again.

RFC 6120 §8.1.3 lets ids repeat in another stream, so an id alone does not identify a
message. A repetition has the same content as well: the type and all children with all
they hold, except what servers add or remove on the way.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from xep0184 import ns
from xep0184.message import TYPES, MessageType

if TYPE_CHECKING:
    from xep0184.xml import ElementLike

__all__ = ["digest_of", "message_digest"]

_SIZE: Final = 16  # octets of a digest

# Servers add or remove these on the way; the last one as in XEP-0280 §9.
_CHANGING: Final = (
    ns.ADDED_BY_SERVERS | ns.CHAT_STATE_TAGS | {f"{{{ns.CARBONS}}}private"}
)
_MUC_USER_TAG: Final = f"{{{ns.MUC_USER}}}x"
_NORMAL: Final = MessageType.NORMAL.value
_INVITATION: Final = frozenset({"invite", "decline", "password"})


def message_digest(message: ElementLike, /) -> str:
    """Return a digest of the id and the content of a message.

    Args:
        message: A message element that `xep0184.xml` has parsed or checked.

    >>> from xep0184 import xml
    >>> plain, delayed, other = (
    ...     message_digest(xml.parse(f"<message id='1'><body>{text}</message>"))
    ...     for text in ("hi</body>", "hi</body><delay xmlns='urn:xmpp:delay'/>",
    ...                  "ho</body>"))
    >>> plain == delayed, plain == other
    (True, False)
    """
    written = message.get("type")
    facts: list[object] = [written if written in TYPES else _NORMAL, message.get("id")]
    for child in message:
        if child.tag in _CHANGING and not _is_invitation(child):
            continue
        for each in child.iter():
            tail = None if each is child else each.tail
            facts += each.tag, each.text or "", tail or "", len(each)
            if attributes := each.items():
                facts += sorted(attributes)
    return digest_of(*facts)


def digest_of(*facts: object) -> str:
    """Return a digest of plain data, in hexadecimal.

    >>> digest_of("a", "b") == digest_of("ab")
    False
    """
    # Python writes different values differently; `ascii` does so in every version.
    return blake2b(ascii(facts).encode(), digest_size=_SIZE).hexdigest()


def _is_invitation(child: ElementLike) -> bool:
    """Return whether a child of a message invites to a room (XEP-0045 §7.8.2)."""
    if child.tag != _MUC_USER_TAG:
        return False
    return any(ns.split(it.tag)[1] in _INVITATION for it in child)
