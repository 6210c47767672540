"""The ten cases that break most implementations, each sketch as it was written down.

They come from public bug reports of other stacks. `me` is me@a; a case may have
several tests, each named after it.
"""

from __future__ import annotations

import pytest
from lxml import etree

from xep0184 import (
    Message,
    MessageType,
    Received,
    Support,
    XMLCode,
    XMLError,
    acknowledged_ids,
    codec,
    disco,
    jid,
    schema,
)
from xep0184.deciding import acknowledge, may_acknowledge
from xep0184.deciding.asking import may_request
from xep0184.deciding.situation import AckPolicy, Address, Situation
from xep0184.envelope import Envelope, EnvelopeKind, OpenQuery, unwrap
from xep0184.findings import examine
from xep0184.tracker import ReceiptOutcome, Tracker

ME = jid.parse("me@a/x")
WILLING = Situation(account=ME, authorized=True, enabled=True)
FIRST_SIGHT = Situation(account=ME, authorized=True, enabled=True, first_sight=True)
REQUEST = "<request xmlns='urn:xmpp:receipts'/>"
FORWARDED = "<forwarded xmlns='urn:xmpp:forward:0'>{}</forwarded>"
DELAY = "<delay xmlns='urn:xmpp:delay' stamp='2002-09-10T23:08:25Z'/>"
MUC_USER = "<x xmlns='http://jabber.org/protocol/muc#user'/>"


def received(id_: str) -> str:
    """Spell a receipt."""
    return f"<received xmlns='urn:xmpp:receipts' id='{id_}'/>"


def stanza(content: str, attributes: str = "") -> etree._Element:
    """Spell a message; the sketches leave out its namespace."""
    return etree.fromstring(
        f"<message xmlns='jabber:client' {attributes}>{content}</message>"
    )


def inner(content: str, attributes: str = "") -> str:
    """Spell a message inside a wrapper."""
    return FORWARDED.format(
        f"<message xmlns='jabber:client' {attributes}>{content}</message>"
    )


def opened(element: etree._Element, *queries: OpenQuery) -> Envelope:
    """Unwrap a stanza that was sent to my account."""
    return unwrap(element, account=ME, open_queries=queries)


def reason(content: str, attributes: str = "", situation: Situation = WILLING) -> str:
    """Return the rule that decides whether an incoming stanza is acknowledged."""
    return may_acknowledge(
        opened(stanza(content, attributes)), situation=situation
    ).reason


def outcomes(tracker: Tracker, content: str, attributes: str) -> list[ReceiptOutcome]:
    """Pass an incoming stanza to a tracker and return the outcomes."""
    results = tracker.received(opened(stanza(content, attributes)), 1)
    return [result.outcome for result in results]


def waiting(to: str, *ids: str) -> Tracker:
    """Return a tracker that waits for the receipts of these messages."""
    tracker = Tracker(ME)
    for id_ in ids:
        message = Message(to=to, id=id_, type=MessageType.CHAT, request=True)
        tracker.sent(message, 0)
    return tracker


def test_case_1_own_sent_carbon_though_half_empty() -> None:
    """Skip(CARBON_SENT), though the inner ``to`` is missing."""
    wrapped = inner(f"<body/>{REQUEST}", "from='me@a/y' id='1' type='chat'")
    carbon = f"<sent xmlns='urn:xmpp:carbons:2'>{wrapped}</sent>"
    envelope = opened(stanza(carbon, "from='me@a' to='me@a/x'"))
    assert reason(carbon, "from='me@a' to='me@a/x'") == "carbon-sent"
    assert envelope.message is not None
    assert (envelope.message.from_, envelope.message.to) == ("me@a/y", None)


def test_case_1_forged_carbon_is_not_read() -> None:
    """The same from a room's occupant, as ``received``: Untrusted, not read."""
    wrapped = inner(f"<body/>{REQUEST}", "from='me@a/y' id='1' type='chat'")
    carbon = f"<received xmlns='urn:xmpp:carbons:2'>{wrapped}</received>"
    envelope = opened(stanza(carbon, "from='room@muc/eve' to='me@a/x'"))
    assert envelope == Envelope(kind=EnvelopeKind.FORGED, message=None)
    assert reason(carbon, "from='room@muc/eve' to='me@a/x'") == "carbon-forged"


def test_case_2_an_archived_message_is_acknowledged_at_first_sight_only() -> None:
    """Skip(ARCHIVED); at first sight, as the answer to an open query, Ack."""
    wrapped = inner(f"<body/>{REQUEST}", "from='b@b/p' id='2' type='chat'")
    wrapped = wrapped.replace("<message", f"{DELAY}<message")
    result = f"<result xmlns='urn:xmpp:mam:2'>{wrapped}</result>"
    envelope = opened(stanza(result, "from='me@a'"), OpenQuery(ME.bare))
    ack = acknowledge(envelope, situation=FIRST_SIGHT).ack
    assert may_acknowledge(envelope, situation=WILLING).reason == "archived"
    assert ack is not None
    assert (ack.to, ack.received) == ("b@b/p", (Received("2"),))


def test_case_2_offline_delivery_is_acknowledged() -> None:
    """A direct message with a delay is received for the first time."""
    content = f"<body/>{REQUEST}{DELAY}"
    assert reason(content, "from='b@b/p' id='2' type='chat'") == "requested"


def test_case_3_any_type_confirms() -> None:
    """Content of type chat, an ack without type: DELIVERED."""
    tracker = waiting("b@b", "3")
    assert outcomes(tracker, received("3"), "from='b@b/p'") == [
        ReceiptOutcome.DELIVERED
    ]


def test_case_3_our_ack_mirrors_the_type() -> None:
    """With a bare address and the store hint, the ack message is that of the sketch."""
    situation = Situation(
        account=ME,
        authorized=True,
        enabled=True,
        policy=AckPolicy(address=Address.BARE),
    )
    content = codec.parse(
        f"<message xmlns='jabber:client' from='b@b/p' id='3' type='chat'>{REQUEST}"
        "</message>"
    )
    ack = acknowledge(content, situation=situation, id="NEW", store=True).ack
    sketch = codec.parse(
        f"<message xmlns='jabber:client' to='b@b' type='chat' id='NEW'>{received('3')}"
        "<store xmlns='urn:xmpp:hints'/></message>"
    )
    assert ack == sketch


def test_case_4_many_answers_to_a_bare_jid() -> None:
    """DELIVERED, DUPLICATE; other accounts and the account itself were not asked."""
    tracker = waiting("b@b", "4")
    assert outcomes(tracker, received("4"), "from='eve@e'") == [
        ReceiptOutcome.WRONG_SENDER
    ]
    assert outcomes(tracker, received("4"), "from='me@a/other'") == [
        ReceiptOutcome.SELF
    ]
    assert outcomes(tracker, received("4"), "from='B@B/phone'") == [
        ReceiptOutcome.DELIVERED
    ]
    assert outcomes(tracker, received("4"), "from='b@b/tablet'") == [
        ReceiptOutcome.DUPLICATE
    ]


def test_case_4_unless_the_message_was_addressed_to_me() -> None:
    """Then another of my resources does confirm it."""
    tracker = waiting("me@a", "4")
    assert outcomes(tracker, received("4"), "from='me@a/other'") == [
        ReceiptOutcome.DELIVERED
    ]


def test_case_5_an_error_is_no_receipt_but_a_receipt_beats_it() -> None:
    """An ack message bounces, then the content message, then its receipt: DELIVERED."""
    tracker = waiting("b@b", "5", "9")
    error = f"{received('9')}<error/>"
    bounced_ack = outcomes(tracker, error, "type='error' from='b@b' id='77'")
    bounce = outcomes(tracker, "<error/>", "type='error' from='b@b' id='5'")
    truth = outcomes(tracker, received("5"), "from='b@b/p'")
    assert bounced_ack == [ReceiptOutcome.IGNORED]
    assert (bounce, truth) == ([ReceiptOutcome.BOUNCED], [ReceiptOutcome.DELIVERED])
    assert tracker.confirmed_by("9") == ()


def test_case_5_a_request_in_an_error_is_not_acknowledged() -> None:
    """Skip(ERROR)."""
    attributes = "type='error' from='b@b' id='5'"
    assert reason(f"{REQUEST}<error/>", attributes) == "error-type"


@pytest.mark.parametrize("occupant", [None, jid.parse("r@muc/eve")])
def test_case_6_groupchat_is_not_acknowledged(occupant: jid.JID | None) -> None:
    """Skip(GROUPCHAT), own reflection too."""
    situation = Situation(
        account=ME,
        authorized=True,
        enabled=True,
        occupant=occupant,
    )
    attributes = "type='groupchat' from='r@muc/eve' id='6'"
    assert reason(f"<body/>{REQUEST}", attributes, situation) == "groupchat"


@pytest.mark.parametrize("address", Address)
def test_case_6_a_private_message_is_acknowledged_to_the_occupant(
    address: Address,
) -> None:
    """To r@muc/eve with ``<x/>``, never to r@muc."""
    situation = Situation(
        account=ME, authorized=True, enabled=True, policy=AckPolicy(address=address)
    )
    content = f"<body/>{REQUEST}{MUC_USER}"
    element = stanza(content, "type='chat' from='r@muc/eve' id='6'")
    ack = acknowledge(opened(element), situation=situation, id="NEW").ack
    expected = stanza(received("6") + MUC_USER, "to='r@muc/eve' id='NEW' type='chat'")
    assert ack == codec.from_element(expected)


def test_case_6_only_if_occupants_may_see_presence() -> None:
    """An occupant who is not allowed to gets no receipt."""
    situation = Situation(account=ME, authorized=False, enabled=True)
    content = f"<body/>{REQUEST}{MUC_USER}"
    attributes = "type='chat' from='r@muc/eve' id='6'"
    assert reason(content, attributes, situation) == "unauthorized"


def test_case_7_a_message_without_id_is_kept_and_not_acknowledged() -> None:
    """Skip(NO_ID), body intact."""
    element = stanza(f"<body>hi</body>{REQUEST}", "type='chat' from='b@b/p'")
    envelope = opened(element)
    assert may_acknowledge(envelope, situation=WILLING).reason == "no-id"
    assert envelope.message is not None
    assert envelope.message.body == "hi"


@pytest.mark.parametrize(
    ("receipt", "code"),
    [
        ("<received xmlns='urn:xmpp:receipts'/>", "missing-id"),
        (received(""), "empty-id"),
    ],
)
def test_case_7_a_receipt_without_id_names_nothing(receipt: str, code: str) -> None:
    """Malformed, no exception, and nothing is confirmed."""
    element = stanza(receipt, "from='b@b/p' id='4'")
    codes = [finding.code for finding in examine(element).findings]
    assert codes[0] == code
    assert acknowledged_ids(codec.from_element(element)) == ()
    results = waiting("b@b", "4").received(codec.from_element(element), 1)
    assert [result.outcome for result in results] == [ReceiptOutcome.IGNORED]


def test_case_7_a_blank_belongs_to_the_id() -> None:
    """``' a'`` is not ``a``."""
    tracker = waiting("b@b", "a")
    assert outcomes(tracker, received(" a"), "from='b@b/p'") == [
        ReceiptOutcome.UNKNOWN_ID
    ]


@pytest.mark.parametrize("to", ["b@b/p", "b@b"])
def test_case_8_unknown_support_allows_a_request(to: str) -> None:
    """No caps seen, or a bare JID."""
    assert may_request(Message(to=to, type=MessageType.CHAT)).allowed


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("<feature var='urn:xmpp:receipts'/>", Support.YES),
        ("<feature var='urn:xmpp:receipts'/>" * 2, Support.YES),
        ("<feature var='urn:xmpp:ping'/>", Support.NO),
    ],
)
def test_case_8_an_incomplete_answer_is_an_answer(
    query: str, expected: Support
) -> None:
    """Without identity or node, or with a feature twice, the features are read."""
    answer = disco.parse(
        "<iq xmlns='jabber:client' type='result' id='1' from='b@b/p'>"
        f"<query xmlns='http://jabber.org/protocol/disco#info'>{query}</query></iq>"
    )
    assert disco.support(answer.info) is expected


def test_case_8_an_error_proves_nothing() -> None:
    """UNKNOWN, even if it copies the query."""
    answer = disco.parse(
        "<iq xmlns='jabber:client' type='error' id='1' from='b@b/p'>"
        "<query xmlns='http://jabber.org/protocol/disco#info'/>"
        "<error type='cancel'/></iq>"
    )
    assert disco.support(answer.info) is Support.UNKNOWN


def test_case_8_the_answer_of_a_bare_jid_is_not_that_of_its_clients() -> None:
    """A server answers for the bare JID, so a request is still allowed."""
    assert may_request(Message(to="b@b"), support=Support.NO).allowed


def test_case_9_any_prefix_is_a_receipt() -> None:
    """``<p:received/>`` in the namespace."""
    content = "<p:received xmlns:p='urn:xmpp:receipts' id='8'/>"
    assert codec.from_element(stanza(content)).received == (Received("8"),)


@pytest.mark.parametrize(
    "content",
    [
        "<received xmlns='urn:xmpp:chat-markers:0' id='8'/>",
        "<received id='8'/>",
        "<read xmlns='urn:xmpp:receipts' id='8'/>",
    ],
)
def test_case_9_look_alikes_are_none(content: str) -> None:
    """Chat markers, jabber:client, private elements: no receipt for 8."""
    assert not codec.from_element(stanza(content)).is_ack
    assert outcomes(waiting("b@b", "8"), content, "from='b@b/p'") == [
        ReceiptOutcome.IGNORED
    ]


def test_case_9_both_at_once_is_a_receipt_with_a_body() -> None:
    """Receipt for 8, body kept, Skip(IS_ACK)."""
    content = f"<body>yo</body>{received('8')}{REQUEST}"
    message = codec.from_element(stanza(content))
    assert (acknowledged_ids(message), message.body) == (("8",), "yo")
    assert message.is_ack
    assert message.has_content
    assert reason(content, "from='b@b/p' id='y'") == "is-ack"


def test_case_10_an_invalid_request_is_a_request() -> None:
    """It is read as a request, and reported."""
    content = "<request xmlns='urn:xmpp:receipts' xml:lang='en'> </request>"
    element = stanza(content, "from='b@b/p' id='10'")
    codes = {finding.code for finding in examine(element).findings}
    assert codec.from_element(element).request
    assert codes == {"unexpected-attribute", "unexpected-content"}
    assert not schema.is_valid(element)


@pytest.mark.parametrize(
    "octets",
    [
        f"<message xmlns='jabber:client'>{REQUEST[:-2]}><!-- --></request></message>",
        "<!DOCTYPE m [<!ENTITY a '..'>]><message xmlns='jabber:client' id='&a;'/>",
    ],
)
def test_case_10_restricted_xml_is_refused_before_any_value_is_used(
    octets: str,
) -> None:
    """A comment, and an entity in an attribute."""
    with pytest.raises(XMLError) as caught:
        codec.parse(octets)
    assert caught.value.code == XMLCode.RESTRICTED


def test_case_10_an_enormous_id_is_never_echoed() -> None:
    """It is refused in octets, and not acknowledged in a message of a host."""
    id_ = "a" * 1_000_000
    with pytest.raises(XMLError) as caught:
        codec.parse(f"<message xmlns='jabber:client' id='{id_}'>{REQUEST}</message>")
    message = Message(from_="b@b/p", id=id_, request=True)
    assert caught.value.code == XMLCode.LIMIT
    assert may_acknowledge(message, situation=WILLING).reason == "bad-id"
