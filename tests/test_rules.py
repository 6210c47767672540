"""The table of rules: its order, its sources, and that every row is judged."""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
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
from xep0184.conformance.library import library
from xep0184.deciding import answering, asking, may_acknowledge
from xep0184.errors import RuleError, XMLError
from xep0184.findings import examining
from xep0184.rules import DECISIONS, EXAMPLES, RuleScope, Ruling, judging, table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


FULL = "northumberland@shakespeare.lit/westminster"
BARE = "northumberland@shakespeare.lit"
REQUEST = "<request xmlns='urn:xmpp:receipts'/>"
X = "<received xmlns='urn:xmpp:receipts' id='x'/>"
GONE = "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
ERROR = f"<error type='cancel'>{GONE}</error>"

# The rows of every scope, in the order in which they are judged.
ORDER = {
    RuleScope.FORM: [
        "no-namespace",
        "content-prefix",
        "receipt-outside-message",
        "look-alike",
        "old-archive",
        "unknown-element",
        "unexpected-attribute",
        "unexpected-content",
        "multiple-request",
        "multiple-received",
    ],
    RuleScope.STANZA: [
        "request-without-id",
        "request-with-empty-id",
        "request-in-ack",
        "extra-in-ack",
        "receipt-in-error",
        "request-in-groupchat",
        "request-unsupported",
        "missing-id",
        "empty-id",
        "echoed-id",
        "unknown-type",
        "bad-jid",
    ],
    RuleScope.REQUEST: [
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
    ],
    RuleScope.ACK: [
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
    ],
}

# name: (attributes of a message, its content, support, every rule it breaks).
STANZAS = {
    "a-request": ("id='m'", REQUEST, "yes", []),
    "an-ack": ("id='m'", X, "no", []),
    "no-receipt-at-all": ("type='error'", "", "no", []),
    "request-without-id": ("", REQUEST, "yes", ["request-without-id"]),
    "request-with-empty-id": ("id=''", REQUEST, "yes", ["request-with-empty-id"]),
    "request-in-ack": (
        "id='m'",
        X + REQUEST,
        "yes",
        ["request-in-ack", "extra-in-ack"],
    ),
    "ack-with-body": ("id='m'", X + "<body>hi</body>", "yes", ["extra-in-ack"]),
    "ack-with-empty-body": ("id='m'", X + "<body/>", "yes", ["extra-in-ack"]),
    "ack-with-thread": ("id='m'", "<thread>t</thread>" + X, "yes", ["extra-in-ack"]),
    "ack-with-marker": (
        "id='m'",
        X + "<displayed xmlns='urn:xmpp:chat-markers:0' id='x'/>",
        "yes",
        ["extra-in-ack"],
    ),
    "ack-with-chat-state": (
        "id='m'",
        "<active xmlns='http://jabber.org/protocol/chatstates'/>" + X,
        "yes",
        ["extra-in-ack"],
    ),
    "ack-with-what-servers-add": (
        "id='m'",
        X + "<delay xmlns='urn:xmpp:delay' stamp='2002-09-10T23:08:25Z'/>"
        "<stanza-id xmlns='urn:xmpp:sid:0' id='s' by='a@b'/>"
        "<x xmlns='http://jabber.org/protocol/muc#user'/>",
        "yes",
        [],
    ),
    "ack-with-hints": (
        "id='m'",
        X + "<store xmlns='urn:xmpp:hints'/><origin-id xmlns='urn:xmpp:sid:0' id='o'/>"
        "<private xmlns='urn:xmpp:carbons:2'/>",
        "yes",
        [],
    ),
    "request-in-error": ("id='m' type='error'", REQUEST, "yes", ["receipt-in-error"]),
    "receipt-in-error": ("id='m' type='error'", X, "yes", ["receipt-in-error"]),
    "error-that-copies-a-request": (
        f"id='m' type='error' to='{FULL}'",
        REQUEST + ERROR,
        "no",
        [],
    ),
    "error-that-copies-a-request-without-id": (
        "type='error'",
        ERROR + REQUEST,
        "yes",
        [],
    ),
    "error-that-copies-acks": (
        "id='x' type='error'",
        X + "<received xmlns='urn:xmpp:receipts'/><body>hi</body>" + REQUEST + ERROR,
        "yes",
        [],
    ),
    "error-of-no-jid": ("type='error' from='a@'", X + ERROR, "yes", ["bad-jid"]),
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
            "request-with-empty-id",
            "request-in-ack",
            "extra-in-ack",
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


@pytest.mark.requirements("R8", "R9", "R10", "R11", "R32", "R34", "R37", "R159")
@pytest.mark.parametrize("name", STANZAS)
def test_every_broken_rule_is_named_in_the_order_of_the_table(name: str) -> None:
    """All of them are named, not only the first."""
    found = broken(name)
    advice = f"{name} breaks {found}: if that is right, correct its list in STANZAS"
    assert found == STANZAS[name][3], advice


@pytest.mark.requirements("R13")
@pytest.mark.parametrize("name", STANZAS)
def test_what_breaks_a_rule_is_refused_on_demand(name: str) -> None:
    """The error holds the rows and their sentences; a note is not refused."""
    attributes, content, support, named = STANZAS[name]
    expected = [id_ for id_ in named if id_ != "echoed-id"]
    message = codec.parse(
        f"<message xmlns='jabber:client' {attributes}>{content}</message>"
    )
    if not expected:
        rules.ensure_allowed(message, support=Support(support))
        return
    with pytest.raises(RuleError) as caught:
        rules.ensure_allowed(message, support=Support(support))
    rows = {rule.id: rule for rule in rules.in_scope(RuleScope.STANZA)}
    assert caught.value.violations == tuple(rows[id_] for id_ in expected)
    assert str(caught.value) == "; ".join(str(rows[id_]) for id_ in expected)


# The suite ``parsing`` has messages only.
ELSEWHERE = {
    "iq-with-request": f"<iq xmlns='jabber:client'>{REQUEST}</iq>",
    "presence-with-receipt": f"<presence xmlns='jabber:client'>{X}</presence>",
}


@pytest.mark.requirements("R20")
@pytest.mark.parametrize("name", ELSEWHERE)
def test_receipts_outside_a_message_are_found(name: str) -> None:
    """Only messages ask for receipts or carry them."""
    found = findings.findings(xml.parse(ELSEWHERE[name]))
    assert [finding.code for finding in found] == ["receipt-outside-message"]


def form_outcomes() -> dict[str, object]:
    """Return what is found about the form of all that is parsed."""
    outcomes: dict[str, object] = {
        name: [finding.code for finding in findings.findings(xml.parse(stanza))]
        for name, stanza in ELSEWHERE.items()
    }
    old = "<message xmlns='jabber:client'><result xmlns='urn:xmpp:mam:0'/></message>"
    outcomes["old-archive"] = [it.code for it in findings.findings(old)]
    for vector in vectors("parsing"):
        answer = library("read", {**vector.question, "limits": {}})
        if answer and "findings" in answer:
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
            outcomes[vector.name] = decide(vector.question)["reason"]
        except LookupError:
            outcomes[vector.name] = None
    return outcomes


def request_outcomes() -> dict[str, object]:
    """Return the reasons of the suite ``requesting``."""
    return decided(decisions.requesting, "requesting")


def ack_outcomes() -> dict[str, object]:
    """Return the reasons of the suite ``acknowledging``."""
    return decided(ack_decision, "acknowledging")


def ack_decision(given: Mapping[str, Any]) -> dict[str, object]:
    """Decide only: without its rule, an ack may be one that cannot be built."""
    situation = decisions.situation(given)
    ruling = may_acknowledge(decisions.received(given), situation=situation)
    return {"reason": ruling.reason}


OUTCOMES = {
    RuleScope.FORM: form_outcomes,
    RuleScope.STANZA: stanza_outcomes,
    RuleScope.REQUEST: request_outcomes,
    RuleScope.ACK: ack_outcomes,
}


CASES = {
    RuleScope.FORM: "a vector to parsing.json, or a stanza to ELSEWHERE",
    RuleScope.STANZA: "a stanza to STANZAS",
    RuleScope.REQUEST: "a vector to requesting.json",
    RuleScope.ACK: "a vector to acknowledging.json",
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
    """Without a row at least one case has another outcome."""
    before = whole(rule.scope)
    monkeypatch.setattr(table, "RULES", tuple(it for it in RULES if it is not rule))
    judged = judging._judged(rules.in_scope(RuleScope.STANZA))  # noqa: SLF001  # joined once
    monkeypatch.setattr(judging, "_JUDGED", judged)
    request = {it.id: it for it in rules.in_scope(RuleScope.REQUEST)}
    monkeypatch.setattr(asking, "_RULES", request)
    answers = answering.ACK_RULINGS.items()  # made once
    rulings = {name: it for name, it in answers if it.rule is not rule}
    monkeypatch.setattr(answering, "ACK_RULINGS", rulings)
    form = {it.id: it for it in rules.in_scope(RuleScope.FORM)}
    monkeypatch.setattr(examining, "_FORM_RULES", form)
    after = OUTCOMES[rule.scope]()
    changed = [name for name in before if before[name] != after[name]]
    assert changed, f"add {CASES[rule.scope]} whose outcome is {rule.id!r}"


def test_a_row_that_nothing_judges_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any message is judged: the package cannot be imported."""
    monkeypatch.delitem(judging._BROKEN_BY, "missing-id")  # noqa: SLF001  # a dict
    with pytest.raises(LookupError, match=r"add to _BROKEN_BY .*: \['missing-id'\]"):
        judging._judged(rules.in_scope(RuleScope.STANZA))  # noqa: SLF001  # joined once


def test_a_row_that_a_check_reports_has_an_example() -> None:
    """Except one, which depends on what the recipient supports."""
    checked = {it.id for it in RULES if it.scope in {RuleScope.FORM, RuleScope.STANZA}}
    missing = checked - EXAMPLES.keys() - {"request-unsupported"}
    assert not missing, f"add to EXAMPLES in xep0184/rules/examples.py: {missing}"


def told(stanza: str) -> set[str]:
    """Return the codes of what is wrong with a stanza."""
    try:
        return {str(it.code) for it in findings.findings(stanza)}
    except XMLError as error:
        return {str(error.code)}


# For the others it takes a recording, or the schema.
@pytest.mark.parametrize(
    "rule", sorted(EXAMPLES.keys() - {"recovered", "schema", "unsupported-encoding"})
)
def test_an_example_breaks_a_rule_and_a_similar_one_keeps_all(rule: str) -> None:
    """An ack message with a request has one thing more than it should, too."""
    also = {"extra-in-ack"} if rule == "request-in-ack" else set()
    assert told(EXAMPLES[rule].breaks) == {rule} | also
    assert told(EXAMPLES[rule].keeps) == set()


@pytest.mark.parametrize("rule", EXAMPLES)
def test_an_example_shows_the_mistake_alone(rule: str) -> None:
    """No text stands between its elements, or around them."""
    for text in (EXAMPLES[rule].breaks, EXAMPLES[rule].keeps):
        # Before a start tag, or after an end tag
        assert (
            re.findall(r">[^<>]+<(?!/)|</[^<>]*>[^<>]+<|/>[^<>]+<", f">{text}<") == []
        )


def test_the_whole_table_changes_nothing() -> None:
    """The outcomes compared above do not change by themselves."""
    assert {scope: OUTCOMES[scope]() for scope in RuleScope} == {
        scope: whole(scope) for scope in RuleScope
    }


@pytest.mark.parametrize("scope", [RuleScope.REQUEST, RuleScope.ACK])
def test_every_reason_is_reached(scope: RuleScope) -> None:
    """Each row of a decision is the reason of a vector, and nothing else is."""
    assert set(whole(scope).values()) == set(ORDER[scope])


def test_ids_are_unique_in_their_scope() -> None:
    """A row is found by scope and id."""
    names = Counter((rule.scope, rule.id) for rule in RULES)
    assert [name for name, times in names.items() if times > 1] == []


def test_the_rows_are_judged_in_this_order() -> None:
    """Within a scope the first row that applies is the reason."""
    missing = [rule.id for rule in RULES if rule.id not in ORDER[rule.scope]]
    assert not missing, f"add to ORDER, in the place of the row: {missing}"
    assert {
        scope: [rule.id for rule in rules.in_scope(scope)] for scope in ORDER
    } == ORDER
    assert len(RULES) == sum(map(len, ORDER.values()))


SECTION = r"(XEP-\d{4}|RFC \d{4}) §\d+(\.\d+)*(, §\d+(\.\d+)*)*|decision D\d+"


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_a_row_is_one_sentence_with_its_source(rule: Rule) -> None:
    """A kebab-case id, a section or a decision, and one line that starts with "The"."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.id)
    assert re.fullmatch(SECTION, rule.section)
    assert re.fullmatch(r"(The|Receipts) [^\n]+[^\s]\.", rule.text)
    assert str(rule) == f"{rule.id}: {rule.text} ({rule.section})"


# The levels against the sources: every keyword has a fact, in our words, with the
# section where it stands and whom it binds.

SOURCES: dict[str, Any] = json.loads(
    Path(__file__).with_name("sources.json").read_text("utf-8")
)
NO_CLAIM = (Level.DECISION, Level.NOTE)


def sections(rule: Rule) -> list[str]:
    """Return every section a row cites, with the name of its document."""
    document, _, numbers = rule.section.partition(" §")
    return [f"{document} §{number}" for number in numbers.split(", §")]


def facts(rule: Rule) -> list[dict[str, Any]]:
    """Return the facts that are said to support a row."""
    named = f"{rule.scope} {rule.id}"
    return [fact for fact in SOURCES["facts"] if named in fact["rows"]]


@pytest.mark.parametrize(
    "rule", [it for it in RULES if it.level not in NO_CLAIM], ids=by_name
)
def test_a_row_that_claims_a_keyword_has_a_fact_in_each_section_it_cites(
    rule: Rule,
) -> None:
    """The facts have the keyword of the row and bind whom it says."""
    supporting = facts(rule)
    hint = f"add to tests/sources.json what {rule.section} says, for this row"
    assert supporting, f"{hint}: '{rule.scope} {rule.id}'"
    assert [fact["section"] for fact in supporting] == sections(rule)
    assert {fact["keyword"] for fact in supporting} == {rule.level}
    assert dict.fromkeys(fact["binds"] for fact in supporting) == dict.fromkeys(
        rule.binds.split(" and ")
    )


@pytest.mark.parametrize(
    "rule", [it for it in RULES if it.level in NO_CLAIM], ids=by_name
)
def test_a_decision_or_note_claims_no_source(rule: Rule) -> None:
    """A decision is named and explained; neither binds anybody."""
    assert (facts(rule), rule.binds) == ([], "")
    is_decision = rule.level is Level.DECISION
    assert (rule.section.removeprefix("decision ") in DECISIONS) is is_decision


def test_every_fact_supports_a_row_and_comes_from_a_known_version() -> None:
    """No fact is left of a row that was deleted or renamed."""
    rows = {f"{rule.scope} {rule.id}" for rule in RULES}
    for fact in SOURCES["facts"]:
        assert rows.issuperset(fact["rows"])
        assert fact["section"].partition(" §")[0] in SOURCES["versions"]


def test_every_decision_is_used() -> None:
    """D34, the limits, is the decision of a finding of the parser."""
    used = {rule.section.removeprefix("decision ") for rule in RULES} | {"D34"}
    assert [name for name in DECISIONS if name not in used] == []


def test_a_source_demands_what_is_no_permission_decision_or_note() -> None:
    """A check fails for these levels only."""
    assert [level for level in Level if level.is_demand] == [
        "MUST",
        "MUST NOT",
        "SHOULD",
        "SHOULD NOT",
        "NOT RECOMMENDED",
        "stated",
    ]


@pytest.mark.requirements("R65")
def test_no_reason_says_more_than_delivery() -> None:
    """A delivered message is not a displayed or understood one (XEP-0184 §4)."""
    words = {word for rule in RULES for word in rule.id.split("-")}
    assert words.isdisjoint({"read", "displayed", "seen", "acknowledged"})


def test_a_ruling_is_its_answer() -> None:
    """It is true or false by its answer, and names its rule."""
    rule = RULES[0]
    assert (bool(Ruling(True, rule)), bool(Ruling(False, rule))) == (True, False)  # noqa: FBT003
    assert Ruling(False, rule).reason == "no-namespace"  # noqa: FBT003
