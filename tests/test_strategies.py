"""What the strategies generate, where no door would notice that it is wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from xep0184 import Message, MessageType, Received, Tracker, codec, jid, ns, xml
from xep0184.caps import Caps
from xep0184.envelope import EnvelopeKind, OpenQuery, unwrap
from xep0184.strategies import (
    GeneratedConversation,
    acks,
    answers,
    archived,
    caps,
    conversations,
    incoming,
    messages,
    odd_caps,
    wire,
    wrapped,
)
from xep0184.strategies.texts import NOT_XML, mostly, texts

if TYPE_CHECKING:
    from collections.abc import Callable

GENERATE = [Phase.generate]
HERE = Path(__file__).parent
# Char, as XML 1.0 §2.2 has it.
CHAR = re.compile("[\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def test_the_characters_of_xml_are_those_of_its_grammar() -> None:
    """U+FFFE is too rare in generated text for a law to find it in each run."""
    surrogates = set(map(chr, range(0xD800, 0xE000)))
    others = {c for c in map(chr, range(0x110000)) if not CHAR.fullmatch(c)}
    assert others == {*NOT_XML, *surrogates}


@given(texts())
def test_texts_are_made_of_characters_of_xml(text: str) -> None:
    """So every parser accepts them."""
    assert all(map(CHAR.fullmatch, text))


def test_text_of_xml_is_taken_from_the_strategies() -> None:
    """Several tests once listed the excluded characters themselves; one forgot two."""
    option = "exclude_" + "categories"
    files = HERE.glob("test_*.py")
    assert [it.name for it in files if option in it.read_text("utf-8")] == []


def is_answerable(message: Message, raw_type: str | None) -> bool:
    """Whether only the type may be a reason not to acknowledge a message."""
    asks = message.request and message.id and message.from_ and not message.is_ack
    return bool(asks) and message.raw_type == raw_type


@pytest.mark.usefixtures("unmeasured")
def test_most_values_are_of_the_few() -> None:
    """`one_of` leaves out what it is given again: then four of five were others."""
    few = "abc"
    drawn = []

    @settings(max_examples=300, database=None, derandomize=True, phases=GENERATE)
    @given(st.tuples(mostly(few, texts(min_size=2)), st.integers()))
    def note(case: tuple[str, int]) -> None:
        drawn.append(case[0] in few)

    note()
    assert 0.4 < sum(drawn) / len(drawn) < 0.95


IMPOLITE: dict[str, Callable[[Message], object]] = {
    "both elements": lambda it: it.request and it.is_ack,
    "several receipts": lambda it: len(it.received) > 2,
    "request without id": lambda it: it.request and it.id is None,
    "request with empty id": lambda it: it.request and it.id == "",
    "receipt without id": lambda it: any(each.id is None for each in it.received),
    "receipt with empty id": lambda it: any(each.id == "" for each in it.received),
    "unknown type": lambda it: it.raw_type == "x" and it.request,
    "type in other case": lambda it: it.raw_type == "Chat",
    "error with a request": lambda it: it.type is MessageType.ERROR and it.request,
    "error with a receipt": lambda it: it.type is MessageType.ERROR and it.is_ack,
    "answerable error": lambda it: is_answerable(it, "error"),
    "answerable groupchat message": lambda it: is_answerable(it, "groupchat"),
    "answerable message of unknown type": lambda it: is_answerable(it, "Chat"),
    "answerable message of a full JID": lambda it: (
        is_answerable(it, None) and "/" in str(it.from_)
    ),
    "id in capitals": lambda it: is_answerable(it, None) and it.id == "A",
    "receipt that echoes its own id": lambda it: it.id in {e.id for e in it.received},
}


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("case", IMPOLITE)
def test_peers_are_not_polite(case: str) -> None:
    """There is one of each kind, in most cases within a hundred examples."""
    found = find(incoming(), lambda it: bool(IMPOLITE[case](it)), settings=QUICK)
    assert IMPOLITE[case](found)


@given(incoming(polite=True))
def test_peers_are_polite_on_request(message: Message) -> None:
    """Everything can then be serialized."""
    assert codec.parse(codec.serialize(message)) == message


@given(messages())
def test_what_is_written_is_polite(message: Message) -> None:
    """No message with both elements, and no error that asks."""
    assert not (message.request and message.is_ack)
    assert not (message.request and message.type is MessageType.ERROR)


@given(wire())
def test_octets_are_stanzas(octets: bytes) -> None:
    """Impolite peers are well-formed, too."""
    assert xml.parse(octets).tag == f"{{{ns.CLIENT}}}message"


@given(wrapped())
def test_carbons_are_told_apart(case: tuple[bytes, Message | None]) -> None:
    """The library reads those of the account only (XEP-0280 §11)."""
    octets, message = case
    account = jid.parse("romeo@montague.lit/orchard")
    envelope = unwrap(xml.parse(octets), account=account)
    assert (envelope.kind is EnvelopeKind.FORGED) == (message is None)
    read = envelope.message
    assert (read and replace(read, extensions=())) == message


@given(archived(query="q"))
def test_archive_results_are_told_apart(case: tuple[bytes, Message | None]) -> None:
    """The library reads those of an open query to the account only (XEP-0313)."""
    octets, message = case
    account = jid.parse("romeo@montague.lit/orchard")
    queries = [OpenQuery(archive=account.bare, id="q")]
    envelope = unwrap(xml.parse(octets), account=account, open_queries=queries)
    read = envelope.message
    assert (read and replace(read, extensions=())) == message


SENDERS = {
    "from nobody": (rb"^<message xmlns='jabber:client'>", True),
    "from the account, in capitals": (rb" from='Romeo@Montague.Lit'>", True),
    "from the account": (rb" from='romeo@montague.lit'>", True),
    "from a client of the account": (rb" from='romeo@montague.lit/x'>", False),
    "from a longer JID": (rb" from='romeo@montague.lit.example'>", False),
    "from a JID with a longer local part": (rb" from='xromeo@montague.lit'>", False),
    "from the server": (rb" from='montague.lit'>", False),
    "from a resource like the account": (rb"='mallory@evil.lit/romeo@mon", False),
    "of a message that forwards another": (rb"<body>f</body>", True),
}


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("strategy", [wrapped, archived])
def test_wrappers_come_from_everybody(
    strategy: Callable[[], st.SearchStrategy[tuple[bytes, Message | None]]], sender: str
) -> None:
    """The account may leave out its address (RFC 6120 §8.1.2.1)."""
    wanted, is_read = SENDERS[sender]
    found = find(
        strategy(),
        lambda it: bool(re.search(wanted, it[0])) and (it[1] is not None) == is_read,
        settings=QUICK,
    )
    assert found


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("is_used", [True, False])
def test_some_odd_answers_count(is_used: bool) -> None:  # noqa: FBT001  # parametrized
    """Each is hashed by hand: its text is in the table."""
    found = find(
        odd_caps(), lambda it: it[2] == is_used and b"<x " in it[1], settings=QUICK
    )
    assert found


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("is_listed", [True, False])
@pytest.mark.parametrize("place", [b"<feature xmlns='urn:o'", b"<value>urn:xmpp:rec"])
def test_the_feature_is_in_other_places(
    place: bytes,
    is_listed: bool,  # noqa: FBT001  # parametrized
) -> None:
    """Whether it is listed or not."""
    found = find(
        answers(),
        lambda it: place in it[0] and it[1] == is_listed,
        settings=QUICK,
    )
    assert found


@pytest.mark.usefixtures("unmeasured")
def test_features_are_sorted_by_their_octets() -> None:
    """There are names whose order differs in UTF-16, with the usual hash."""
    names = {"\U0001f600", "\uff5e"}
    found = find(
        caps(),
        lambda it: (
            isinstance(it[0], Caps)
            and it[0].hash == "sha-1"
            and names <= {*it[1].features}
        ),
        settings=QUICK,
    )
    assert found


@given(conversations())
def test_a_tracker_confirms_what_is_confirmed(
    conversation: GeneratedConversation,
) -> None:
    """Whatever is lost, repeated, forged or late."""
    tracker = Tracker(jid.parse(conversation.account))
    for step in conversation.steps:
        if step.sent:
            tracker.sent(step.sent, 0)
        if step.received:
            tracker.received(step.received, 1)
    sent = [it.sent for it in conversation.steps if it.sent]
    pairs = {(str(it.to).partition("/")[0], str(it.id)) for it in sent}
    confirmed = {it for it in pairs if tracker.confirmed_by(it[1], jid.parse(it[0]))}
    assert confirmed == conversation.confirmed


QUICK = settings(max_examples=5_000, database=None, phases=[Phase.generate])
FEW = settings(QUICK, max_examples=200)
KINDS: dict[str, Callable[[set[str], set[str | None], Message], object]] = {
    "from the client": lambda to, _, it: it.from_ == f"{min(to)}/a",
    "from another client": lambda to, _, it: it.from_ == f"{min(to)}/b",
    "from the other contact": lambda to, _, it: (
        it.from_ == f"{min({'juliet@capulet.lit', 'nurse@capulet.lit'} - to)}/a"
    ),
    "from the contact": lambda to, _, it: it.from_ == min(to),
    "from the client, in capitals": lambda to, _, it: (
        it.from_ == f"{min(to).title()}/a"
    ),
    "from a longer JID": lambda to, _, it: it.from_ == f"{min(to)}.example/a",
    "from a stranger": lambda _, __, it: (
        it.from_ == "mallory@evil.lit/a" and it.type is not MessageType.ERROR
    ),
    "from nobody": lambda _, __, it: it.from_ is None,
    "beside others": lambda _, __, it: len(it.received) > 2,
    "an error": lambda _, __, it: it.type is MessageType.ERROR and it.is_ack,
    "of a changed id": lambda _, ids, it: it.received and it.received[0].id not in ids,
    "the message, returned": lambda _, ids, it: (
        it.type is MessageType.ERROR and it.request and it.id in ids
    ),
    "from another client of the account": lambda _, __, it: (
        it.from_ == "romeo@montague.lit/b"
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_acks_come_in_all_kinds(kind: str) -> None:
    """For one message that was sent, as peers and strangers may answer it."""

    def has_kind(conversation: GeneratedConversation) -> bool:
        sent = [it.sent for it in conversation.steps if it.sent]
        to = {str(it.to).partition("/")[0] for it in sent}
        ids = {it.id for it in sent}
        received = [it.received for it in conversation.steps if it.received]
        return len(sent) == 1 and any(KINDS[kind](to, ids, it) for it in received)

    assert has_kind(find(conversations(), has_kind, settings=QUICK))


def test_a_client_is_asked_and_another_answers() -> None:
    """XEP-0184 §4: a server may deliver a message to another client."""

    def is_answered(it: GeneratedConversation) -> bool:
        (first, *more) = it.steps
        to = first.sent and first.sent.to
        return to == "juliet@capulet.lit/a" and any(
            step.received and step.received.from_ == "juliet@capulet.lit/b"
            for step in more
        )

    found = find(conversations(), is_answered, settings=QUICK)
    assert "juliet@capulet.lit" in dict(found.confirmed)


@given(conversations())
def test_the_octets_of_a_step_are_its_message(
    conversation: GeneratedConversation,
) -> None:
    """Whatever is sent comes from the account of the conversation."""
    assert conversation.account == "romeo@montague.lit/orchard"
    for step in conversation.steps:
        assert step.sent is None or step.sent.body == "hi"
        assert codec.parse(step.octets) == (step.sent or step.received)


@pytest.mark.usefixtures("unmeasured")
def test_an_ack_has_another_id_than_the_one_it_echoes() -> None:
    """A polite one, that is."""
    with pytest.raises(NoSuchExample):
        find(acks(), lambda it: it.id == it.received[0].id, settings=FEW)


@given(wire())
def test_no_text_is_added_to_a_stanza(octets: bytes) -> None:
    """Only white space between its children."""
    stanza = xml.parse(octets)
    assert not (stanza.text or "").strip()
    assert not any((child.tail or "").strip() for child in stanza)


SPELLINGS = {
    "a prefix": rb"<c:request xmlns:c='urn:xmpp:receipts'/>",
    "a prefix that is a name": rb"<request:request ",
    "double quotes": rb'<message xmlns="jabber:client"',
    "an end tag": rb"<request xmlns='urn:xmpp:receipts'></request>",
    "attributes in the other order": rb"<message [^>]*' xmlns=",
    "decimal references": rb"='&#\d+;",
    "hexadecimal references": rb"='&#x[0-9A-F]{4};",
    "a section": rb"<body><!\[CDATA\[",
    "spaces at the sign": rb"xmlns = ",
    "a line end at the sign": rb"xmlns\n=",
    "blanks in a tag": rb"<request xmlns\n='urn:xmpp:receipts'\n\t />",
    "blanks between children": rb"</body>\n\t <",
    "a request that is repeated": rb"<request [^<]*/><request ",
    "a type in other case": rb" type='Chat'",
    "another form of delay": rb"<delay xmlns='urn:xmpp:delay'",
    "a request in another element": rb"<x xmlns='urn:o'><request ",
    "two foreign elements": rb"<x xmlns='urn:o'/>.*</message>",
    "an id of the server": rb"<stanza-id xmlns='urn:xmpp:sid:0'",
    "the id of a corrected message": rb"<replace xmlns='urn:xmpp:message-correct:0'",
    "a request of a version to come": rb"<request xmlns='urn:xmpp:receipts:1'/>",
    "an id that looks encoded": rb" id='a%20b'",
    "a number as id": rb" id='007'",
    "another body": rb"<body xmlns='urn:o'>",
    "a body in markup": rb"<body xmlns='http://www.w3.org/1999/xhtml'>",
    "a long id": rb" id='x{300}'",
}


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_elements_are_spelled_in_all_ways(spelling: str) -> None:
    """That XML has for the same element."""
    wanted = re.compile(SPELLINGS[spelling], re.DOTALL)
    assert find(wire(), lambda it: bool(wanted.search(it)), settings=QUICK)


def test_only_the_last_receipt_is_repeated() -> None:
    """Twice at most, so the order of the ids is that of the message."""
    message = Message(id="r", received=tuple(map(Received, "abc")))
    found: set[str] = set()

    def note(octets: bytes) -> bool:
        children = [it for it in xml.parse(octets) if it.tag == ns.RECEIVED_TAG]
        found.add("".join(str(it.get("id")) for it in children))
        return found == {"abc", "abcc", "abccc"}

    assert find(wire(message), note, settings=QUICK)


THOROUGH = settings(
    max_examples=5_000, database=None, suppress_health_check=[*HealthCheck]
)
REQUEST = "<request xmlns='urn:xmpp:receipts'/>"
RECEIVED = "<received xmlns='urn:xmpp:receipts' id='{}'/>"


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.heavy  # older versions of Hypothesis leave more
@pytest.mark.parametrize(
    ("is_wrong", "smallest"),
    [
        (
            lambda it: it.request and it.is_ack,
            f" id='a'>{REQUEST}{RECEIVED.format('a')}",
        ),
        (lambda it: it.request and not it.id, f">{REQUEST}"),
        (
            lambda it: it.from_ and it.is_ack,
            f" from='a@b.lit' id='a'>{RECEIVED.format('a')}",
        ),
        (lambda it: it.raw_type == "x", " id='a' type='x'>"),
    ],
    ids=["both elements", "without id", "an ack with a sender", "unknown type"],
)
def test_what_fails_is_the_smallest_stanza(
    is_wrong: Callable[[Message], bool], smallest: str
) -> None:
    """With nothing in it that has nothing to do with the failure."""
    found = find(wire(), lambda it: bool(is_wrong(codec.parse(it))), settings=THOROUGH)
    assert found.decode() == f"<message xmlns='jabber:client'{smallest}</message>"


@pytest.mark.usefixtures("unmeasured")
def test_the_smallest_stanza_shows_the_spelling_that_matters() -> None:
    """Only the element that matters has a prefix."""
    found = find(wire(), lambda it: b"<c:request " in it, settings=THOROUGH)
    request = "<c:request xmlns:c='urn:xmpp:receipts'/>"
    assert found.decode() == (
        f"<message xmlns='jabber:client' id='a'>{request}</message>"
    )
