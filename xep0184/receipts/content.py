"""The content of a message as a digest, to recognise the message when it comes again.

RFC 6120 §8.1.3 lets ids repeat in another stream, so an id alone does not identify a
message. A repetition has the same content as well: the type and all children with all
they hold, except what servers add on the way.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from xep0184 import ns
from xep0184.message import TYPES, MessageType

if TYPE_CHECKING:
    from xep0184.xml import ElementLike

__all__ = ["DIGEST_SIZE", "content_digest", "wrapped_message"]

DIGEST_SIZE: Final = 16
"""The length of a digest in octets."""

_ADDED: Final = ns.ADDED_BY_SERVERS | {f"{{{ns.CARBONS}}}private"}  # XEP-0280 §9


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
    children = [_tree(child) for child in message if child.tag not in _ADDED]
    # Python writes different values differently, whatever text is in them.
    text = repr((kind, children)).encode()
    return blake2b(text, digest_size=DIGEST_SIZE).hexdigest()


def _tree(element: ElementLike) -> tuple[object, ...]:
    """Return an element as plain data; its depth is limited, as it was checked."""
    children = [(_tree(child), child.tail or "") for child in element]
    return element.tag, sorted(element.items()), element.text or "", children


def wrapped_message(element: Any, /) -> ElementLike:  # noqa: ANN401  # of two libraries
    """Return the message element in a carbon or an archive result.

    Args:
        element: An element in which `xep0184.envelope.unwrap` has found a message.
    """
    wrappers = {ns.CARBON_SENT_TAG, ns.CARBON_RECEIVED_TAG, *ns.RESULT_TAGS}
    wrapper = next(it for it in element if it.tag in wrappers)
    forwarded = wrapper.find(ns.FORWARDED_TAG)
    messages = (it for it in forwarded if ns.is_stanza(it.tag, "message"))
    message: ElementLike = next(messages)
    return message
