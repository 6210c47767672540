"""Messages of the plainest form, read without a tree.

Almost every message with a receipt is plain: ASCII, no reference, no prefix but
``xml:``, one kind of quotation mark, and children that are empty but for one body.
One regular expression accepts some of these and nothing that is not well-formed;
whoever gets None asks the parser. What it accepts it reads as the parser does, in
a third of the time.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from xep0184.message import (
    ANNOTATIONS,
    TYPES,
    Annotation,
    Message,
    MessageType,
    Received,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

__all__ = ["LENGTH", "read"]

LENGTH: Final = 4_096
"""How long a text may be that is read here; it is then within every default limit."""

# A ~ stands for the quotation mark. An attribute given twice is not well-formed:
# (?(2)(?!)) fails if group 2 has matched before.
_MESSAGE: Final = r"""
    <message(?:
        [ ]xmlns=~(?(1)(?!))(jabber:client|jabber:server)~
      | [ ]to=~(?(2)(?!))(VALUE)~
      | [ ]from=~(?(3)(?!))(VALUE)~
      | [ ]id=~(?(4)(?!))(VALUE)~
      | [ ]type=~(?(5)(?!))(VALUE)~
      | [ ]xml:lang=~(?(6)(?!))([A-Za-z]{2})~
    )++>
    (?:<body>([^&<>\0-\x08\x0b-\x1f\x7f]*+)</body>)?+
    (?:(<request[ ]xmlns=~urn:xmpp:receipts~/>)
      | <received(?:
            [ ]xmlns=~(?(9)(?!))(urn:xmpp:receipts)~
          | [ ]id=~(?(10)(?!))(VALUE)~
        ){2}/>
    )?+
    ((?:<(?!body|request|received)[a-z][a-z-]*+
        (?:[ ](?!xmlns)[a-z]++=~VALUE~){0,4}+
        [ ]xmlns=~(?:urn:xmpp:|http://jabber[.]org/protocol/)[a-z0-9:/-]++(?:[#][a-z]++)?+~
        (?:[ ](?!xmlns)[a-z]++=~VALUE~){0,4}+/>)*+)
    </message>"""
_OTHER: Final = (
    r"<([a-z-]++)((?:[ ](?!xmlns)[a-z]++=~VALUE~)*+)[ ]xmlns=~(VALUE)~(.*?)/>"
)
_NORMAL: Final = MessageType.NORMAL
_NAME: Final = "[ ]([a-z]+)="


@cache  # compiled on first use, as that costs a tenth of importing lxml
def _readers(mark: str) -> tuple[Callable[..., Any], ...]:
    """Return what reads a message, its children and their attributes, in one mark."""
    message, other, name = (_compiled(it, mark) for it in (_MESSAGE, _OTHER, _NAME))
    return message.fullmatch, other.findall, name.findall


def _compiled(pattern: str, mark: str) -> re.Pattern[str]:
    value = rf"[^{mark}&<>\0-\x1f\x7f]*+"
    return re.compile(pattern.replace("VALUE", value).replace("~", mark), re.VERBOSE)


def read(text: str, namespaces: Collection[str], /) -> Message | None:
    """Read a message of the plainest form.

    Args:
        text: What may be one.
        namespaces: The content namespaces to accept.

    Returns:
        The facts it states; None if it takes a parser to tell what it is.

    >>> from xep0184 import ns
    >>> text = "<message xmlns='jabber:client' id='a'><body>hi</body></message>"
    >>> read(text, ns.STANZAS).body
    'hi'
    >>> read(text.replace("hi", "&lt;"), ns.STANZAS) is None
    True
    """
    message, others, names = _readers("'")
    if (found := message(text)) is None:
        message, others, names = _readers('"')
        if (found := message(text)) is None:
            return None
    namespace, to, from_, id_, raw_type, _, body, request, _, ack, rest = found.groups()
    if namespace not in namespaces:
        return None
    annotations: list[Annotation] = []
    extensions: list[str] = []
    for name, before, uri, after in others(rest) if rest else ():
        attributes = names(before + after)
        if len(set(attributes)) < len(attributes):
            return None
        tag = f"{{{uri}}}{name}"
        if tag in ANNOTATIONS and not attributes:
            annotations.append(ANNOTATIONS[tag])
        else:
            extensions.append(tag)
    return Message(
        to=to,
        from_=from_,
        id=id_,
        type=TYPES.get(raw_type, _NORMAL),
        raw_type=raw_type,
        body=body,
        request=request is not None,
        received=() if ack is None else (Received(ack),),
        annotations=tuple(annotations),
        extensions=tuple(extensions),
    )
