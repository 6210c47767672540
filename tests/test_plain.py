"""The reader of plain messages against the parser it stands in for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xep0184 import codec, ns, xml
from xep0184.codec import plain
from xep0184.errors import Xep0184Error

if TYPE_CHECKING:
    from xep0184.message import Message

R = "urn:xmpp:receipts"
PLAIN = {
    "request": f"<message xmlns='jabber:client' from='k@r.lit/t' to='n@s.lit' id='a1'"
    f" type='chat' xml:lang='en'><body>My lord</body><request xmlns='{R}'/></message>",
    "ack": f"<message xmlns='jabber:client' to='n@s.lit/w'>"
    f"<received xmlns='{R}' id='a1'/></message>",
    "double-quoted": f'<message id="a" xmlns="jabber:server">'
    f'<received id="it\'s" xmlns="{R}"/></message>',
    "beside": f"<message xmlns='jabber:client'><received xmlns='{R}' id='b'/>"
    "<stanza-id xmlns='urn:xmpp:sid:0' id='c' by='a@b'/>"
    "<store xmlns='urn:xmpp:hints'/>"
    "<x xmlns='http://jabber.org/protocol/muc#user'/></message>",
    "nothing": "<message xmlns='jabber:client' type='odd'><body>hi</body></message>",
}
PIECES = (
    *("'", '"', "<", ">", "/>", "&", "&amp;", " ", "=", "\n", "\t", "\r", "\0", "]]>"),
    *("xmlns", " id='x'", " to='q'", " type='error'", " xmlns:a='b'", "xml:lang='en'"),
    *("<!--x-->", "<?x?>", "<![CDATA[x]]>", "<body>x</body>", "<body/>", "a:", "//"),
    *("#", "%41", "]", "-", "\x7f", "\x01", "\x9b", "urn:xmpp:hints", "jabber:server"),
    *(f"<request xmlns='{R}'/>", f"<received xmlns='{R}' id='z'/>", f" xmlns='{R}'"),
)


def by_parser(text: str) -> Message | None:
    """Read with the parser alone; None for what it refuses."""
    try:
        return codec.from_element(xml.parse(text))
    except Xep0184Error:
        return None


@st.composite
def mutants(draw: st.DrawFn) -> str:
    """Make a plain message a little less plain."""
    text = draw(st.sampled_from(sorted(PLAIN.values())))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 20)))
        piece = draw(st.sampled_from(PIECES) | st.just(text[start:end]))
        if draw(st.booleans()):
            end = start
        text = text[:start] + piece + text[end:]
    return text


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_message_takes_no_parser(name: str) -> None:
    """Each form that is meant to be quick is read, and read as the parser does."""
    message = plain.read(PLAIN[name], ns.STANZAS)
    assert message == by_parser(PLAIN[name])
    assert message is not None


@given(mutants())
# A namespace name with two signs # is no URI, which libxml2 refuses.
@example(PLAIN["beside"].replace("muc#user", "muc#user#user"))
@example(PLAIN["beside"].replace("by=", "id="))
@example(PLAIN["ack"].replace("id='a1'", "id='a1' id='a1'"))
@example(PLAIN["request"].replace("lord", "lord]]>"))
@example(PLAIN["ack"].replace("a1", "a\t1"))
def test_what_is_accepted_is_what_the_parser_reads(text: str) -> None:
    """Whatever else a text may be, it is never read differently."""
    message = plain.read(text, ns.STANZAS)
    if message is not None:
        parsed = by_parser(text)
        assert message == parsed
        assert parsed is not None
        assert message.raw_type == parsed.raw_type


def test_what_takes_a_parser_is_left_to_it() -> None:
    """References, prefixes, nesting and namespaces not asked for are not plain."""
    text = PLAIN["request"]
    left = [
        plain.read(text.replace("lord", "&lt;"), ns.STANZAS),
        plain.read(text.replace("lord", "<b/>"), ns.STANZAS),
        plain.read(text.replace("xmlns='j", "xmlns:a='b' xmlns='j"), ns.STANZAS),
        plain.read(text, (ns.SERVER,)),
        plain.read(f"{text}\n", ns.STANZAS),
    ]
    assert left == [None] * 5


def test_the_quick_way_is_taken_within_the_default_limits_only() -> None:
    """Limits of one's own are looked at for every message."""
    long_id = PLAIN["ack"].replace("a1", "a" * 20_000)
    limits = xml.Limits(octets=10_000)
    with pytest.raises(Xep0184Error):
        codec.parse(long_id, limits=limits)
    assert codec.parse(long_id).received[0].id == "a" * 20_000
