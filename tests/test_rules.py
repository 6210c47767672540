"""The table of rules: complete, cited, and every row of it at work."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from xep0184 import (
    RULES,
    Level,
    Rule,
    Support,
    codec,
    findings,
    rules,
    violations,
    xml,
)
from xep0184.conformance import decisions, vectors
from xep0184.conformance.library import Library
from xep0184.deciding import answering, asking, may_acknowledge
from xep0184.errors import RuleError
from xep0184.findings import examining
from xep0184.rules import RuleScope, Ruling

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.conformance import Vector

FULL = "northumberland@shakespeare.lit/westminster"
BARE = "northumberland@shakespeare.lit"
REQUEST = "<request xmlns='urn:xmpp:receipts'/>"
X = "<received xmlns='urn:xmpp:receipts' id='x'/>"

# name: (attributes of a message, its content, support, every rule it breaks).
STANZAS = {
    "a-request": ("id='m'", REQUEST, "yes", []),
    "an-ack": ("id='m'", X, "no", []),
    "no-receipt-at-all": ("type='error'", "", "no", []),
    "request-without-id": ("", REQUEST, "yes", ["request-without-id"]),
    "request-with-empty-id": ("id=''", REQUEST, "yes", ["request-without-id"]),
    "request-in-ack": ("id='m'", X + REQUEST, "yes", ["request-in-ack"]),
    "request-in-error": ("id='m' type='error'", REQUEST, "yes", ["receipt-in-error"]),
    "receipt-in-error": ("id='m' type='error'", X, "yes", ["receipt-in-error"]),
    "request-in-groupchat": (
        "id='m' type='groupchat'",
        REQUEST,
        "unknown",
        ["request-in-groupchat"],
    ),
    "ack-in-groupchat": ("id='m' type='groupchat'", X, "unknown", []),
    "unsupported": (f"id='m' to='{FULL}'", REQUEST, "no", ["request-unsupported"]),
    "unsupported-ack": (f"id='m' to='{FULL}'", X, "no", []),
    "unknown-support": (f"id='m' to='{FULL}'", REQUEST, "unknown", []),
    "no-of-a-bare-jid": (f"id='m' to='{BARE}'", REQUEST, "no", []),
    "no-of-nobody": ("id='m'", REQUEST, "no", []),
    "received-without-id": (
        "id='m'",
        "<received xmlns='urn:xmpp:receipts'/>",
        "yes",
        ["missing-id"],
    ),
    "received-with-empty-id": (
        "id='m'",
        "<received xmlns='urn:xmpp:receipts' id=''/>",
        "yes",
        ["empty-id"],
    ),
    "two-receipts": (
        "id='m'",
        X + "<received xmlns='urn:xmpp:receipts' id='y'/>",
        "yes",
        [],
    ),
    "echoed-id": ("id='x'", X, "yes", ["echoed-id"]),
    "ack-without-stanza-id": ("", X, "yes", []),
    "neither-has-an-id": (
        "",
        "<received xmlns='urn:xmpp:receipts'/>",
        "yes",
        ["missing-id"],
    ),
    "unknown-type": ("type='CHAT'", "", "yes", ["unknown-type"]),
    "type-written-out": ("type='normal'", "", "yes", []),
    "to-no-jid": ("to='@b'", "", "yes", ["bad-jid"]),
    "from-no-jid": ("from='a@'", "", "yes", ["bad-jid"]),
    "everything-at-once": (
        f"id='' to='{FULL}' from='a@' type='groupchat'",
        REQUEST
        + "<received xmlns='urn:xmpp:receipts'/>"
        + "<received xmlns='urn:xmpp:receipts' id=''/>",
        "no",
        [
            "request-without-id",
            "request-in-ack",
            "request-in-groupchat",
            "request-unsupported",
            "missing-id",
            "empty-id",
            "echoed-id",
            "bad-jid",
        ],
    ),
}


def broken(name: str) -> list[str]:
    """Return the rules that a named stanza breaks."""
    attributes, content, support, _ = STANZAS[name]
    stanza = f"<message xmlns='jabber:client' {attributes}>{content}</message>"
    message = codec.parse(stanza)
    return [rule.id for rule in violations(message, support=Support(support))]


@pytest.mark.requirements("R8", "R9", "R10", "R32", "R34", "R37")
@pytest.mark.parametrize("name", STANZAS)
def test_every_broken_rule_is_named_in_the_order_of_the_table(name: str) -> None:
    """All of them, not only the first."""
    assert broken(name) == STANZAS[name][3]


@pytest.mark.parametrize("name", STANZAS)
def test_what_breaks_a_rule_is_refused_on_demand(name: str) -> None:
    """The error holds the rows and says each in its sentence."""
    attributes, content, support, expected = STANZAS[name]
    message = codec.parse(
        f"<message xmlns='jabber:client' {attributes}>{content}</message>"
    )
    if not expected:
        rules.ensure_allowed(message, support=Support(support))
        return
    with pytest.raises(RuleError) as caught:
        rules.ensure_allowed(message, support=Support(support))
    rows = {rule.id: rule for rule in rules.of(RuleScope.STANZA)}
    assert caught.value.violations == tuple(rows[id_] for id_ in expected)
    assert str(caught.value) == "; ".join(str(rows[id_]) for id_ in expected)


# What is no message is no vector of the suite ``parsing``.
ELSEWHERE = {
    "iq-with-request": f"<iq xmlns='jabber:client'>{REQUEST}</iq>",
    "presence-with-receipt": f"<presence xmlns='jabber:client'>{X}</presence>",
}


@pytest.mark.requirements("R20")
@pytest.mark.parametrize("name", ELSEWHERE)
def test_receipts_outside_a_message_are_found(name: str) -> None:
    """Only a message carries them."""
    found = findings.findings(xml.parse(ELSEWHERE[name]))
    assert [finding.code for finding in found] == ["receipt-outside-message"]


def form_outcomes() -> dict[str, object]:
    """Return what is found about the form of all that is parsed."""
    outcomes: dict[str, object] = {
        name: [finding.code for finding in findings.findings(xml.parse(stanza))]
        for name, stanza in ELSEWHERE.items()
    }
    for vector in vectors("parsing"):
        namespaces = vector.given.get("namespaces", ["jabber:client", "jabber:server"])
        answer = Library().read(vector.octets, namespaces=namespaces)
        if not isinstance(answer, str):
            outcomes[vector.name] = answer["findings"]
    return outcomes


def stanza_outcomes() -> dict[str, object]:
    """Return the rules that every stanza above breaks."""
    return {name: broken(name) for name in STANZAS}


def decided(decide: Callable[[Any], dict[str, object]], suite: str) -> dict[str, Any]:
    """Return the reason of every vector of a suite; None where there is none left."""
    outcomes: dict[str, Any] = {}
    for vector in vectors(suite):
        try:
            outcomes[vector.name] = decide(vector)["reason"]
        except LookupError:
            outcomes[vector.name] = None
    return outcomes


def request_outcomes() -> dict[str, object]:
    """Return the reasons of the suite ``requesting``."""
    return decided(decisions.requesting, "requesting")


def ack_outcomes() -> dict[str, object]:
    """Return the reasons of the suite ``acknowledging``."""
    return decided(ack_decision, "acknowledging")


def ack_decision(vector: Vector) -> dict[str, object]:
    """Decide only: without its rule, an ack may be one that cannot be built."""
    situation = decisions.situation(vector)
    ruling = may_acknowledge(decisions.received(vector), situation=situation)
    return {"reason": ruling.reason}


OUTCOMES = {
    RuleScope.FORM: form_outcomes,
    RuleScope.STANZA: stanza_outcomes,
    RuleScope.REQUEST: request_outcomes,
    RuleScope.ACK: ack_outcomes,
}


def by_name(rule: Rule) -> str:
    """Name a test after its row."""
    return f"{rule.scope}-{rule.id}"


@cache
def whole(scope: RuleScope) -> dict[str, object]:
    """Return how every case of a scope comes out by the whole table."""
    return OUTCOMES[scope]()


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_a_row_that_is_taken_out_is_missed(
    rule: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some named case then comes out otherwise."""
    before = whole(rule.scope)
    monkeypatch.setattr(rules, "RULES", tuple(it for it in RULES if it is not rule))
    judged = rules._judged(rules.of(RuleScope.STANZA))  # noqa: SLF001  # joined once
    monkeypatch.setattr(rules, "_JUDGED", judged)
    request = {it.id: it for it in rules.of(RuleScope.REQUEST)}
    monkeypatch.setattr(asking, "_RULES", request)
    answers = answering._RULINGS.items()  # noqa: SLF001  # made once
    rulings = {name: it for name, it in answers if it.rule is not rule}
    monkeypatch.setattr(answering, "_RULINGS", rulings)
    form = {it.id: it for it in rules.of(RuleScope.FORM)}
    monkeypatch.setattr(examining, "_FORM_RULES", form)
    after = OUTCOMES[rule.scope]()
    assert [name for name in before if before[name] != after[name]]


def test_the_whole_table_changes_nothing() -> None:
    """What is compared above is the same as long as no row is taken out."""
    assert {scope: OUTCOMES[scope]() for scope in RuleScope} == {
        scope: whole(scope) for scope in RuleScope
    }


@pytest.mark.parametrize("scope", [RuleScope.REQUEST, RuleScope.ACK])
def test_every_reason_is_reached(scope: RuleScope) -> None:
    """Each row of a decision is the reason of a vector, and nothing else is."""
    reached = set(whole(scope).values())
    assert reached == {rule.id for rule in rules.of(scope)}


def test_ids_are_unique_in_their_scope() -> None:
    """A row is found by scope and id."""
    names = Counter((rule.scope, rule.id) for rule in RULES)
    assert [name for name, times in names.items() if times > 1] == []


def test_a_scope_is_a_part_of_the_table_in_its_order() -> None:
    """Nothing is lost, added or reordered."""
    parts = [rule for scope in RuleScope for rule in rules.of(scope)]
    assert parts == list(RULES)


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_a_row_is_one_sentence_with_its_source(rule: Rule) -> None:
    """A kebab-case id, a cited section, one line that ends with a full stop."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.id)
    assert re.fullmatch(r"(XEP-\d{4}|RFC \d{4}) §\d+(\.\d+)*", rule.section)
    assert re.fullmatch(r"[A-Z][^\n]+[^\s]\.", rule.text)
    assert str(rule) == f"{rule.id}: {rule.text} ({rule.section})"


@pytest.mark.requirements("R65")
def test_no_reason_says_more_than_delivery() -> None:
    """Delivered is not displayed or understood (XEP-0184 §4)."""
    words = {word for rule in RULES for word in rule.id.split("-")}
    assert words.isdisjoint({"read", "displayed", "seen", "acknowledged"})


def test_a_ruling_is_its_answer() -> None:
    """It is true or false by its answer, and names its rule."""
    rule = Rule(
        scope=RuleScope.ACK, id="a", level=Level.MUST, section="XEP-0184 §7", text="A."
    )
    assert (bool(Ruling(True, rule)), bool(Ruling(False, rule))) == (True, False)  # noqa: FBT003
    assert Ruling(False, rule).reason == "a"  # noqa: FBT003
