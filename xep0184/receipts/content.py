"""The content of a message as a digest, to recognise the message when it comes again.

RFC 6120 promises that ids are unique within one stream only, so an id is no message. A
repetition has the same content as well: the type and all children with all they hold,
except what servers add on the way.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

from xep0184 import ns
from xep0184.message import TYPES, MessageType

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    digest = blake2b(digest_size=DIGEST_SIZE)
    digest.update(TYPES.get(message.get("type"), MessageType.NORMAL).encode())
    for child in message:
        if child.tag not in _ADDED:
            text = "".join(_written(child))
            digest.update(text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _written(top: ElementLike) -> Iterator[str]:
    """Write an element so that different elements have different texts.

    Each string is written with its length, so that none can pass for a sign between.
    Nothing is written recursively: a peer chooses the depth.
    """
    left: list[ElementLike | str] = [top]
    while left:
        element = left.pop()
        if isinstance(element, str):
            yield element
            continue
        strings = [element.tag, element.text or ""]
        for pair in sorted(element.items()):
            strings += pair
        yield f"({len(strings)}"
        for it in strings:
            yield f" {len(it)}:{it}"
        left.append(")")
        for child in reversed(list(element)):
            tail = child.tail or ""
            left += (f"{len(tail)}:{tail}", child)


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
