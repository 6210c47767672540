"""Strategies for the XML of a stanza: every choice that XML leaves to the writer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from hypothesis import strategies as st

from xep0184 import ns
from xep0184.message import MessageType

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hypothesis.strategies import DrawFn, SearchStrategy

    from xep0184.message import Message

__all__ = ["BLANK", "stanza"]

BLANK: Final = st.sampled_from(["", " ", "\n", "\n\t "])
"""White space where it has no meaning."""

_FOREIGN: Final = (
    "<x xmlns='urn:o'/>",
    "<x xmlns='' request='request'>text<y/></x>",
    "<r:x xmlns:r='urn:o' r:id='x'/>",
    f"<delay xmlns='{ns.DELAY}' stamp='2002-09-10T23:08:25Z'/>",
    f"<no-store xmlns='{ns.HINTS}'/>",
    f"<x xmlns='{ns.MUC_USER}'><item role='participant'/></x>",
    f"<origin-id xmlns='{ns.STANZA_IDS}' id='o'/>",
    f"<markable xmlns='{ns.CHAT_MARKERS}'/>",
    f"<received xmlns='{ns.CHAT_MARKERS}' id='x'/>",
    "<request xmlns='urn:o'/>",
    f"<x xmlns='urn:o'><request xmlns='{ns.RECEIPTS}'/></x>",
    (
        f"<received xmlns='{ns.CARBONS}'><forwarded xmlns='{ns.FORWARD}'>"
        f"<message xmlns='{ns.CLIENT}'><received xmlns='{ns.RECEIPTS}' id='x'/>"
        "</message></forwarded></received>"
    ),
)
"""Children of other protocols, some of which look like receipts but are not."""


@st.composite
def stanza(
    draw: DrawFn, message: Message, child: str = "", *, inherits: bool = False
) -> str:
    """Generate the XML of a message.

    Args:
        draw: Supplied by Hypothesis.
        message: The message.
        child: The XML of one more child.
        inherits: Whether the parent declares the content namespace.
    """
    prefix = draw(st.sampled_from(["", "", "c:", "request:"]))
    bound = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    declared = [] if inherits and not prefix else [(bound, ns.CLIENT)]
    start = draw(_start_tag(f"{prefix}message", [*declared, *_stated(message)]))
    children = [
        *draw(_receipts(message)),
        *[draw(_empty(*ns.split(tag), [])) for tag in message.annotations],
        *draw(st.lists(st.sampled_from(_FOREIGN), max_size=3)),
        *draw(_body(message.body, f"{prefix}body")),
        *([child] if child else []),
    ]
    blank = draw(BLANK)
    content = blank.join(["", *draw(st.permutations(children)), ""])
    return f"{start}>{content}</{prefix}message{draw(BLANK)}>"


def _stated(message: Message) -> Iterable[tuple[str, str]]:
    values = {
        "to": message.to,
        "from": message.from_,
        "id": message.id,
        "type": None if message.type is MessageType.NORMAL else message.type.value,
    }
    return [(name, value) for name, value in values.items() if value is not None]


@st.composite
def _start_tag(draw: DrawFn, name: str, attributes: list[tuple[str, str]]) -> str:
    """Generate a start tag without its ``>`` or ``/>``."""
    spelled = [draw(_attribute(*pair)) for pair in draw(st.permutations(attributes))]
    return f"<{name}{''.join(spelled)}{draw(BLANK)}"


@st.composite
def _attribute(draw: DrawFn, name: str, value: str) -> str:
    quote = draw(st.sampled_from("'\""))
    equals = draw(st.sampled_from(["=", "=", " = ", "\n="]))
    return f" {name}{equals}{quote}{draw(_value(value, quote))}{quote}"


def _value(value: str, quote: str) -> SearchStrategy[str]:
    necessary = {char: f"&#{ord(char)};" for char in f"{quote}\t\n\r"}
    return st.sampled_from(
        [escape(value, necessary), _references(value), _hexadecimal(value)]
    )


def _references(text: str) -> str:
    return "".join(f"&#{ord(char)};" for char in text)


def _hexadecimal(text: str) -> str:
    return "".join(f"&#x{ord(char):04X};" for char in text)


@st.composite
def _receipts(draw: DrawFn, message: Message) -> list[str]:
    """Generate the receipts; a request is repeated up to twice."""
    if message.request:
        times = draw(st.integers(1, 3))
        return [draw(_empty(*ns.split(ns.REQUEST_TAG), [])) for _ in range(times)]
    return [
        draw(
            _empty(*ns.split(ns.RECEIVED_TAG), [] if it.id is None else [("id", it.id)])
        )
        for it in message.received
    ]


@st.composite
def _empty(
    draw: DrawFn, namespace: str, name: str, attributes: list[tuple[str, str]]
) -> str:
    """Generate an element without content."""
    prefix = draw(st.sampled_from(["", "", "r:", "c:", "xmlnamespace:"]))
    bound = f"xmlns:{prefix[:-1]}" if prefix else "xmlns"
    start = draw(_start_tag(f"{prefix}{name}", [(bound, namespace), *attributes]))
    end = draw(st.sampled_from(["/>", f"></{prefix}{name}>"]))
    return f"{start}{end}"


@st.composite
def _body(draw: DrawFn, text: str | None, name: str) -> list[str]:
    if text is None:
        return []
    # CDATA can hold neither its own end nor a CR, which would be read as LF.
    whole = text.replace("]]>", "]]]]><![CDATA[>")
    section = f"<![CDATA[{whole}]]>".replace("\r", "]]>&#13;<![CDATA[")
    written = escape(text, {"\r": "&#13;"})
    spelled = draw(st.sampled_from([written, section, _references(text)]))
    return [f"<{name}>{spelled}</{name}>"]
