"""A fast reader for plain messages, which are most of what a client receives.

A message is plain if it is at most 4096 characters long, uses one kind of quotation
mark and has no prefixes but ``xml:``, no nested children, no CDATA and no character
references. One regular expression matches most of them, and only well-formed text; it
takes half the time of a tree. If `read` returns None, use the XML parser. For every
text that is accepted, the parser returns the same message.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from xep0184.message import (
    ANNOTATIONS,
    TYPES,
    Annotation,
    Message,
    MessageType,
    Received,
)

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["LENGTH", "read"]

LENGTH: Final = 4_096
"""Maximum length in characters; a plain message is then within the default limits."""

_MOST_EQUALS: Final = 256
"""Maximum number of ``=``, and so of attributes of one element."""

_NORMAL: Final = MessageType.NORMAL

# Left to the parser: characters that XML forbids, white space that it normalises (TAB
# and LF in values, CR everywhere), > in text because of ]]>, reserved namespaces.
_FORBIDDEN: Final = r"\0-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff"
_REFERENCE: Final = "&(?:amp|lt|gt|quot|apos);"
_TEXT: Final = rf"[^<>&{_FORBIDDEN}]*+(?:{_REFERENCE}[^<>&{_FORBIDDEN}]*+)*+"
_VALUE: Final = rf"[^~<&\t\n{_FORBIDDEN}]*+(?:{_REFERENCE}[^~<&\t\n{_FORBIDDEN}]*+)*+"
_NAME: Final = "[A-Za-z][A-Za-z0-9_-]*+"
_URI: Final = "(?!http://www[.]w3[.]org/)[A-Za-z0-9:/._#-]++"
_ATTRIBUTE: Final = f"[ ](?:xmlns=~{_URI}~|(?!xmlns=)(?:xml:lang|{_NAME})=~{_VALUE}~)"
_OTHER: Final = (
    f"<(?!(?:body|request|received)[ />])({_NAME})((?:{_ATTRIBUTE})*+)"
    rf"(?:[ ]?+/>|>({_TEXT})</({_NAME})>)"
)

# A possessive quantifier around a capturing group makes re of Python 3.11 fail.
# ~ stands for the quotation mark. An attribute that occurs twice is not well-formed:
# (?(2)(?!)) fails if group 2 has matched before. So does a second body or receipt.
_MESSAGE: Final = rf"""
    <message(?:
        [ ]xmlns=~(?(1)(?!))(jabber:client|jabber:server)~
      | [ ]to=~(?(2)(?!))({_VALUE})~
      | [ ]from=~(?(3)(?!))({_VALUE})~
      | [ ]id=~(?(4)(?!))({_VALUE})~
      | [ ]type=~(?(5)(?!))({_VALUE})~
      | [ ]xml:lang=~(?(6)(?!))({_VALUE})~
    )+>((?:
        <body(?:[ ]xml:lang=~{_VALUE}~)?+>(?(8)(?!))({_TEXT})</body>
      | (<request[ ]xmlns=~urn:xmpp:receipts~[ ]?+/>)
      | <received(?:
            [ ]xmlns=~(?(10)(?!))(urn:xmpp:receipts)~
          | [ ]id=~(?(11)(?!))({_VALUE})~
        ){{2}}[ ]?+/>
      | {_OTHER}
    )*)</message>"""


@cache  # compiled on first use, which takes a tenth of importing the package
def _patterns(quote: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """Return the patterns of a message, of its other children and of attributes."""
    whole = re.compile(_MESSAGE.replace("~", quote), re.VERBOSE)
    other = re.compile(_OTHER.replace("~", quote))
    return whole, other, re.compile("[ ]([^ =]+)=~([^~]*)~".replace("~", quote))


def read(text: str, namespaces: Collection[str], /) -> Message | None:
    """Read a plain message.

    Args:
        text: A stanza, at most `LENGTH` characters long.
        namespaces: The content namespaces to accept.

    Returns:
        The facts the message states; None if the XML parser has to read it.

    >>> from xep0184 import ns
    >>> text = "<message xmlns='jabber:client' id='a'><body>&lt;3</body></message>"
    >>> read(text, ns.STANZAS).body
    '<3'
    >>> read(text.replace("&lt;", "&#60;"), ns.STANZAS) is None
    True
    """
    if "<forwarded" in text:  # nested children: the pattern would fail late
        return None
    quote = "'"
    found = _patterns(quote)[0].fullmatch(text)
    if found is None:
        quote = '"'
        found = _patterns(quote)[0].fullmatch(text)
    if found is None or text.count("=") > _MOST_EQUALS:
        return None
    content, children, request, ack, other = found.group(1, 7, 9, 10, 12)
    if content not in namespaces:
        return None
    stated = found.group(2, 3, 4, 5, 8, 11)
    to, from_, id_, raw_type, body, ack_id = (
        map(_unescaped, stated) if "&" in text else stated
    )
    others = _others(children, content, quote) if other else ((), ())
    if others is None:
        return None
    return Message(
        to=to,
        from_=from_,
        id=id_,
        type=TYPES.get(raw_type, _NORMAL),
        raw_type=raw_type,
        body=body,
        request=request is not None,
        received=() if ack is None else (Received(ack_id),),
        annotations=others[0],
        extensions=others[1],
    )


def _others(
    children: str, content: str, quote: str
) -> tuple[tuple[Annotation, ...], tuple[str, ...]] | None:
    """Return annotations and extensions; None if a child is not well-formed."""
    _, other, attribute = _patterns(quote)
    annotations: list[Annotation] = []
    extensions: list[str] = []
    for name, written, inside, end in other.findall(children):
        attributes = dict(attribute.findall(written))
        if end not in {"", name} or 2 * len(attributes) < written.count(quote):
            return None
        uri = attributes.pop("xmlns", content)
        tag = f"{{{uri}}}{name}"
        if tag in ANNOTATIONS and not (attributes or inside):
            annotations.append(ANNOTATIONS[tag])
        else:
            extensions.append(tag)
    return tuple(annotations), tuple(extensions)


def _unescaped(text: str | None) -> str | None:
    if text is None or "&" not in text:
        return text
    for reference, character in _REFERENCES:
        text = text.replace(reference, character)
    return text


_REFERENCES: Final = (
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", '"'),
    ("&apos;", "'"),
    ("&amp;", "&"),  # last, because it gives new ampersands
)
