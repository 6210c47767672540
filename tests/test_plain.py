"""The reader of plain messages agrees with the XML parser."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from xep0184 import codec, ns, xml
from xep0184.codec import plain
from xep0184.errors import Xep0184Error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184.message import Message

R = "urn:xmpp:receipts"
C = "jabber:client"
BODIES = (
    "My lord, dispatch; read o&apos;er these articles.",
    "请阅读这些文件",
    "Прочтите эти статьи, милорд",
    "اقرأ هذه المقالات",
    "これらの記事",
    "친애하는 왕이시여",
    "Διάβασε τα άρθρα",
    "ये लेख पढ़ें",
    "größer &amp; kleiner",
    "\U0001f44d\ufe0f \x7f\x85\u2028\ufeff",
    "1 &lt; 2 &gt; 1 &quot;&apos;&amp;amp;",
    "two\nlines\tand a tab",
)
PLAIN = {
    "request": f"<message xmlns='{C}' from='k@r.lit/t' to='n@s.lit' id='a1'"
    f" type='chat' xml:lang='en'><body>My lord</body><request xmlns='{R}'/></message>",
    "ack": f"<message xmlns='{C}' to='n@s.lit/w'>"
    f"<received xmlns='{R}' id='a1'/></message>",
    "double-quoted": f'<message id="a" xmlns="jabber:server">'
    f'<received id="it\'s" xmlns="{R}" /></message>',
    "beside": f"<message xmlns='{C}'><received xmlns='{R}' id='b'/>"
    "<stanza-id xmlns='urn:xmpp:sid:0' id='c' by='a@b'/>"
    "<store xmlns='urn:xmpp:hints'/>"
    "<x xmlns='http://jabber.org/protocol/muc#user'/></message>",
    "any-order": f"<message xmlns='{C}'><store xmlns='urn:xmpp:hints' />"
    f"<request xmlns='{R}' /><thread>t</thread><body xml:lang='de'>hi</body>"
    f"<delay xmlns='urn:xmpp:delay' stamp='x'>Offline</delay></message>",
    "references": f"<message xmlns='{C}' id='&lt;&amp;&gt;' to='a&quot;b'"
    f" from='&apos;'><body>&amp;lt;</body>"
    f"<received xmlns='{R}' id='&amp;amp;'/><x y='&lt;x&gt;'/></message>",
    "nothing": f"<message xmlns='{C}' type='odd'><body>hi</body></message>",
    "empty": f"<message xmlns='{C}'></message>",
} | {
    f"body-{number}": f"<message xmlns='{C}'><body>{body}</body></message>"
    for number, body in enumerate(BODIES)
}
SIGNS = "<>&'\"/= ;:!?#a\t\n\r\0\x0b\ud800\ufffe"
PIECES = (
    *("'", '"', "<", ">", "/>", "&", "&amp;", "&#65;", "&x;", " ", "=", "]]>", "//"),
    *("xmlns", " id='x'", " to='q'", " type='error'", " xmlns:a='b'", "xml:lang='en'"),
    *("<!--x-->", "<?x?>", "<![CDATA[x]]>", "<body>x</body>", "<body/>", "a:", "%41"),
    *("]", "-", "\x9b", "urn:xmpp:hints", "jabber:server", " xmlns=''", " y='1'"),
    *(f"<request xmlns='{R}'/>", f"<received xmlns='{R}' id='z'/>", f" xmlns='{R}'"),
    *(" xmlns='http://www.w3.org/XML/1998/namespace'", " xml:space='x'", "</x>"),
    *(" xmlns='http://www.w3.org/2000/xmlns/'", "\ufffe", "\ud800", "é", "\x7f"),
)


def by_parser(text: str) -> Message | None:
    """Read with the parser alone; None for what it refuses."""
    try:
        return codec.from_element(xml.parse(text))
    except Xep0184Error:
        return None


def assert_agreement(text: str) -> None:
    """Check that the plain reader refuses a text or reads it as the parser does."""
    message = plain.read(text, ns.STANZAS)
    if message is not None:
        parsed = by_parser(text)
        assert (message, text) == (parsed, text)
        assert parsed is not None
        assert message.raw_type == parsed.raw_type


@pytest.mark.parametrize("name", PLAIN)
def test_a_plain_message_takes_no_parser(name: str) -> None:
    """Each form that is meant to be fast is read, and read as the parser does."""
    message = plain.read(PLAIN[name], ns.STANZAS)
    assert message == by_parser(PLAIN[name])
    assert message is not None


def near_misses(text: str) -> Iterator[str]:
    """Yield the text with one character removed, added or replaced, at each place."""
    for place, sign in product(range(len(text)), ("", *SIGNS)):
        yield text[:place] + sign + text[place + 1 :]
        yield text[:place] + sign + text[place:]
    for place in range(len(text)):
        yield text[:place] + text[place] + text[place:]


@pytest.mark.parametrize("name", [name for name in PLAIN if "body" not in name])
def test_one_wrong_character_is_read_as_the_parser_does(name: str) -> None:
    """Some 20,000 texts that are almost plain."""
    for text in near_misses(PLAIN[name]):
        assert_agreement(text)


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


@given(mutants())
@example(PLAIN["beside"].replace("by=", "id="))
@example(PLAIN["ack"].replace("id='a1'", "id='a1' id='a1'"))
@example(PLAIN["beside"].replace("<store", "<store a='1'"))
@example(PLAIN["beside"].replace("hints'/>", "hints'>x</store>"))
@example(PLAIN["any-order"].replace("stamp='x'", "stamp='x' stamp='y'"))
@example(PLAIN["any-order"].replace("stamp='x'", "xmlns='urn:xmpp:delay'"))
@example(PLAIN["request"].replace("</body>", "</body><body>second</body>"))
@example(
    PLAIN["ack"].replace("</message>", f"<received xmlns='{R}' id='2'/></message>")
)
@example(PLAIN["ack"].replace(f"xmlns='{R}' ", "id='b' "))
def test_what_is_accepted_is_what_the_parser_reads(text: str) -> None:
    """Whatever else a text may be, it is never read differently."""
    assert_agreement(text)


TOKENS = (
    *("<body>b</body>", "<body/>", "<body></body>", "<body xmlns='u:x'>b</body>"),
    *(f"<body xmlns='{C}'>b</body>", "<body xml:lang='x' xml:lang='x'>b</body>"),
    *(f"<request xmlns='{R}'/>", "<request/>", f"<request xmlns='{R}'></request>"),
    *(f"<request xmlns='{R}' a='b'/>", f"<received id='1' xmlns='{R}'/>"),
    *(f"<received xmlns='{R}'/>", "<received id='1'/>", "<received id='1' id='2'/>"),
    *(f"<received xmlns='{R}' xmlns='{R}'/>", f"<received xmlns='{R}' id=''/>"),
    *("<store xmlns='urn:xmpp:hints'/>", "<store xmlns='urn:xmpp:hints' a='1'/>"),
    *("<store xmlns='urn:xmpp:hints'> </store>", "<x/>", "<x></x>", "<x>y</x>"),
    *("<x><y/></x>", "<x a='1' a='1'/>", "<x a='1' b='1'>t</x>", "<x></y>", "text"),
    *("<x xmlns=''/>", "<xml:x/>", "<x xml:y='1'/>", "<x:y/>", "<x xmlns:y='z'/>"),
    *("<x xmlns='a}b'/>", "<x xmlns='a b'/>", "<x-y.z_1/>", "<1/>", "<-x/>", "<x/"),
    *("<requested/>", "<body-x/>", "<received.x/>", '<x a="1"/>', "<x a='\"'/>"),
)


@given(st.lists(st.sampled_from(TOKENS), max_size=4))
def test_children_in_any_order_are_read_as_the_parser_does(
    children: list[str],
) -> None:
    """With either quotation mark, however odd they are."""
    text = f"<message xmlns='{C}' id='i'>{''.join(children)}</message>"
    assert_agreement(text)
    assert_agreement(text.translate(str.maketrans("'\"", "\"'")))


def test_what_takes_a_parser_is_left_to_it() -> None:
    """Character references, prefixes, nesting and other namespaces are not plain."""
    text = PLAIN["request"]
    left = [
        plain.read(text.replace("lord", "&#60;"), ns.STANZAS),
        plain.read(text.replace("lord", "<b/>"), ns.STANZAS),
        plain.read(text.replace("xmlns='j", "xmlns:a='b' xmlns='j"), ns.STANZAS),
        plain.read(text, (ns.SERVER,)),
        plain.read(f"{text}\n", ns.STANZAS),
    ]
    assert left == [None] * 5


def test_a_plain_message_is_within_the_default_limits() -> None:
    """257 attributes are too many, and so are 4097 octets in other scripts."""
    attributes = " ".join(f"a{number}=''" for number in range(256))
    text = f"<message xmlns='{C}'><x {attributes}/></message>"
    assert plain.read(text, ns.STANZAS) is None
    assert by_parser(text.replace("a255=''", "")) is not None


@pytest.mark.parametrize("limits", [xml.Limits(octets=10_000), xml.Limits(depth=1)])
def test_other_limits_are_applied_to_every_message(limits: xml.Limits) -> None:
    """They may be stricter than what a plain message needs."""
    long_id = PLAIN["ack"].replace("a1", "a" * 20_000)
    with pytest.raises(Xep0184Error):
        codec.parse(long_id, limits=limits)
    assert codec.parse(long_id).received[0].id == "a" * 20_000
    with pytest.raises(Xep0184Error):
        codec.parse(PLAIN["ack"], limits=xml.Limits(depth=1))
