"""When to ask: the suite ``requesting``, its order, and what holds for everything."""

from __future__ import annotations

from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xep0184 import Message, MessageType, Received, Support, jid, rules
from xep0184.conformance import decisions, vectors
from xep0184.deciding import asking
from xep0184.deciding.asking import RequestPolicy, may_request
from xep0184.rules import RuleScope, Ruling
from xep0184.strategies import jids, messages

if TYPE_CHECKING:
    from xep0184.conformance import Vector

VECTORS = vectors("requesting")
# The rows of the published table that are decisions, with the cases in each.
ROWS = {"Q1": 3, "Q2": 3, "Q3": 6}
REQUIREMENTS = {f"R{number}" for number in (*range(28, 35), 37, 39)}

ACCOUNT = jid.parse("kingrichard@royalty.england.lit/throne")
ORDER = [rule.id for rule in rules.of(RuleScope.REQUEST)]
# What makes each reason apply to a message that may well ask.
CAUSES: dict[str, dict[str, Any]] = {
    "is-ack": {"received": (Received("x"),)},
    "error-type": {"type": MessageType.ERROR},
    "no-recipient": {"to": None},
    "bad-recipient": {"to": "@"},
    "self": {"account": jid.parse("n@shakespeare.lit/x"), "to": "n@shakespeare.lit"},
    "groupchat": {"type": MessageType.GROUPCHAT},
    "no-content": {"content_only": True, "body": None},
    "policy": {"bare": False, "to": "n@shakespeare.lit"},
    "unsupported": {"support": Support.NO, "to": "n@shakespeare.lit/x"},
    "query-first": {"support": Support.UNKNOWN, "to": "n@shakespeare.lit/x"},
    "allowed": {},
}
PAIRS = [
    pair
    for pair in combinations(ORDER, 2)
    if all(
        CAUSES[pair[0]][key] == CAUSES[pair[1]][key]
        for key in CAUSES[pair[0]].keys() & CAUSES[pair[1]].keys()
    )
]


def by_name(vector: Vector) -> str:
    """Name a test after its vector."""
    return vector.name


@pytest.mark.requirements("R29", "R34")
@pytest.mark.parametrize(
    ("type_", "reason"),
    [("error", "error-type"), ("groupchat", "groupchat"), ("chat", "allowed")],
)
def test_a_type_may_be_a_plain_str(type_: str, reason: str) -> None:
    """A host knows the word on the wire; it must not pass for an unknown type."""
    plain: Any = type_
    assert may_request(Message(to="n@shakespeare.lit", type=plain)).reason == reason


def decide(cause: dict[str, Any]) -> Ruling:
    """Ask about a message to a bare JID, changed as the cause says."""
    values = {"to": "n@shakespeare.lit", "body": "hi", "type": MessageType.CHAT} | cause
    policy = RequestPolicy(
        bare=values.pop("bare", True), content_only=values.pop("content_only", False)
    )
    account = values.pop("account", ACCOUNT)
    support = values.pop("support", Support.YES)
    return may_request(
        Message(**values), account=account, support=support, policy=policy
    )


@pytest.mark.parametrize("vector", VECTORS, ids=by_name)
def test_asking_is_decided_as_the_vector_says(vector: Vector) -> None:
    """The answer and its reason."""
    assert decisions.requesting(vector) == vector.expect


def test_every_case_of_every_row_is_there() -> None:
    """The published rows are complete, case by case."""
    rows = [vector.row for vector in VECTORS if vector.row]
    assert {row: rows.count(row) for row in dict.fromkeys(rows)} == ROWS


def test_every_requirement_is_proven() -> None:
    """Every requirement about asking that is a decision has a vector."""
    named = {name for vector in VECTORS for name in vector.requirements}
    assert REQUIREMENTS - named == set()


@pytest.mark.parametrize("reason", ORDER)
def test_a_cause_alone_is_the_reason(reason: str) -> None:
    """So each cause of the pairs below is one."""
    assert decide(CAUSES[reason]).reason == reason


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_of_two_reasons_the_earlier_is_named(first: str, second: str) -> None:
    """Whatever two apply, the table's order decides."""
    assert decide(CAUSES[first] | CAUSES[second]).reason == first


def test_neighbours_that_never_meet_exclude_each_other() -> None:
    """Every neighbour in the table meets the next, but for these."""
    neighbours = set(pairwise(ORDER))
    assert neighbours - set(PAIRS) == {
        ("no-recipient", "bad-recipient"),
        ("bad-recipient", "self"),
        ("policy", "unsupported"),
        ("unsupported", "query-first"),
    }


policies = st.builds(
    RequestPolicy,
    bare=st.booleans(),
    unknown=st.booleans(),
    groupchat=st.booleans(),
    content_only=st.booleans(),
)


@pytest.mark.requirements("R28", "R29", "R35")
@given(
    message=messages(),
    account=st.none() | jids().map(jid.parse),
    support=st.sampled_from(Support),
    policy=policies,
)
def test_there_is_an_answer_to_everything(
    message: Message,
    account: jid.JID | None,
    support: Support,
    policy: RequestPolicy,
) -> None:
    """Acks and errors never ask; what was answered before changes no answer."""
    ruling = may_request(message, account=account, support=support, policy=policy)
    again = may_request(message, account=account, support=support, policy=policy)
    never = message.is_ack or message.type is MessageType.ERROR or message.to is None
    assert ruling.rule in rules.of(RuleScope.REQUEST)
    assert not (ruling and never)
    assert again == ruling


@pytest.mark.requirements("R32", "R37")
@given(message=messages(), policy=policies)
def test_only_a_known_no_is_a_no(message: Message, policy: RequestPolicy) -> None:
    """Unknown is not no: where the policy asks at once, only NO ever refuses."""
    eager = RequestPolicy(groupchat=policy.groupchat, content_only=policy.content_only)
    answers = {
        support: bool(may_request(message, support=support, policy=eager))
        for support in Support
    }
    assert answers[Support.UNKNOWN] == answers[Support.YES]
    assert answers[Support.NO] <= answers[Support.YES]


def test_a_normaliser_of_ones_own_decides_what_is_oneself() -> None:
    """A host with full PRECIS may fold what this library does not."""

    def fold(part: jid.Part, text: str) -> str:
        return jid.normalise(part, text).replace("\uff41", "a")

    message = Message(to="\uff41@shakespeare.lit")
    account = jid.parse("a@shakespeare.lit")
    assert may_request(message, account=account).reason == "allowed"
    assert may_request(message, account=account, normaliser=fold).reason == "self"


def test_the_default_policy_asks_wherever_the_xep_lets_it() -> None:
    """The constant is the policy that nobody changed."""
    assert RequestPolicy() == asking.DEFAULT_REQUEST_POLICY
