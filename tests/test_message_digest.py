"""Two messages have one digest only if they have the same id, type and content."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from xep0184 import Receipts, jid, xml
from xep0184.receipts import Send
from xep0184.receipts.content import message_digest

if TYPE_CHECKING:
    from xep0184 import JID, Envelope

TEXTS = st.sampled_from([None, "", "a", "1", "a1", "'", "\u00e9", "a', 'b"])
NAMES = st.sampled_from(["a", "b", "{urn:a}a", "ab"])


ATTRIBUTES = st.dictionaries(NAMES, st.sampled_from(["", "a", "1"]), max_size=2)


def element(
    name: str,
    attributes: dict[str, str],
    text: str | None,
    tail: str | None,
    children: list[ET.Element],
) -> ET.Element:
    """Return an element of these parts."""
    made = ET.Element(name, attributes)
    made.text, made.tail = text, tail
    made.extend(children)
    return made


ELEMENTS = st.recursive(
    st.builds(element, NAMES, ATTRIBUTES, TEXTS, TEXTS, st.just([])),
    lambda inner: st.builds(
        element, NAMES, ATTRIBUTES, TEXTS, TEXTS, st.lists(inner, max_size=2)
    ),
    max_leaves=4,
)


def message(id_: str, children: list[ET.Element]) -> ET.Element:
    """Return a message with an id and children."""
    made = ET.Element("{jabber:client}message", {"id": id_})
    made.extend(children)
    return made


def plain(each: ET.Element, *, is_outer: bool) -> object:
    """Return all that an element holds as nested data; no tail of a message's child."""
    inner = [plain(child, is_outer=False) for child in each]
    tail = "" if is_outer else each.tail or ""
    return each.tag, each.attrib, each.text or "", inner, tail


MESSAGES = st.builds(
    message, st.sampled_from(["a", "b"]), st.lists(ELEMENTS, max_size=2)
)


@given(MESSAGES, MESSAGES)
def test_equal_digests_mean_equal_messages(one: ET.Element, other: ET.Element) -> None:
    """No text, number of children or order can be taken for another."""
    facts = [
        (it.get("id"), [plain(child, is_outer=True) for child in it])
        for it in (one, other)
    ]
    is_same = message_digest(one) == message_digest(other)
    assert is_same == (facts[0] == facts[1])


@given(MESSAGES)
def test_both_element_libraries_give_the_same_digest(one: ET.Element) -> None:
    """Also after a message was written and parsed again."""
    octets = ET.tostring(one)
    parsed = message_digest(xml.parse(octets))
    assert parsed == message_digest(one)
    assert parsed == message_digest(etree.fromstring(octets))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<a/><b/>", "<a><b/></a>"),
        ("<a><b/>t</a>", "<a><b>t</b></a>"),
        ("<a><b/>t</a>", "<a>t<b/></a>"),
        ("<a><b/>t</a>", "<a><b/></a>"),
        ("<a b='c'/>", "<a b='d'/>"),
        ("<a b='c'/>", "<a/>"),
        ("<a/><b c='d'/>", "<a c='d'/><b/>"),
        ("<a>b</a>", "<a> b</a>"),
    ],
)
def test_other_structure_is_another_message(one: str, other: str) -> None:
    """What belongs where is a part of the content."""
    digests = {
        message_digest(xml.parse(f"<message id='a'>{inner}</message>"))
        for inner in (one, other)
    }
    assert len(digests) == 2


def test_the_order_of_attributes_means_nothing() -> None:
    """Nor does white space between the children of a message."""
    digests = {
        message_digest(xml.parse(f"<message id='a'>{inner}</message>"))
        for inner in ("<a b='c' d='e'/>", "<a d='e' b='c'/>", "\n <a d='e' b='c'/>\n")
    }
    assert len(digests) == 1


class LateRoster:
    """A host whose roster comes late."""

    roster: bool | None = None

    def enabled(self, _: JID) -> bool:
        """Return that receipts are wanted."""
        return True

    def authorized(self, _: JID) -> bool | None:
        """Return that it is not known yet, and later that everybody may know."""
        return self.roster

    def may_query(self, _: JID) -> bool:
        """Return that nobody may be asked."""
        return False

    def first_sight(self, _: Envelope) -> bool:
        """Return that nothing archived is new."""
        return False


def test_answers_that_wait_do_not_hold_the_content() -> None:
    """A stranger could fill the memory with bodies before the roster comes."""
    host = LateRoster()
    receipts = Receipts(host, jid.parse("me@a.lit/x"))
    tracemalloc.start()
    for number in range(16):
        body = f"<body>{'a' * 200_000}</body><request xmlns='urn:xmpp:receipts'/>"
        start = f"<message xmlns='jabber:client' from='b@c.lit/d' id='{number}'>"
        with receipts.incoming(f"{start}{body}</message>", 0.0):
            pass
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 400_000  # two of the bodies; coverage takes some of it
    host.roster = True
    receipts.roster_ready(1.0)
    assert [type(action) for action in receipts.actions()] == [Send] * 16
