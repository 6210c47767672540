"""Every function that takes an element takes its octets and its text as well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from lxml import etree

from xep0184 import caps, codec, disco, envelope, findings, jid, schema
from xep0184.discovery import Discovery
from xep0184.errors import XMLCode, XMLError

if TYPE_CHECKING:
    from collections.abc import Callable

C = "xmlns='jabber:client'"
MESSAGE = (
    f"<message {C} from='n@s.lit/w' id='a'><body>é</body>"
    "<request xmlns='urn:xmpp:receipts'/></message>"
)
INFO = (
    "<query xmlns='http://jabber.org/protocol/disco#info' node='n'>"
    "<feature var='urn:xmpp:receipts'/></query>"
)
QUERY = f"<iq {C} type='get' from='n@s.lit/w' id='a'>{INFO}</iq>"
RESULT = f"<iq {C} type='result' from='n@s.lit/w' id='a'>{INFO}</iq>"
CAPS = "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='v'/>"
HASHES = (
    "<c xmlns='urn:xmpp:caps'><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>"
    "kzBZbkqJ3ADrj7v08reD1qcWUwNGHaidNUgD7nHpiw8=</hash></c>"
)
PRESENCE = f"<presence {C} from='n@s.lit/w'>{HASHES}</presence>"
RECEIVED = "<received xmlns='urn:xmpp:receipts'/>"
ME = jid.parse("k@r.lit/throne")


def discovery() -> Discovery:
    """Return a discovery that may ask everybody, with a predictable id."""
    return Discovery(ME, may_query=lambda _: True, new_id=lambda: "a")


def after_presence(source: Any) -> object:  # noqa: ANN401
    """Return what an answer is good for after its sender was asked."""
    asking = discovery()
    asking.ask(jid.parse("n@s.lit/w"))
    return asking.answer(source)


DOORS: dict[str, tuple[Callable[[Any], object], str]] = {
    "codec.from_element": (codec.from_element, MESSAGE),
    "codec.payload_of": (codec.payload_of, RECEIVED),
    "envelope.unwrap": (lambda it: envelope.unwrap(it, account=ME), MESSAGE),
    "disco.from_element": (disco.from_element, RESULT),
    "disco.query_of": (disco.query_of, QUERY),
    "disco.answer_of": (disco.answer_of, INFO),
    "caps.advertisement_of": (caps.advertisement_of, PRESENCE),
    "caps.caps_of": (caps.caps_of, CAPS),
    "caps.hash_set_of": (caps.hash_set_of, HASHES),
    "discovery.presence": (lambda it: discovery().presence(it), PRESENCE),
    "discovery.answer": (after_presence, RESULT),
    "schema.is_valid": (schema.is_valid, MESSAGE),
    "schema.problems": (
        lambda it: [problem.reason for problem in schema.problems(it)],
        RECEIVED,
    ),
    "findings.findings": (lambda it: list(findings.findings(it)), MESSAGE),
    "findings.examine": (findings.examine, MESSAGE),
}
doors = pytest.mark.parametrize("name", DOORS)


@doors
def test_all_forms_of_a_source_give_the_same(name: str) -> None:
    """Octets, text and elements of either library."""
    door, text = DOORS[name]
    answers = [
        door(source)
        for source in (
            ET.fromstring(text),  # noqa: S314
            etree.fromstring(text),
            text,
            text.encode(),
        )
    ]
    assert answers == [answers[0]] * 4
    assert answers[0] is not None


@doors
@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        (lambda text: text[:-1], XMLCode.NOT_WELL_FORMED),
        (lambda text: text + "<!-- -->", XMLCode.RESTRICTED),
        (lambda text: f"<?xml version='1.0' encoding='latin1'?>{text}", "unsupported"),
        (lambda text: text + " " * 262_144, XMLCode.LIMIT),
    ],
    ids=["broken", "comment", "encoding", "long"],
)
def test_octets_are_read_by_the_same_rules_everywhere(
    name: str, spoil: Callable[[str], str], code: str
) -> None:
    """What XMPP forbids is an XMLError, and nothing else is raised."""
    door, text = DOORS[name]
    for source in (spoil(text), spoil(text).encode()):
        with pytest.raises(XMLError) as caught:
            door(source)
        assert caught.value.code.startswith(code)
