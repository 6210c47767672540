"""Acknowledging: the suite ``acknowledging``, the order of the rules, and laws."""

from __future__ import annotations

import base64
import dataclasses
import random
from itertools import combinations, count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from xep0184 import (
    BuildCode,
    BuildError,
    Message,
    MessageType,
    Received,
    codec,
    deciding,
    jid,
    ns,
    rules,
    schema,
    stream,
)
from xep0184.conformance import decisions, vectors
from xep0184.deciding import AckDecision, acknowledge, may_acknowledge
from xep0184.deciding.situation import DEFAULT_ACK_POLICY, AckPolicy, Address, Situation
from xep0184.envelope import Envelope, EnvelopeKind, unwrap
from xep0184.ids import fresh_id
from xep0184.message import Annotation
from xep0184.rules import RuleScope, Ruling
from xep0184.strategies import ids, jids, messages

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xep0184.conformance import Vector

EXAMPLES = Path(__file__).parent.parent / "examples"
VECTORS = vectors("acknowledging")
# The rows of the published table, with the number of cases in each.
ROWS = {
    "A1": 1, "A2": 3, "A3": 4, "A4": 2, "A5": 4, "A7": 2, "A9": 3, "A10": 4,
    "A11": 1, "A12": 3, "A14": 3, "A15": 2, "A17": 3, "A18": 2, "A20": 1, "A21": 5,
}  # fmt: skip
REQUIREMENTS = {f"R{number}" for number in range(40, 63)} | {
    "R12",
    "R16",
    "R144",
    "R157",
    "R158",
}

FROM = "northumberland@shakespeare.lit/westminster"
ACCOUNT = jid.parse("kingrichard@royalty.england.lit/throne")
OPEN = Situation(account=ACCOUNT, authorized=True, enabled=True)
ASKING = Message(from_=FROM, id="m1", type=MessageType.CHAT, body="hi", request=True)


def by_name(vector: Vector) -> str:
    """Name a test after its vector."""
    return vector.name


def acked(
    received: Envelope | Message,
    situation: Situation,
    **more: Any,  # noqa: ANN401  # those of `acknowledge`
) -> Message:
    """Return the ack message for a message that is acknowledged."""
    decision = acknowledge(received, situation=situation, **more)
    assert decision.ack is not None
    return decision.ack


def whole_ack(vector: Vector) -> dict[str, Any] | None:
    """Return the ack message; what the XEP leaves open is as in the message."""
    if "ack" not in vector.expect:
        return None
    message = decisions.received(vector.question).message
    assert message is not None
    return {
        "to": message.from_,
        "type": message.type.value,
        "private": Annotation.MUC_USER in message.annotations,
        **vector.expect["ack"],
    }


@pytest.mark.parametrize("vector", VECTORS, ids=by_name)
def test_acknowledging_is_decided_as_the_vector_says(vector: Vector) -> None:
    """The envelope's kind, the rule that applies, and the ack message if any."""
    assert decisions.acknowledging(vector.question) == {
        "kind": "direct",
        **vector.expect,
        "ack": whole_ack(vector),
    }


@pytest.mark.requirements("R13", "R62")
@pytest.mark.parametrize(
    "vector", [it for it in VECTORS if "ack" in it.expect], ids=by_name
)
def test_an_ack_is_a_message_of_its_own(vector: Vector) -> None:
    """It has no request, body or sender, one receipt, and a new id of its own."""
    ack = acked(
        decisions.received(vector.question), decisions.situation(vector.question)
    )
    bare = dataclasses.replace(ack, to=None, id=None, type=MessageType.NORMAL)
    expected = whole_ack(vector)
    assert expected is not None
    echoed, private = (Received(expected["id"]),), expected["private"]
    assert bare == Message(
        received=echoed, annotations=(Annotation.MUC_USER,) * private
    )
    assert ack.id not in {None, "", ack.received[0].id}


@pytest.mark.parametrize(
    "vector", [it for it in VECTORS if "ack" not in it.expect], ids=by_name
)
def test_without_ack_message_there_is_the_ruling(vector: Vector) -> None:
    """`acknowledge` then returns what `may_acknowledge` returns, and is false."""
    received, situation = (
        decisions.received(vector.question),
        decisions.situation(vector.question),
    )
    ruling = may_acknowledge(received, situation=situation)
    decision = acknowledge(received, situation=situation)
    assert decision == AckDecision(ruling, None)
    assert (bool(ruling), bool(decision)) == (False, False)


def test_a_decision_is_true_if_there_is_an_ack_message() -> None:
    """And holds the ruling that allows it."""
    decision = acknowledge(ASKING, situation=OPEN, id="b")
    assert decision
    assert decision.ruling == may_acknowledge(ASKING, situation=OPEN)
    assert decision.ack == Message(
        to=FROM, id="b", type=MessageType.CHAT, received=(Received("m1"),)
    )


@pytest.mark.parametrize(
    "vector",
    [it for it in VECTORS if "kind" not in it.expect and "message" not in it.given],
    ids=by_name,
)
def test_plain_values_are_judged_like_the_stanza(vector: Vector) -> None:
    """A host that has not kept the stanza asks with the values it has kept."""
    situation = decisions.situation(vector.question)
    message = codec.parse(vector.octets)
    plain = Message(
        from_=message.from_,
        to=message.to,
        id=message.id,
        type=message.type,
        body=message.body,
        request=message.request,
        received=message.received,
        annotations=message.annotations,
        extensions=message.extensions,
    )
    ruling = may_acknowledge(plain, situation=situation)
    assert ruling.reason == vector.expect["reason"]


def test_every_case_of_every_row_is_there() -> None:
    """The published rows are complete, case by case."""
    rows = [vector.row for vector in VECTORS if vector.row]
    assert {row: rows.count(row) for row in dict.fromkeys(rows)} == ROWS


def test_every_requirement_is_proven() -> None:
    """Every requirement about acknowledging has a vector."""
    named = {name for vector in VECTORS for name in vector.requirements}
    assert REQUIREMENTS - named == set()


# The order of the rules, pair by pair: error and ack messages first, then how the
# message came, what it asks, its id, its sender, rooms, repetitions, and the user's
# settings (XEP-0184 §5, §7, §8).

ORDER = [
    "error-type",
    "is-ack",
    "carbon-forged",
    "carbon-sent",
    "carbon-received",
    "wrapped",
    "archived",
    "not-requested",
    "history",
    "no-id",
    "empty-id",
    "bad-id",
    "bad-sender",
    "self",
    "groupchat",
    "reflected",
    "duplicate",
    "disabled",
    "unauthorized",
    "no-content",
    "not-processed",
    "repeat",
    "requested",
]
WITCH = "coven@chat.shakespeare.lit/thirdwitch"
DELAY = "{urn:xmpp:delay}delay"
# What makes each rule apply to a message that would be acknowledged.
CAUSES: dict[str, dict[str, Any]] = {
    "error-type": {"type": MessageType.ERROR},
    "is-ack": {"received": (Received("x"),)},
    "carbon-forged": {"kind": EnvelopeKind.FORGED},
    "carbon-sent": {"kind": EnvelopeKind.CARBON_SENT},
    "carbon-received": {"kind": EnvelopeKind.CARBON_RECEIVED},
    "wrapped": {"kind": EnvelopeKind.FORWARDED},
    "archived": {"kind": EnvelopeKind.ARCHIVED},
    "not-requested": {"request": False},
    "history": {"type": MessageType.GROUPCHAT, "extensions": (DELAY,)},
    "no-id": {"id": None},
    "empty-id": {"id": ""},
    "bad-id": {"id": "a" * 1025},
    "bad-sender": {"from_": "@"},
    "self": {"account": jid.parse(WITCH)},
    "groupchat": {"type": MessageType.GROUPCHAT},
    "reflected": {"occupant": jid.parse(WITCH)},
    "duplicate": {"repeat": True, "repeats": False},
    "disabled": {"enabled": False},
    "unauthorized": {"authorized": False},
    "no-content": {"content_only": True, "body": None},
    "not-processed": {"processed": False},
    "repeat": {"repeat": True},
    "requested": {},
}
# A stanza has one kind, one type and one id; without a sender it has no address.
KINDS = ["carbon-forged", "carbon-sent", "carbon-received", "wrapped", "archived"]
EXCLUSIVE = {
    *combinations(KINDS, 2),
    *combinations(["no-id", "empty-id", "bad-id"], 2),
    ("bad-sender", "self"),
    ("bad-sender", "reflected"),
    ("error-type", "history"),
    ("error-type", "groupchat"),
}
PAIRS = [pair for pair in combinations(ORDER, 2) if pair not in EXCLUSIVE]


def names_of(kind: type) -> set[str]:
    """Return the names of the fields of a dataclass."""
    return {field.name for field in dataclasses.fields(kind)}


def decide(*causes: Mapping[str, Any]) -> Ruling:
    """Judge a message from a room's occupant, changed as the causes say."""
    values: dict[str, Any] = {"kind": EnvelopeKind.DIRECT}
    for cause in causes:
        values |= cause
    message = {name: it for name, it in values.items() if name in names_of(Message)}
    policy = {name: it for name, it in values.items() if name in names_of(AckPolicy)}
    facts = {name: it for name, it in values.items() if name in names_of(Situation)}
    return may_acknowledge(
        Envelope(
            kind=values["kind"],
            message=dataclasses.replace(ASKING, **{"from_": WITCH} | message),
        ),
        situation=dataclasses.replace(OPEN, policy=AckPolicy(**policy), **facts),
    )


def test_the_table_has_this_order() -> None:
    """The rules are the same, in the same order."""
    assert [rule.id for rule in rules.in_scope(RuleScope.ACK)] == ORDER


@pytest.mark.parametrize("reason", ORDER)
def test_a_cause_alone_is_the_reason(reason: str) -> None:
    """So that each of the pairs below has two causes."""
    assert decide(CAUSES[reason]).reason == reason


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_of_two_reasons_the_earlier_is_named(first: str, second: str) -> None:
    """Whichever cause is applied last."""
    assert decide(CAUSES[first], CAUSES[second]).reason == first
    assert decide(CAUSES[second], CAUSES[first]).reason == first


# General laws.

policies = st.builds(
    AckPolicy,
    address=st.sampled_from(Address),
    groupchat=st.booleans(),
    own_resources=st.booleans(),
    repeats=st.booleans(),
    unauthorized=st.booleans(),
    content_only=st.booleans(),
    max_id=st.integers(-1, 40),
)
# Few addresses, so that many messages come from the account itself and from rooms.
senders = (
    st.none()
    | jids()
    | st.sampled_from(
        [FROM, WITCH, str(ACCOUNT), str(ACCOUNT.bare), f"{ACCOUNT.bare}/tower", "@", ""]
    )
)
situations = st.builds(
    Situation,
    account=st.sampled_from([ACCOUNT, ACCOUNT.bare]),
    authorized=st.none() | st.booleans(),
    enabled=st.booleans(),
    enabled_for_contact=st.none() | st.booleans(),
    invisible=st.booleans(),
    first_sight=st.booleans(),
    repeat=st.booleans(),
    processed=st.booleans(),
    room=st.booleans(),
    occupant=st.none() | st.just(jid.parse(WITCH)),
    policy=policies,
)
# Settings that allow every ack message that may be sent at all.
willing = st.builds(
    Situation,
    account=st.sampled_from([ACCOUNT, ACCOUNT.bare]),
    authorized=st.just(value=True),
    enabled=st.just(value=True),
    first_sight=st.just(value=True),
    room=st.booleans(),
    policy=st.builds(
        AckPolicy,
        address=st.sampled_from(Address),
        groupchat=st.just(value=True),
        own_resources=st.just(value=True),
    ),
)
incoming = st.builds(
    Message,
    from_=senders,
    to=st.none() | st.sampled_from([str(ACCOUNT), FROM, "@"]),
    id=st.none() | st.just("") | ids() | st.text(),
    type=st.sampled_from(MessageType),
    body=st.none() | st.text(),
    request=st.booleans(),
    received=st.lists(st.builds(Received, st.none() | st.text()), max_size=2).map(
        tuple
    ),
    annotations=st.lists(st.sampled_from(Annotation), max_size=2).map(tuple),
    extensions=st.lists(
        st.sampled_from([DELAY, Annotation.MUC_USER.value, "{urn:o}x"]), max_size=2
    ).map(tuple),
)
asking = st.builds(
    dataclasses.replace,
    st.builds(Message, from_=senders, to=senders),
    id=ids(),
    request=st.just(value=True),
    type=st.sampled_from(MessageType),
)
envelopes = st.builds(
    Envelope,
    kind=st.sampled_from(EnvelopeKind),
    message=st.none() | incoming | messages(),
)
NEVER = {
    EnvelopeKind.FORGED,
    EnvelopeKind.CARBON_SENT,
    EnvelopeKind.CARBON_RECEIVED,
    EnvelopeKind.FORWARDED,
}


@pytest.mark.requirements("R40", "R41", "R42", "R43", "R44", "R45", "R46")
@given(received=envelopes | incoming, situation=situations | willing)
def test_every_message_has_a_ruling(
    received: Envelope | Message, situation: Situation
) -> None:
    """It is from the table, and never yes for what must not be acknowledged."""
    ruling = may_acknowledge(received, situation=situation)
    if isinstance(received, Message):
        received = Envelope(kind=EnvelopeKind.DIRECT, message=received)
    message = received.message
    assert ruling.rule in rules.in_scope(RuleScope.ACK)
    if ruling:
        assert message is not None
        assert received.kind not in NEVER
        assert message.request
        assert not message.is_ack
        assert message.type is not MessageType.ERROR
        assert message.id
        assert message.from_ not in {None, str(situation.account), str(ACCOUNT.bare)}
        assert situation.processed
        assert situation.enabled or situation.enabled_for_contact
        assert situation.authorized or situation.policy.unauthorized


@pytest.mark.requirements("R9", "R11", "R12", "R13", "R16", "R59", "R60", "R61", "R62")
@given(message=asking, situation=willing, store=st.booleans())
def test_an_ack_survives_the_wire_and_says_what_it_has_to(
    message: Message, situation: Situation, *, store: bool
) -> None:
    """It reads back, is valid, echoes the id and goes where the message came from."""
    ack = acknowledge(message, situation=situation, store=store).ack
    if ack is None:
        return
    octets = codec.serialize(ack)
    to = message.from_ or ""
    is_muc = message.type is MessageType.GROUPCHAT
    is_bare = situation.policy.address is Address.BARE and not situation.room
    assert codec.parse(octets) == ack
    assert schema.is_valid(etree.fromstring(octets))
    assert list(rules.violations(ack)) == []
    assert ack.received == (Received(message.id),)
    assert ack.type is message.type
    assert ack.from_ is None
    assert (Annotation.STORE in ack.annotations) is store
    assert ack.to == (to.partition("/")[0] if is_muc or is_bare else to)
    assert may_acknowledge(ack, situation=situation).reason == "is-ack"


# What a caller can add to the ack message, and what is refused.


@pytest.mark.requirements("R11")
@pytest.mark.parametrize("store", [False, True])
def test_a_store_hint_is_added_on_demand_only(*, store: bool) -> None:
    """An ack message has one child unless its sender wants servers to keep it."""
    ack = acked(ASKING, OPEN, id="b", store=store)
    hint = '<store xmlns="urn:xmpp:hints"/>' if store else ""
    assert codec.serialize(ack).decode() == (
        f'<message xmlns="jabber:client" to="{FROM}" id="b" type="chat">'
        f'<received xmlns="urn:xmpp:receipts" id="m1"/>{hint}</message>'
    )


@pytest.mark.requirements("R38")
def test_ids_cannot_be_predicted() -> None:
    """128 bits each (XEP-0359 §3 wants 122), never the same, and with no seed."""
    made = {fresh_id() for _ in range(1_000)}
    for _ in range(2):
        random.seed(184)
        made.add(fresh_id())
    assert len(made) == 1_002
    assert {len(base64.urlsafe_b64decode(f"{id_}==")) for id_ in made} == {16}


@pytest.mark.requirements("R13")
def test_new_id_is_called_only_if_an_id_is_needed() -> None:
    """It makes the id of an ack message to which none is given."""
    made = iter(["one", "two"])
    assert acked(ASKING, OPEN, new_id=lambda: next(made)).id == "one"
    assert acked(ASKING, OPEN, new_id=lambda: next(made), id="given").id == "given"
    disabled = dataclasses.replace(OPEN, enabled=False)
    assert not acknowledge(ASKING, situation=disabled, new_id=lambda: next(made))
    assert next(made) == "two"


@pytest.mark.requirements("R13")
def test_an_id_that_equals_the_echoed_one_is_drawn_again() -> None:
    """A peer can choose the id that a counter of ours gives next."""
    numbers = count(1)
    message = dataclasses.replace(ASKING, id="ack-1")
    ack = acked(message, OPEN, new_id=lambda: f"ack-{next(numbers)}")
    assert (ack.id, ack.received) == ("ack-2", (Received("ack-1"),))


@pytest.mark.requirements("R13")
def test_an_id_is_drawn_eight_times_at_most() -> None:
    """A maker that knows only one id is a mistake of the host."""
    drawn = iter(["m1"] * 7 + ["other"])
    assert acked(ASKING, OPEN, new_id=lambda: next(drawn)).id == "other"
    drawn = iter(["m1"] * 9)
    with pytest.raises(BuildError) as caught:
        acknowledge(ASKING, situation=OPEN, new_id=lambda: next(drawn))
    assert (caught.value.code, caught.value.field) == (BuildCode.ECHOED_ID, "id")
    assert list(drawn) == ["m1"]


@pytest.mark.requirements("R7", "R13", "R16")
@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        ({"id": "m1"}, BuildCode.ECHOED_ID, "id"),
        ({"new_id": lambda: "m1"}, BuildCode.ECHOED_ID, "id"),
        ({"id": ""}, BuildCode.EMPTY_ID, "id"),
        ({"new_id": lambda: ""}, BuildCode.EMPTY_ID, "id"),
        ({"id": "\ud800"}, BuildCode.ILLEGAL_CHARACTER, "id"),
        ({"id": 5}, BuildCode.NOT_TEXT, "id"),
        ({"from_": "@"}, BuildCode.BAD_JID, "from"),
        ({"from_": "a\x01@b"}, BuildCode.BAD_JID, "from"),
        ({"from_": "KingRichard@royalty.england.lit"}, BuildCode.BARE_FROM, "from"),
    ],
)
def test_wrong_arguments_are_refused(
    options: dict[str, Any], code: BuildCode, field: str
) -> None:
    """At once, and not only when the ack message is written."""
    with pytest.raises(BuildError) as caught:
        acknowledge(ASKING, situation=OPEN, **options)
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.requirements("R62")
@pytest.mark.parametrize(
    ("account", "from_"),
    [
        ("kingrichard@royalty.england.lit/throne", None),
        ("kingrichard@royalty.england.lit/throne", str(ACCOUNT)),
        ("sms.england.lit", "sms.england.lit"),
        ("15550100@sms.england.lit", "15550100@sms.england.lit"),
        ("sms.england.lit", "15550100@sms.england.lit"),
    ],
)
def test_the_ack_has_a_from_only_if_it_is_given(
    account: str, from_: str | None
) -> None:
    """A client leaves it to its server; a component, whose account is bare, cannot."""
    situation = dataclasses.replace(OPEN, account=jid.parse(account))
    assert acked(ASKING, situation, from_=from_).from_ == from_


def test_a_from_of_a_component_is_a_jid() -> None:
    """Anything else is refused."""
    situation = dataclasses.replace(OPEN, account=jid.parse("sms.england.lit"))
    with pytest.raises(BuildError) as caught:
        acknowledge(ASKING, situation=situation, from_="@sms.england.lit")
    assert caught.value.code == BuildCode.BAD_JID


def test_another_normaliser_decides_which_addresses_are_the_account() -> None:
    """A host with full PRECIS can make addresses equal that are different here."""

    def fold(part: jid.Part, text: str) -> str:
        return jid.normalise(part, text).replace("\uff4b", "k")

    sender = "\uff4bingrichard@royalty.england.lit"
    message = dataclasses.replace(ASKING, from_=sender)
    account = jid.parse(str(ACCOUNT), normaliser=fold)
    folded = dataclasses.replace(OPEN, account=account)
    assert may_acknowledge(message, situation=OPEN).reason == "requested"
    assert may_acknowledge(message, situation=folded).reason == "self"
    assert acknowledge(ASKING, situation=OPEN, from_=sender)
    with pytest.raises(BuildError) as caught:
        acknowledge(ASKING, situation=folded, from_=sender)
    assert caught.value.code == BuildCode.BARE_FROM


def test_another_normaliser_decides_whom_another_device_wrote_to() -> None:
    """The ``to`` of a message of the account is compared like its ``from``."""

    def fold(part: jid.Part, text: str) -> str:
        return jid.normalise(part, text).replace("\uff4b", "k")

    message = dataclasses.replace(
        ASKING,
        from_=f"{ACCOUNT.bare}/phone",
        to="\uff4bingrichard@royalty.england.lit",
    )
    policy = AckPolicy(own_resources=True)
    situation = dataclasses.replace(OPEN, policy=policy)
    account = jid.parse(str(ACCOUNT), normaliser=fold)
    folded = dataclasses.replace(situation, account=account)
    assert may_acknowledge(message, situation=situation).reason == "self"
    assert may_acknowledge(message, situation=folded).reason == "requested"


def test_the_guards_have_no_default() -> None:
    """Consent is not assumed (XEP-0184 §7, §8)."""
    required = {
        field.name
        for field in dataclasses.fields(Situation)
        if field.default is dataclasses.MISSING
    }
    assert required == {"account", "authorized", "enabled"}
    assert AckPolicy() == DEFAULT_ACK_POLICY


def test_the_mark_of_private_messages_precedes_the_store_hint() -> None:
    """So that the same situation gives the same octets."""
    asking = dataclasses.replace(
        ASKING, from_=WITCH, annotations=(Annotation.MUC_USER,)
    )
    ack = acked(asking, OPEN, id="b", store=True)
    assert ack.annotations == (Annotation.MUC_USER, Annotation.STORE)


@pytest.mark.requirements("R63")
def test_the_documentation_says_that_an_ack_reveals_the_resource() -> None:
    """XEP-0184 §8 warns of it."""
    words = " ".join((deciding.__doc__ or "").split())
    assert "which client of the account is online (XEP-0184 §8)" in words


# The recorded stream of alice@localhost/phone, whose messages were counted by reading
# it: 20 copies of what her desktop sent, and one direct message from herself. By
# default none of them is acknowledged. A policy that acknowledges messages of her
# other clients acknowledges the direct message only.

NOTE = "pros-self"


def judged(situation: Situation) -> list[tuple[EnvelopeKind, str, str | None]]:
    """Judge every message of the recorded stream."""
    found: list[tuple[EnvelopeKind, str, str | None]] = []
    with (EXAMPLES / "phone-received.xml").open("rb") as source:
        for piece in stream.read(source):
            assert isinstance(piece, stream.Stanza)
            if piece.element.tag == f"{{{ns.CLIENT}}}message":
                envelope = unwrap(piece.element, account=situation.account)
                assert envelope.message is not None
                ruling = may_acknowledge(envelope, situation=situation)
                found.append((envelope.kind, ruling.reason, envelope.message.id))
    return found


PHONE = Situation(
    account=jid.parse("alice@localhost/phone"), authorized=True, enabled=True
)


@pytest.mark.parametrize("own_resources", [False, True])
def test_copies_on_the_phone_are_not_acknowledged(*, own_resources: bool) -> None:
    """The recorded client, which has no such rules, acknowledged the direct message."""
    policy = AckPolicy(own_resources=own_resources)
    *copies, note = judged(dataclasses.replace(PHONE, policy=policy))
    assert {(kind, reason) for kind, reason, _ in copies} == {
        (EnvelopeKind.CARBON_SENT, "carbon-sent")
    }
    assert len(copies) == 20
    reason = "requested" if own_resources else "self"
    assert note == (EnvelopeKind.DIRECT, reason, NOTE)


def test_copies_for_another_account_are_forged() -> None:
    """For bob, the carbons of alice come from the wrong account."""
    bob = dataclasses.replace(PHONE, account=jid.parse("bob@localhost/phone"))
    with (EXAMPLES / "phone-received.xml").open("rb") as source:
        envelopes_ = [
            unwrap(piece.element, account=bob.account)
            for piece in stream.read(source)
            if isinstance(piece, stream.Stanza)
            and piece.element.tag == f"{{{ns.CLIENT}}}message"
        ]
    reasons = [may_acknowledge(it, situation=bob).reason for it in envelopes_]
    assert reasons == ["carbon-forged"] * 20 + ["requested"]
    assert [it.message for it in envelopes_[:-1]] == [None] * 20


@pytest.mark.requirements("R40", "R54", "R59")
@pytest.mark.parametrize(
    ("type_", "reason", "written"),
    [
        ("error", "error-type", None),
        ("groupchat", "groupchat", None),
        ("headline", "requested", b'type="headline"'),
        ("foo", "requested", b'id="b">'),
    ],
)
def test_a_plain_str_is_not_taken_for_an_unknown_type(
    type_: str, reason: str, written: bytes | None
) -> None:
    """The type is a `MessageType`; a host without type checker may forget that."""
    plain: Any = type_
    message = Message(from_="n@shakespeare.lit/x", id="a", request=True, type=plain)
    account = jid.parse("k@royalty.england.lit/throne")
    situation = Situation(account=account, authorized=True, enabled=True)
    assert may_acknowledge(message, situation=situation).reason == reason
    assert [rule.id for rule in rules.violations(message)] == {
        "error": ["receipt-in-error"],
        "groupchat": ["request-in-groupchat"],
    }.get(type_, [])
    ack = acknowledge(message, situation=situation, id="b").ack
    assert (ack is None) is (written is None)
    if ack is not None:
        assert (written or b"") in codec.serialize(ack)


# Rooms, where the account's own occupant JID is known.

ROOM = "coven@chat.shakespeare.lit"


@pytest.mark.requirements("R54")
@pytest.mark.parametrize(
    ("type_", "sender", "reason"),
    [
        ("chat", FROM, "requested"),
        ("chat", f"{ROOM}/firstwitch", "requested"),
        ("chat", WITCH, "reflected"),
        ("groupchat", f"{ROOM}/firstwitch", "requested"),
        ("groupchat", WITCH, "reflected"),
        ("groupchat", ROOM, "requested"),
        ("groupchat", "heath@chat.shakespeare.lit/firstwitch", "reflected"),
    ],
)
@pytest.mark.parametrize("room", [False, True])
def test_only_what_may_be_reflected_is_taken_for_it(
    type_: str, sender: str, reason: str, *, room: bool
) -> None:
    """A contact's chat message is not, though the user is in a room at the time."""
    situation = dataclasses.replace(
        OPEN, occupant=jid.parse(WITCH), room=room, policy=AckPolicy(groupchat=True)
    )
    message = dataclasses.replace(ASKING, from_=sender, type=MessageType(type_))
    assert may_acknowledge(message, situation=situation).reason == reason


@pytest.mark.requirements("R45", "R157")
def test_what_a_message_forwards_is_not_acknowledged_with_it() -> None:
    """The outer message is; what it forwards may be invented."""
    envelope = Envelope(
        kind=EnvelopeKind.DIRECT,
        message=ASKING,
        forwarded=Envelope(kind=EnvelopeKind.FORWARDED, message=ASKING),
    )
    assert envelope.forwarded is not None
    assert may_acknowledge(envelope, situation=OPEN).reason == "requested"
    assert may_acknowledge(envelope.forwarded, situation=OPEN).reason == "wrapped"
