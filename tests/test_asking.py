"""Requesting: the suite ``requesting``, the order of the rules, and laws."""

from __future__ import annotations

from itertools import combinations, product
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
# Ack and error messages first, then the addresses, rooms, the user's settings and what
# is known of the recipient's support (XEP-0184 §5).
ORDER = [
    "is-ack",
    "error-type",
    "no-recipient",
    "bad-recipient",
    "self",
    "groupchat",
    "no-content",
    "policy",
    "unsupported",
    "query-first",
    "allowed",
]
# What makes each rule apply to a message that would ask.
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
def test_a_plain_str_is_not_taken_for_an_unknown_type(type_: str, reason: str) -> None:
    """The type is a `MessageType`; a host without type checker may forget that."""
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
def test_requesting_is_decided_as_the_vector_says(vector: Vector) -> None:
    """The answer and the rule."""
    assert decisions.requesting(vector.question) == vector.expect


def test_every_case_of_every_row_is_there() -> None:
    """The published rows are complete, case by case."""
    rows = [vector.row for vector in VECTORS if vector.row]
    assert {row: rows.count(row) for row in dict.fromkeys(rows)} == ROWS


def test_every_requirement_is_proven() -> None:
    """Every requirement about the decision to ask has a vector."""
    named = {name for vector in VECTORS for name in vector.requirements}
    assert REQUIREMENTS - named == set()


def test_the_table_has_this_order() -> None:
    """The rules are the same, in the same order."""
    assert [rule.id for rule in rules.in_scope(RuleScope.REQUEST)] == ORDER


@pytest.mark.parametrize("reason", ORDER)
def test_a_cause_alone_is_the_reason(reason: str) -> None:
    """So that each of the pairs below has two causes."""
    assert decide(CAUSES[reason]).reason == reason


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_of_two_reasons_the_earlier_is_named(first: str, second: str) -> None:
    """The order above decides."""
    assert decide(CAUSES[first] | CAUSES[second]).reason == first


def test_only_these_pairs_exclude_each_other() -> None:
    """A message has one type and one recipient; support is known or not."""
    assert set(combinations(ORDER, 2)) - set(PAIRS) == {
        ("error-type", "groupchat"),
        ("no-recipient", "bad-recipient"),
        *product(
            ("no-recipient", "bad-recipient"),
            ("self", "policy", "unsupported", "query-first"),
        ),
        *product(("self", "policy"), ("unsupported", "query-first")),
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
def test_every_message_has_a_ruling(
    message: Message,
    account: jid.JID | None,
    support: Support,
    policy: RequestPolicy,
) -> None:
    """Ack and error messages never ask; asking twice gives the same answer."""
    ruling = may_request(message, account=account, support=support, policy=policy)
    again = may_request(message, account=account, support=support, policy=policy)
    never = message.is_ack or message.type is MessageType.ERROR or message.to is None
    assert ruling.rule in rules.in_scope(RuleScope.REQUEST)
    assert not (ruling and never)
    assert again == ruling


@pytest.mark.requirements("R32", "R37")
@given(message=messages(), policy=policies)
def test_only_a_known_no_is_a_no(message: Message, policy: RequestPolicy) -> None:
    """With a policy that asks before support is known, only NO refuses."""
    eager = RequestPolicy(groupchat=policy.groupchat, content_only=policy.content_only)
    answers = {
        support: bool(may_request(message, support=support, policy=eager))
        for support in Support
    }
    assert answers[Support.UNKNOWN] == answers[Support.YES]
    assert answers[Support.NO] <= answers[Support.YES]


def test_another_normaliser_decides_which_addresses_are_the_account() -> None:
    """A host with full PRECIS can make addresses equal that are different here."""

    def fold(part: jid.Part, text: str) -> str:
        return jid.normalise(part, text).replace("\uff41", "a")

    message = Message(to="\uff41@shakespeare.lit")
    account = jid.parse("a@shakespeare.lit")
    folded = jid.parse("a@shakespeare.lit", normaliser=fold)
    assert may_request(message, account=account).reason == "allowed"
    assert may_request(message, account=folded).reason == "self"


def test_without_an_account_addresses_are_checked_by_the_default_normaliser() -> None:
    """It refuses what is no JID."""
    assert may_request(Message(to="a b@shakespeare.lit")).reason == "bad-recipient"


def test_the_default_policy_asks_wherever_the_xep_lets_it() -> None:
    """The constant is the policy without arguments."""
    assert RequestPolicy() == asking.DEFAULT_REQUEST_POLICY
