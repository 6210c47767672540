"""The content of a message as a digest, to recognise the message when it comes again.

RFC 6120 §8.1.3 lets ids repeat in another stream, so an id alone does not identify a
message. A repetition has the same content as well: the type and all children with all
they hold, except what servers add on the way.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from xep0184 import ns
from xep0184.message import TYPES, MessageType

if TYPE_CHECKING:
    from xep0184.xml import ElementLike

__all__ = ["DIGEST_SIZE", "content_digest"]

DIGEST_SIZE: Final = 16
"""The length of a digest in octets."""

_ADDED: Final = ns.ADDED_BY_SERVERS | {f"{{{ns.CARBONS}}}private"}  # XEP-0280 §9
_MUC_USER_TAG: Final = f"{{{ns.MUC_USER}}}x"
_INVITATION: Final = frozenset({"invite", "decline", "password"})


def content_digest(message: ElementLike, /) -> str:
    """Return a digest of the content of a message, in hexadecimal.

    Args:
        message: A message element that `xep0184.xml` has parsed or checked.

    >>> from xep0184 import xml
    >>> plain, delayed, other = (
    ...     content_digest(xml.parse(f"<message id='1'><body>{text}</message>"))
    ...     for text in ("hi</body>", "hi</body><delay xmlns='urn:xmpp:delay'/>",
    ...                  "ho</body>"))
    >>> plain == delayed, plain == other
    (True, False)
    """
    kind = TYPES.get(message.get("type"), MessageType.NORMAL).value
    children = [_tree(child) for child in message if not _is_added(child)]
    # Python writes different values differently; `ascii` does so in every version.
    text = ascii((kind, children)).encode()
    return blake2b(text, digest_size=DIGEST_SIZE).hexdigest()


def _is_added(child: ElementLike) -> bool:
    """Return whether a child says nothing of the sender's own."""
    if child.tag == _MUC_USER_TAG:  # an invitation is content (XEP-0045 §7.8.2)
        return not any(ns.split(it.tag)[1] in _INVITATION for it in child)
    return child.tag in _ADDED


def _tree(element: ElementLike) -> tuple[object, ...]:
    """Return an element as plain data; its depth is limited, as it was checked."""
    children = [(_tree(child), child.tail or "") for child in element]
    return element.tag, sorted(element.items()), element.text or "", children
