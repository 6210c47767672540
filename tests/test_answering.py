"""When to answer, and the answer: the suite ``acknowledging`` and what always holds."""

from __future__ import annotations

import base64
import dataclasses
from itertools import combinations, pairwise
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
from xep0184.deciding import acknowledge, answering, may_acknowledge
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
    "A1": 1, "A2": 3, "A3": 3, "A4": 2, "A5": 4, "A7": 2, "A9": 3, "A10": 4,
    "A11": 1, "A12": 3, "A14": 3, "A15": 2, "A17": 3, "A18": 2, "A20": 2, "A21": 5,
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
    """Acknowledge what is to be acknowledged."""
    ack = acknowledge(received, situation=situation, **more)
    assert isinstance(ack, Message)
    return ack


@pytest.mark.parametrize("vector", VECTORS, ids=by_name)
def test_answering_is_decided_as_the_vector_says(vector: Vector) -> None:
    """How it came, the first reason, and the ack: neither more nor less."""
    assert decisions.acknowledging(vector) == {"kind": "direct"} | vector.expect


@pytest.mark.requirements("R13", "R62")
@pytest.mark.parametrize(
    "vector", [it for it in VECTORS if "ack" in it.expect], ids=by_name
)
def test_an_ack_is_a_message_of_its_own(vector: Vector) -> None:
    """No request, no body, no sender; one receipt; an id that nobody has."""
    ack = acked(decisions.received(vector), decisions.situation(vector))
    bare = dataclasses.replace(ack, to=None, id=None, type=MessageType.NORMAL)
    echoed = (Received(vector.expect["ack"]["id"]),)
    private = vector.expect["ack"].get("private", False)
    assert bare == Message(
        received=echoed, annotations=(Annotation.MUC_USER,) * private
    )
    assert ack.id not in {None, "", ack.received[0].id}


@pytest.mark.parametrize(
    "vector", [it for it in VECTORS if "ack" not in it.expect], ids=by_name
)
def test_where_there_is_no_ack_there_is_the_ruling(vector: Vector) -> None:
    """What `acknowledge` returns then is what `may_acknowledge` says."""
    received, situation = decisions.received(vector), decisions.situation(vector)
    ruling = may_acknowledge(received, situation=situation)
    assert acknowledge(received, situation=situation) == ruling
    assert not ruling


@pytest.mark.parametrize(
    "vector",
    [it for it in VECTORS if "kind" not in it.expect and "message" not in it.given],
    ids=by_name,
)
def test_plain_values_are_answered_like_the_stanza(vector: Vector) -> None:
    """A host that kept no stanza asks with what it kept."""
    situation = decisions.situation(vector)
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
    """Every requirement about answering has a vector."""
    named = {name for vector in VECTORS for name in vector.requirements}
    assert REQUIREMENTS - named == set()


# The order of the reasons, pair by pair.

ORDER = [rule.id for rule in rules.of(RuleScope.ACK)]
WITCH = "coven@chat.shakespeare.lit/thirdwitch"
DELAY = "{urn:xmpp:delay}delay"
# What makes each reason apply to a message that is to be answered.
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
# No stanza came in two ways, has two ids, or both a sender and none.
KINDS = ORDER[ORDER.index("carbon-forged") : ORDER.index("archived") + 1]
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
    """Decide about a message from a room's occupant, changed as the causes say."""
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


@pytest.mark.parametrize("reason", ORDER)
def test_a_cause_alone_is_the_reason(reason: str) -> None:
    """So each cause of the pairs below is one."""
    assert decide(CAUSES[reason]).reason == reason


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_of_two_reasons_the_earlier_is_named(first: str, second: str) -> None:
    """Whatever two apply, the table's order decides, whichever cause came last."""
    assert decide(CAUSES[first], CAUSES[second]).reason == first
    assert decide(CAUSES[second], CAUSES[first]).reason == first


@pytest.mark.parametrize(
    ("first", "second"), [it for it in pairwise(ORDER) if it not in EXCLUSIVE]
)
def test_of_two_neighbours_the_later_applied_too(
    first: str, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the row of the earlier, the same situation gives the later."""
    left = (rule for rule in rules.of(RuleScope.ACK) if rule.id != first)
    rulings = answering._rulings(left)  # noqa: SLF001  # made once
    monkeypatch.setattr(answering, "_RULINGS", rulings)
    assert decide(CAUSES[first], CAUSES[second]).reason == second


# What holds for everything.

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
# Few addresses, so that messages do come from oneself and from rooms.
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
# The willing answer whatever may be answered at all.
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
def test_there_is_an_answer_to_everything(
    received: Envelope | Message, situation: Situation
) -> None:
    """A ruling from the table, and never a yes to what is never answered."""
    ruling = may_acknowledge(received, situation=situation)
    if isinstance(received, Message):
        received = Envelope(kind=EnvelopeKind.DIRECT, message=received)
    message = received.message
    assert ruling.rule in rules.of(RuleScope.ACK)
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
    ack = acknowledge(message, situation=situation, store=store)
    if isinstance(ack, Ruling):
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


# What a caller adds to the ack, and what is refused.


@pytest.mark.requirements("R11")
@pytest.mark.parametrize("store", [False, True])
def test_a_store_hint_is_added_on_demand_only(*, store: bool) -> None:
    """An ack has one child unless its sender wants servers to keep it."""
    ack = acked(ASKING, OPEN, id="b", store=store)
    hint = '<store xmlns="urn:xmpp:hints"/>' if store else ""
    assert codec.serialize(ack).decode() == (
        f'<message xmlns="jabber:client" to="{FROM}" id="b" type="chat">'
        f'<received xmlns="urn:xmpp:receipts" id="m1"/>{hint}</message>'
    )


@pytest.mark.requirements("R38")
def test_ids_cannot_be_guessed() -> None:
    """128 bits each (XEP-0359 §3 wants 122), and never the same."""
    made = {fresh_id() for _ in range(1_000)}
    assert len(made) == 1_000
    assert {len(base64.urlsafe_b64decode(f"{id_}==")) for id_ in made} == {16}


@pytest.mark.requirements("R13")
def test_the_maker_of_ids_may_be_replaced_and_is_not_asked_in_vain() -> None:
    """It is used where no id is given, and only then."""
    made = iter(["one", "two"])
    assert acked(ASKING, OPEN, new_id=lambda: next(made)).id == "one"
    assert acked(ASKING, OPEN, new_id=lambda: next(made), id="given").id == "given"
    disabled = dataclasses.replace(OPEN, enabled=False)
    assert not acknowledge(ASKING, situation=disabled, new_id=lambda: next(made))
    assert next(made) == "two"


@pytest.mark.requirements("R7", "R13", "R16")
@pytest.mark.parametrize(
    ("options", "code", "field"),
    [
        ({"id": "m1"}, BuildCode.ECHOED_ID, "id"),
        ({"new_id": lambda: "m1"}, BuildCode.ECHOED_ID, "id"),
        ({"id": ""}, BuildCode.EMPTY_ID, "id"),
        ({"id": "\ud800"}, BuildCode.ILLEGAL_CHARACTER, "id"),
        ({"id": 5}, BuildCode.NOT_TEXT, "id"),
        ({"from_": "@"}, BuildCode.BAD_JID, "from"),
        ({"from_": "a\x01@b"}, BuildCode.BAD_JID, "from"),
        ({"from_": "KingRichard@royalty.england.lit"}, BuildCode.BARE_FROM, "from"),
    ],
)
def test_what_is_wrong_about_ones_own_values_is_said(
    options: dict[str, Any], code: BuildCode, field: str
) -> None:
    """At once, and not when the ack is written."""
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
def test_a_sender_is_written_only_if_it_is_given(
    account: str, from_: str | None
) -> None:
    """A client leaves it to its server; a component, with a bare account, cannot."""
    situation = dataclasses.replace(OPEN, account=jid.parse(account))
    assert acked(ASKING, situation, from_=from_).from_ == from_


def test_a_bad_sender_of_a_component_is_refused() -> None:
    """What is no JID is none for anybody."""
    situation = dataclasses.replace(OPEN, account=jid.parse("sms.england.lit"))
    with pytest.raises(BuildError) as caught:
        acknowledge(ASKING, situation=situation, from_="@sms.england.lit")
    assert caught.value.code == BuildCode.BAD_JID


def test_a_normaliser_of_ones_own_decides_what_is_oneself() -> None:
    """A host with full PRECIS may fold what this library does not."""

    def fold(part: jid.Part, text: str) -> str:
        return jid.normalise(part, text).replace("\uff4b", "k")

    sender = "\uff4bingrichard@royalty.england.lit"
    message = dataclasses.replace(ASKING, from_=sender)
    folded = may_acknowledge(message, situation=OPEN, normaliser=fold)
    assert may_acknowledge(message, situation=OPEN).reason == "requested"
    assert folded.reason == "self"
    with pytest.raises(BuildError) as caught:
        acknowledge(ASKING, situation=OPEN, from_=sender, normaliser=fold)
    assert caught.value.code == BuildCode.BARE_FROM


def test_the_guards_have_no_default() -> None:
    """Consent is never assumed (XEP-0184 §7, §8)."""
    required = {
        field.name
        for field in dataclasses.fields(Situation)
        if field.default is dataclasses.MISSING
    }
    assert required == {"account", "authorized", "enabled"}
    assert AckPolicy() == DEFAULT_ACK_POLICY


def test_what_is_private_is_marked_before_what_is_stored() -> None:
    """The same situation gives the same octets."""
    asking = dataclasses.replace(
        ASKING, from_=WITCH, annotations=(Annotation.MUC_USER,)
    )
    ack = acknowledge(asking, situation=OPEN, id="b", store=True)
    assert isinstance(ack, Message)
    assert ack.annotations == (Annotation.MUC_USER, Annotation.STORE)


@pytest.mark.requirements("R63")
def test_the_documentation_says_that_an_answer_reveals_the_resource() -> None:
    """XEP-0184 §8, where whoever answers will look."""
    assert "which resource\nis online (XEP-0184 §8)" in (deciding.__doc__ or "")


# The recorded stream of alice@localhost/phone, judged by reading it first: 20
# copies of what her desk sent, one note to herself that came directly, nothing
# else that is a message. A careful client answers none of them; one that was told
# to answer her own devices answers the note, and only that.

NOTE = "pros-self"


def judged(situation: Situation) -> list[tuple[EnvelopeKind, str, str | None]]:
    """Decide about every message of the recorded stream."""
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
def test_a_phone_answers_nothing_but_what_it_was_told_to(
    *, own_resources: bool
) -> None:
    """The recorded phone, a library without these rules, answered the note."""
    policy = AckPolicy(own_resources=own_resources)
    *copies, note = judged(dataclasses.replace(PHONE, policy=policy))
    assert {(kind, reason) for kind, reason, _ in copies} == {
        (EnvelopeKind.CARBON_SENT, "carbon-sent")
    }
    assert len(copies) == 20
    reason = "requested" if own_resources else "self"
    assert note == (EnvelopeKind.DIRECT, reason, NOTE)


def test_copies_sent_to_another_account_are_forgeries_there() -> None:
    """The same stream, read as bob, proves nothing and holds nothing to answer."""
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
def test_a_type_may_be_a_plain_str(
    type_: str, reason: str, written: bytes | None
) -> None:
    """A host knows the word on the wire; it must not pass for an unknown type."""
    plain: Any = type_
    message = Message(from_="n@shakespeare.lit/x", id="a", request=True, type=plain)
    account = jid.parse("k@royalty.england.lit/throne")
    situation = Situation(account=account, authorized=True, enabled=True)
    assert may_acknowledge(message, situation=situation).reason == reason
    assert [rule.id for rule in rules.violations(message)] == {
        "error": ["receipt-in-error"],
        "groupchat": ["request-in-groupchat"],
    }.get(type_, [])
    ack = acknowledge(message, situation=situation, id="b")
    assert isinstance(ack, Message) is (written is not None)
    if isinstance(ack, Message):
        assert (written or b"") in codec.serialize(ack)
