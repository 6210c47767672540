"""Strategies for the XML of a stanza: every choice that XML leaves to the writer.

A style is one draw for each element, and an order is one number: strategies of many
small draws are slow to generate and to shrink. The first of all styles is the plainest,
so what fails is shown without the spelling that has nothing to do with it.
"""

from __future__ import annotations

from math import factorial
from typing import TYPE_CHECKING, Final, TypeVar
from xml.sax.saxutils import escape

from hypothesis import strategies as st

from xep0184 import ns
from xep0184._value import value
from xep0184.message import MessageType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hypothesis.strategies import DrawFn

    from xep0184.message import Message

__all__ = ["BLANK", "in_any_order", "stanza"]

_T = TypeVar("_T")

BLANK: Final = st.sampled_from(["", " ", "\n", "\n\t "])
"""White space where it has no meaning."""


def _escaped(text: str) -> str:
    return escape(text, {it: f"&#{ord(it)};" for it in "'\"\t\n\r"})


def _in_decimals(text: str) -> str:
    return "".join(f"&#{ord(char)};" for char in text)


def _in_hexadecimals(text: str) -> str:
    return "".join(f"&#x{ord(char):04X};" for char in text)


def _in_cdata(text: str) -> str:
    # CDATA can hold neither its own end nor a CR, which would be read as LF.
    whole = text.replace("]]>", "]]]]><![CDATA[>")
    return f"<![CDATA[{whole}]]>".replace("\r", "]]>&#13;<![CDATA[")


@value(kw_only=True)
class _Style:
    """How an element is written."""

    prefix: str = ""
    quote: str = "'"
    equals: str = "="
    blank: str = ""
    is_open: bool = False  # with an end tag although it is empty
    is_reversed: bool = False  # the attributes are
    value: Callable[[str], str] = _escaped
    text: Callable[[str], str] = _escaped


_STYLES: Final = st.sampled_from(
    [
        _Style(),
        _Style(quote='"'),
        _Style(prefix="c:"),
        _Style(is_open=True),
        _Style(is_reversed=True),
        _Style(value=_in_decimals, text=_in_cdata),
        _Style(value=_in_hexadecimals, text=_in_decimals),
        _Style(equals=" = ", blank=" "),
        _Style(equals="\n=", blank="\n\t "),
        _Style(prefix="r:", quote='"', is_open=True),
        _Style(prefix="request:", blank="\n", value=_in_decimals, is_reversed=True),
        _Style(prefix="xmlnamespace:", equals=" = ", text=_in_cdata, is_open=True),
    ]
)
_FOREIGN: Final = (
    "<x xmlns='urn:o'/>",
    "<x xmlns='' request='request'>text<y/></x>",
    "<r:x xmlns:r='urn:o' r:id='x'/>",
    f"<delay xmlns='{ns.DELAY}' stamp='2002-09-10T23:08:25Z'/>",
    f"<no-store xmlns='{ns.HINTS}'/>",
    f"<x xmlns='{ns.MUC_USER}'><item role='participant'/></x>",
    f"<origin-id xmlns='{ns.STANZA_IDS}' id='o'/>",
    f"<markable xmlns='{ns.CHAT_MARKERS}'/>",
    f"<stanza-id xmlns='{ns.STANZA_IDS}' id='s' by='romeo@montague.lit'/>",
    "<replace xmlns='urn:xmpp:message-correct:0' id='x'/>",
    f"<thread xmlns='{ns.CLIENT}'>t</thread>",
    "<x xmlns='jabber:x:delay' stamp='20020910T23:08:25'/>",
)
"""Children of other protocols."""
_LOOK_ALIKES: Final = (
    f"<received xmlns='{ns.CHAT_MARKERS}' id='x'/>",
    "<request xmlns='urn:o'/>",
    f"<x xmlns='urn:o'><request xmlns='{ns.RECEIPTS}'/></x>",
    (
        f"<received xmlns='{ns.CARBONS}'><forwarded xmlns='{ns.FORWARD}'>"
        f"<message xmlns='{ns.CLIENT}'><received xmlns='{ns.RECEIPTS}' id='x'/>"
        "</message></forwarded></received>"
    ),
    f"<request xmlns='{ns.RECEIPTS}:1'/>",
    "<body xmlns='urn:o'>other</body>",
    (
        "<html xmlns='http://jabber.org/protocol/xhtml-im'>"
        "<body xmlns='http://www.w3.org/1999/xhtml'>other</body></html>"
    ),
)
"""Children of other protocols that look like receipts, requests or a body."""
_CHILD: Final = st.sampled_from(["", *_FOREIGN, *_LOOK_ALIKES * 2])
_TIMES: Final = st.sampled_from([1, 1, 1, 2, 3])
_NUMBERS: Final = [st.integers(0, factorial(length) - 1) for length in range(20)]


def in_any_order(draw: DrawFn, items: Sequence[_T]) -> list[_T]:
    """Draw a permutation as a single number; 0 is the given order.

    Args:
        draw: Supplied by Hypothesis.
        items: At most 19 items.
    """
    left, number = list(items), draw(_NUMBERS[len(items)])
    chosen: list[_T] = []
    while left:
        number, at = divmod(number, len(left))
        chosen.append(left.pop(at))
    return chosen


def stanza(
    draw: DrawFn,
    message: Message,
    child: str = "",
    *,
    inherits: bool = False,
    with_children: bool = True,
) -> str:
    """Draw the XML of a message.

    Args:
        draw: Supplied by Hypothesis.
        message: The message. Its receipts may be written several times.
        child: The XML of one more child.
        inherits: Whether the parent declares the content namespace.
        with_children: Whether there may be children of other protocols.
    """
    style = draw(_STYLES)
    prefix = style.prefix
    declared = [] if inherits and not prefix else [_declaration(prefix, ns.CLIENT)]
    start = _start_tag(style, "message", [*declared, *_stated(message)])
    receipts = _receipts(draw, message)
    others = [_empty(draw(_STYLES), it) for it in message.annotations]
    foreign = (draw(_CHILD), draw(_CHILD)) if with_children else ()
    others += filter(None, (*foreign, child))
    if message.body is not None:
        others.append(f"<{prefix}body>{style.text(message.body)}</{prefix}body>")
    ordered = in_any_order(draw, [*[""] * len(receipts), *others])
    in_turn = iter(receipts)  # several receipts keep their order
    children = [it or next(in_turn) for it in ordered]
    content = style.blank.join(["", *children, ""])
    return f"{start}>{content}</{prefix}message{style.blank}>"


def _receipts(draw: DrawFn, message: Message) -> list[str]:
    """Draw the receipts; the last one may be repeated."""
    tags: list[tuple[str, str | None]] = (
        [(ns.REQUEST_TAG, None)] if message.request else []
    )
    tags += [(ns.RECEIVED_TAG, it.id) for it in message.received]
    written = [_empty(draw(_STYLES), *it) for it in tags]
    return written + written[-1:] * (draw(_TIMES) - 1)


def _declaration(prefix: str, namespace: str) -> tuple[str, str]:
    return (f"xmlns:{prefix[:-1]}" if prefix else "xmlns"), namespace


def _stated(message: Message) -> list[tuple[str, str]]:
    is_default = message.raw_type is None and message.type is MessageType.NORMAL
    values = {
        "to": message.to,
        "from": message.from_,
        "id": message.id,
        "type": None if is_default else message.raw_type or message.type.value,
    }
    return [(name, value) for name, value in values.items() if value is not None]


def _start_tag(style: _Style, name: str, attributes: list[tuple[str, str]]) -> str:
    """Return a start tag without its ``>`` or ``/>``."""
    spelled = [
        f" {name}{style.equals}{style.quote}{style.value(text)}{style.quote}"
        for name, text in attributes
    ]
    order = -1 if style.is_reversed else 1
    return f"<{style.prefix}{name}{''.join(spelled[::order])}{style.blank}"


def _empty(style: _Style, tag: str, id_: str | None = None) -> str:
    """Return an element without content."""
    namespace, name = ns.split(tag)
    declared = _declaration(style.prefix, namespace)
    stated = [] if id_ is None else [("id", id_)]
    start = _start_tag(style, name, [declared, *stated])
    return f"{start}></{style.prefix}{name}>" if style.is_open else f"{start}/>"
