"""Discovery: whom it queries, for whom answers count, its memory, and attacks."""

from __future__ import annotations

import gc
import inspect
import json
import tracemalloc
from base64 import b64encode
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from secrets import token_bytes
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from lxml import etree

from xep0184 import caps, disco, jid, ns, stream
from xep0184.caps import Advertisement, Caps, CapsVerdict, Hash, HashSet
from xep0184.disco import Answer, DataForm, Field, Identity, Info
from xep0184.discovery import (
    AnswerOutcome,
    AnswerResult,
    Discovery,
    DiscoveryPolicy,
)
from xep0184.errors import BuildCode, BuildError, XMLError
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lxml.etree import _Element as LxmlElement

    from xep0184.disco import Query

EXAMPLES = Path(__file__).parent.parent / "examples"

ME = jid.parse("john@england.lit/court")
K = jid.parse("kingrichard@royalty.england.lit/throne")
N = jid.parse("northumberland@shakespeare.lit/westminster")
EVE = jid.parse("eve@example.org/lair")
CLIENT = Identity(category="client", type="pc", name="X")
YES = Info(identities=(CLIENT,), features=(ns.CAPS, ns.DISCO_INFO, ns.RECEIPTS))
NO = Info(identities=(CLIENT,), features=(ns.CAPS, ns.DISCO_INFO))
TYPE = Field(var="FORM_TYPE", type="hidden", values=(ns.RECEIPTS,))
K4A = Info(identities=(CLIENT,), features=(ns.CAPS, f"{ns.DISCO_INFO}<{ns.RECEIPTS}"))
K4B = Info(
    identities=(CLIENT,), features=NO.features, forms=(DataForm(fields=(TYPE,)),)
)
K4_VER = "UmotUNho5G7KNZ2LtAEn9jt+Onk="


def c(info: Info, **changed: str | None) -> Advertisement:
    """Advertise an answer by XEP-0115."""
    made = {"node": "n", "ver": caps.ver(info), "hash": "sha-1", **changed}
    return Advertisement(caps=Caps(**made))


def c2(info: Info, *algorithms: str) -> Advertisement:
    """Advertise an answer by XEP-0390."""
    return Advertisement(hashes=caps.hash_set(info, algorithms or ("sha-256",)))


def make(account: jid.JID = ME, /, **options: Any) -> Discovery:  # noqa: ANN401  # whatever the class takes
    """Make a `Discovery` with numbers as ids, which may query every entity."""
    numbers = count(1)
    options.setdefault("may_query", lambda _: True)
    return Discovery(account, new_id=lambda: str(next(numbers)), **options)


def result(
    query: Query,
    info: Info,
    *,
    from_: str | None = None,
    node: str | None = "asked",
    type_: str = "result",
) -> LxmlElement:
    """Answer a query, correctly or not."""
    spoken_of = query.node if node == "asked" else node
    content = disco.serialize(info, node=spoken_of).decode()
    return etree.fromstring(
        f"<iq xmlns='jabber:client' type='{type_}' id='{query.id}'"
        f" from='{from_ or query.to}'>{content}</iq>"
    )


def asked(query: Query | None) -> Query:
    """Return the query; fail if there is none."""
    assert query is not None
    return query


def know(discovery: Discovery, who: jid.JID, info: Info) -> AnswerResult:
    """Let an entity come online and answer the query."""
    return discovery.answer(result(asked(discovery.available(who, c(info))), info))


# One entity


@pytest.mark.parametrize(
    ("info", "support"), [(YES, Support.YES), (NO, Support.NO), (Info(), Support.NO)]
)
@pytest.mark.parametrize("advertise", [c, c2])
def test_support_follows_from_a_verified_answer(
    info: Info, support: Support, advertise: Callable[[Info], Advertisement]
) -> None:
    """Support is unknown before the answer, and known afterwards."""
    discovery = make()
    query = asked(discovery.available(K, advertise(info)))
    assert query.to == str(K)
    assert discovery.support(K) is Support.UNKNOWN
    outcome = discovery.answer(result(query, info))
    assert outcome == AnswerResult(outcome=AnswerOutcome.SHARED, verdict=CapsVerdict.OK)
    assert discovery.support(K) is support


def test_the_node_of_the_query() -> None:
    """The query is about the advertised hash (XEP-0115 §6.2, XEP-0390 §6.2)."""
    discovery = make()
    ver, digest = caps.ver(YES), caps.digest(YES)
    assert asked(discovery.available(K, c(YES))).node == f"n#{ver}"
    assert (
        asked(discovery.available(N, c2(YES))).node == f"urn:xmpp:caps#sha-256.{digest}"
    )


def test_ids_are_fresh_and_unguessable() -> None:
    """Only who has seen the query can answer it (XEP-0359 §3)."""
    discovery = Discovery(ME, may_query=lambda _: False)
    ids = {
        asked(discovery.ask(jid.parse(f"a@b/{number}"))).id or "" for number in range(9)
    }
    assert len(ids) == 9
    assert set(map(len, ids)) == {22}  # 128 bits in base64, six a character


def test_a_presence_without_caps_changes_nothing() -> None:
    """This holds for unknown and for known entities (XEP-0115 §8.4)."""
    discovery = make()
    assert discovery.available(K, Advertisement()) is None
    assert discovery.available(K) is None
    know(discovery, K, YES)
    assert discovery.available(K, Advertisement()) is None
    assert discovery.support(K) is Support.YES


def test_unavailable_presence_drops_all() -> None:
    """Another client may come online with the same JID (V10)."""
    discovery = make(policy=DiscoveryPolicy(share_0115=False))
    know(discovery, K, YES)
    assert discovery.support(K) is Support.YES
    assert discovery.forget(K) is None
    assert discovery.support(K) is Support.UNKNOWN
    assert discovery.forget(K) is None


def test_an_answer_is_not_another_resources() -> None:
    """The answer of one client does not count for another one (V10)."""
    discovery = make()
    discovery.answer(result(asked(discovery.ask(K)), YES))
    other = jid.parse("kingrichard@royalty.england.lit/firstwitch")
    assert discovery.support(K) is Support.YES
    assert discovery.support(other) is Support.UNKNOWN
    assert discovery.support(K.bare) is Support.UNKNOWN


def test_an_account_is_never_asked() -> None:
    """An account answers for itself, not for its clients (XEP-0184 §5.1)."""
    discovery = make()
    assert discovery.ask(K.bare) is None
    assert discovery.available(K.bare, c(YES)) is None
    know(discovery, K, YES)
    discovery.learned(K.bare, YES)
    assert discovery.support(K.bare) is Support.UNKNOWN


def test_a_component_speaks_for_itself() -> None:
    """A JID without a local part is not an account."""
    discovery = make()
    bot = jid.parse("bot.example.org")
    know(discovery, bot, YES)
    assert discovery.support(bot) is Support.YES
    assert discovery.support(jid.parse("bot.example.org/x")) is Support.UNKNOWN


def test_another_advertisement_replaces_the_first() -> None:
    """What was known of the earlier advertisement does not count any more."""
    discovery = make()
    know(discovery, K, YES)
    know(discovery, K, NO)
    assert discovery.support(K) is Support.NO
    assert discovery.available(K, c(YES)) is None
    assert discovery.support(K) is Support.YES


# Who is asked


def test_a_hash_is_asked_for_once() -> None:
    """Others that advertise a hash that is known or asked about are not queried."""
    discovery = make()
    query = asked(discovery.available(K, c(YES)))
    assert discovery.available(K, c(YES)) is None
    assert discovery.available(N, c(YES, node="another")) is None
    assert discovery.ask(N) is None
    discovery.answer(result(query, YES))
    assert discovery.available(EVE, c(YES)) is None
    assert discovery.support(N) is discovery.support(EVE) is Support.YES
    assert discovery.ask(N) is None


def test_hashes_of_two_protocols_are_not_the_same() -> None:
    """The same value is a different hash in the other XEP (XEP-0390 §7.2)."""
    discovery = make()
    value = caps.ver(YES, "sha-256")
    know(discovery, K, YES)
    query = asked(discovery.available(K, c(YES, ver=value, hash="sha-256")))
    discovery.answer(result(query, YES))
    as_set = Advertisement(hashes=HashSet((Hash("sha-256", value),)))
    assert discovery.available(N, as_set) is not None
    assert discovery.support(N) is Support.UNKNOWN


def test_one_hash_of_a_set_suffices() -> None:
    """Each hash of a verified set can be looked up."""
    discovery = make()
    query = asked(discovery.available(K, c2(YES, "sha-256", "sha3-256")))
    discovery.answer(result(query, YES))
    assert discovery.available(N, c2(YES, "sha3-256")) is None
    assert discovery.support(N) is Support.YES


def test_0390_is_preferred() -> None:
    """If both are advertised, the one without known collisions is used (R93)."""
    discovery = make()
    both = Advertisement(caps=c(NO).caps, hashes=c2(YES).hashes)
    query = asked(discovery.available(K, both))
    assert discovery.answer(result(query, YES)).outcome is AnswerOutcome.SHARED
    assert discovery.support(K) is Support.YES


@pytest.mark.parametrize("failure", ["mismatch", "error", "node", "give_up", "gone"])
def test_the_next_one_is_asked_after_a_failure(failure: str) -> None:
    """Waiting entities are asked in order; a failed one is not asked again."""
    discovery = make()
    query = asked(discovery.available(K, c(YES)))
    for who in (N, EVE):
        assert discovery.available(who, c(YES)) is None
    following = {
        "mismatch": lambda: discovery.answer(result(query, NO)).next,
        "error": lambda: discovery.answer(result(query, YES, type_="error")).next,
        "node": lambda: discovery.answer(result(query, YES, node="n#x")).next,
        "give_up": lambda: discovery.give_up(query),
        "gone": lambda: discovery.forget(K),
    }[failure]()
    assert asked(following).to == str(N)
    assert discovery.support(K) is Support.UNKNOWN
    if failure != "gone":
        assert discovery.available(K, c(YES)) is None
    assert (
        discovery.answer(result(asked(following), YES)).outcome is AnswerOutcome.SHARED
    )
    assert discovery.support(EVE) is Support.YES
    assert (discovery.support(K) is Support.YES) is (failure != "gone")


def test_nobody_is_left_to_ask() -> None:
    """A failure is final if no other entity advertises the hash."""
    discovery = make()
    query = asked(discovery.available(K, c(YES)))
    assert discovery.give_up(query) is None
    assert discovery.give_up(query) is None
    assert discovery.answer(result(query, YES)).outcome is AnswerOutcome.IGNORED
    assert discovery.available(K, c(YES)) is None
    assert discovery.support(K) is Support.UNKNOWN


def test_who_left_is_not_asked() -> None:
    """An entity that went offline or advertises something else is not asked next."""
    discovery = make()
    query = asked(discovery.available(K, c(YES)))
    discovery.available(N, c(YES))
    discovery.available(EVE, c(YES))
    discovery.forget(N)
    assert discovery.available(EVE, c(NO)) is not None
    assert discovery.give_up(query) is None


def test_who_leaves_takes_no_query_along() -> None:
    """When a waiting entity goes offline, the query to the other one continues."""
    discovery = make()
    query = asked(discovery.available(K, c(YES)))
    discovery.available(N, c(YES))
    assert discovery.forget(N) is None
    assert discovery.answer(result(query, YES)).outcome is AnswerOutcome.SHARED


def test_a_late_answer_still_helps_others() -> None:
    """An entity that advertises something else by now answered for those that wait."""
    discovery = make()
    query = asked(discovery.available(K, c(YES)))
    discovery.available(N, c(YES))
    discovery.available(K, c(NO))
    assert discovery.answer(result(query, YES)).outcome is AnswerOutcome.SHARED
    assert discovery.support(N) is Support.YES
    assert discovery.support(K) is Support.UNKNOWN


def test_back_and_forth_waits_for_the_answer() -> None:
    """An advertisement that is sent again waits for the query under way."""
    discovery = make()
    query = asked(discovery.available(K, c(YES)))
    discovery.available(K, c(NO))
    assert discovery.available(K, c(YES)) is None
    assert asked(discovery.give_up(query)).node == query.node


def test_asking_directly() -> None:
    """A direct query needs no presence and has no node; one is sent at a time."""
    discovery = make()
    query = asked(discovery.ask(K))
    assert query.node is None
    assert discovery.ask(K) is None
    outcome = discovery.answer(result(query, NO))
    assert outcome == AnswerResult(outcome=AnswerOutcome.SENDER_ONLY)
    assert discovery.support(K) is Support.NO
    assert discovery.ask(K) is None


def test_asking_directly_after_a_failure() -> None:
    """An entity with a wrong hash can be asked; the answer counts for it only."""
    discovery = make()
    discovery.answer(result(asked(discovery.available(K, c(YES))), NO))
    query = asked(discovery.ask(K))
    outcome = discovery.answer(result(query, NO))
    assert outcome == AnswerResult(
        outcome=AnswerOutcome.SENDER_ONLY, verdict=CapsVerdict.MISMATCH
    )
    assert discovery.support(K) is Support.NO
    assert discovery.available(N, c(YES)) is not None
    assert discovery.support(N) is Support.UNKNOWN


def test_a_direct_answer_may_verify_a_hash() -> None:
    """A direct answer that has the advertised hash counts for others, too."""
    discovery = make()
    discovery.give_up(asked(discovery.available(K, c(YES))))
    assert (
        discovery.answer(result(asked(discovery.ask(K)), YES)).outcome
        is AnswerOutcome.SHARED
    )
    assert discovery.available(N, c(YES)) is None
    assert discovery.support(N) is Support.YES


def test_a_direct_query_ends_when_the_entity_goes_offline() -> None:
    """A late answer is about a client that is gone."""
    discovery = make()
    query = asked(discovery.ask(K))
    discovery.forget(K)
    assert discovery.answer(result(query, YES)).outcome is AnswerOutcome.IGNORED
    assert discovery.support(K) is Support.UNKNOWN


@pytest.mark.parametrize("advertised", [NO, YES])
def test_a_direct_query_goes_on_when_the_entity_advertises(advertised: Info) -> None:
    """Stanzas keep their order, so the answer is newer than the presence."""
    discovery = make()
    query = asked(discovery.ask(K))
    assert discovery.available(K, c(advertised)) is None
    outcome = discovery.answer(result(query, YES)).outcome
    shared = advertised is YES
    assert outcome is (AnswerOutcome.SHARED if shared else AnswerOutcome.SENDER_ONLY)
    assert discovery.support(K) is Support.YES
    assert (discovery.available(N, c(advertised)) is None) is shared


def test_a_failed_direct_query_lets_others_be_asked() -> None:
    """The hash that the entity advertised meanwhile is asked of another one."""
    discovery = make()
    query = asked(discovery.ask(K))
    assert discovery.available(K, c(YES)) is None
    assert discovery.answer(result(query, YES, type_="error")).next is None
    assert asked(discovery.available(N, c(YES))).to == str(N)


UNVERIFIABLE = [
    c(YES, hash=None),
    c(YES, hash="SHA-1"),
    c(YES, hash="md5"),
    c(YES, ver="1.0"),
    c(YES, ver=None),
    c(YES, node=""),
    c(YES, node=None),
    c(YES, node="n" * 5000),
    Advertisement(hashes=HashSet(())),
    Advertisement(hashes=HashSet((Hash("rot-13", "AAAA"),))),
    Advertisement(caps=c(YES).caps, hashes=HashSet(())),
]


@pytest.mark.parametrize("advertisement", UNVERIFIABLE)
def test_what_cannot_be_verified_counts_for_its_sender(
    advertisement: Advertisement,
) -> None:
    """The entity is asked once, and the answer counts for it only (R88, R89)."""
    discovery = make()
    query = asked(discovery.available(K, advertisement))
    assert query.node is None
    assert discovery.available(K, advertisement) is None
    assert discovery.answer(result(query, YES)).outcome is AnswerOutcome.SENDER_ONLY
    assert discovery.support(K) is Support.YES
    assert discovery.available(K, advertisement) is None
    assert discovery.available(N, advertisement) is not None
    assert discovery.support(N) is Support.UNKNOWN
    assert discovery.snapshot()["hashes"] == []
    assert (
        discovery.available(K, UNVERIFIABLE[UNVERIFIABLE[0] == advertisement])
        is not None
    )
    assert discovery.support(K) is Support.UNKNOWN


# What stanzas say


def presence(attributes: str, content: str = "") -> str:
    """Write a presence of K."""
    return (
        f"<presence xmlns='jabber:client' from='{K}' {attributes}>{content}</presence>"
    )


C_XML = caps.serialize(Caps(node="n", ver=caps.ver(YES), hash="sha-1")).decode()


@pytest.mark.parametrize("parser", [etree.fromstring, ET.fromstring])
def test_stanzas_of_any_parser(parser: Callable[[str], Any]) -> None:
    """Presences and answers may be elements of lxml or of the standard library."""
    discovery = make()
    query = asked(discovery.presence(parser(presence("", C_XML))))
    xml = etree.tostring(result(query, YES), encoding="unicode")
    assert discovery.answer(parser(xml)).outcome is AnswerOutcome.SHARED
    assert discovery.presence(parser(presence("", "<show>away</show>"))) is None
    assert discovery.support(K) is Support.YES
    assert discovery.presence(parser(presence("type='unavailable'", C_XML))) is None
    assert discovery.support(K) is Support.UNKNOWN


@pytest.mark.parametrize(
    "stanza",
    [
        presence("type='subscribe'", C_XML),
        presence("type='error'", C_XML),
        presence("", C_XML).replace(str(K), "@"),
        presence("", C_XML).replace(f"from='{K}'", ""),
        presence("", C_XML).replace("presence", "message"),
        presence("type='unavailable'").replace("presence", "iq"),
        presence("type='unavailable'").replace("jabber:client", "urn:example"),
    ],
)
def test_other_stanzas_are_passed_over(stanza: str) -> None:
    """Any stanza may be passed; all but presences of entities are ignored."""
    discovery = make()
    discovery.answer(result(asked(discovery.ask(K)), YES))
    assert discovery.presence(etree.fromstring(stanza)) is None
    assert discovery.support(K) is Support.YES


SPOILT: dict[str, Callable[[Query], LxmlElement | disco.Answer]] = {
    "another account": lambda query: result(query, YES, from_=str(EVE)),
    "the account": lambda query: result(query, YES, from_=str(K.bare)),
    "another resource": lambda query: result(query, YES, from_=f"{K}x"),
    "a get": lambda query: result(query, YES, type_="get"),
    "a set": lambda query: result(query, YES, type_="set"),
    "nobody": lambda query: etree.fromstring(
        f"<iq xmlns='jabber:client' type='result' id='{query.id}'/>"
    ),
    "a message": lambda query: etree.fromstring(
        f"<message xmlns='jabber:client' id='{query.id}' from='{query.to}'/>"
    ),
    "nothing": lambda _: disco.Answer(),
    "another id": lambda query: disco.Answer(
        id=f"{query.id}0", from_=query.to, type="result"
    ),
}


def test_what_nobody_asked_for_is_not_looked_at() -> None:
    """A roster may be larger than any answer (`Limits.elements`)."""
    contacts = "<item><group>x</group></item>" * 6_000
    roster = f"<query xmlns='jabber:iq:roster'>{contacts}</query>"
    large = ET.XML(f"<iq xmlns='jabber:client' type='result' id='r'>{roster}</iq>")
    discovery = make()
    ignored = AnswerResult(outcome=AnswerOutcome.IGNORED)
    assert discovery.answer(large) == ignored
    query = asked(discovery.ask(K))
    large.set("id", str(query.id))
    large.set("from", str(K))
    with pytest.raises(XMLError):
        discovery.answer(large)


@pytest.mark.parametrize("spoilt", SPOILT)
def test_what_answers_no_query_changes_nothing(spoilt: str) -> None:
    """Sender and id must match; otherwise the query stays under way (R73)."""
    discovery = make()
    query = asked(discovery.available(K, c(YES)))
    assert discovery.answer(SPOILT[spoilt](query)) == AnswerResult(
        outcome=AnswerOutcome.IGNORED
    )
    assert discovery.support(K) is Support.UNKNOWN
    assert discovery.answer(result(query, YES)).outcome is AnswerOutcome.SHARED


@pytest.mark.parametrize(
    "xml",
    [
        f"<presence xmlns='jabber:client' from='&#xD800;'>{C_XML}</presence>",
        f"<presence xmlns='&#xD800;' from='{K}'>{C_XML}</presence>",
        presence("type='&#xD800;'", C_XML),
        presence("", C_XML.replace("node='n'", "node='&#xD800;'")),
        presence("", "<x xmlns='&#xD800;'/><:c/><a:b:c/>&undefined;"),
        "<iq xmlns='&#xD800;'/>",
    ],
)
def test_elements_of_a_recovering_parser(xml: str) -> None:
    """A presence raises nothing, an answer only our own error."""
    stanza = etree.fromstring(xml, etree.XMLParser(recover=True))
    discovery = make()
    discovery.presence(stanza)
    with suppress(XMLError):
        assert discovery.answer(stanza).outcome is AnswerOutcome.IGNORED


def test_answers_are_checked() -> None:
    """A comment in an element of another parser is refused."""
    discovery = make()
    iq = result(asked(discovery.available(K, c(YES))), YES)
    iq.append(etree.Comment("x"))
    with pytest.raises(XMLError):
        discovery.answer(iq)


@pytest.mark.parametrize("attribute", ["from", "type", "node", "ver", "hash"])
def test_a_presence_with_an_attribute_that_is_no_text_is_ignored(
    attribute: str,
) -> None:
    """A stack can make such an element by hand; no parser does."""
    discovery = make()
    stanza = ET.XML(presence("", C_XML))  # made here
    holder = stanza if attribute in {"from", "type"} else stanza[0]
    holder.set(attribute, b"x")  # type: ignore[arg-type]  # what is tested
    assert discovery.presence(stanza) is None
    assert discovery.support(K) is Support.UNKNOWN


def test_addresses_are_compared_as_the_host_does() -> None:
    """The normaliser of the account is applied to presences and to answers."""

    def folded(_: jid.Part, text: str) -> str:
        return text.casefold()

    discovery = make(jid.parse(str(ME), normaliser=folded))
    stanza = etree.fromstring(presence("", C_XML).replace("throne", "THRONE"))
    query = asked(discovery.presence(stanza))
    assert query.to == str(K)
    assert discovery.answer(result(query, YES, from_=f"{K.bare}/Throne")).verdict


def test_a_missing_node_is_forgiven_if_the_hash_fits() -> None:
    """Some clients leave it out; an answer with another node is rejected (D17)."""
    discovery = make()
    query = asked(discovery.available(K, c(YES)))
    assert (
        discovery.answer(result(query, YES, node=None)).outcome is AnswerOutcome.SHARED
    )
    query = asked(discovery.available(K, c(NO)))
    wrong = discovery.answer(result(query, YES, node=None))
    assert (wrong.outcome, wrong.verdict) == (
        AnswerOutcome.REJECTED,
        CapsVerdict.MISMATCH,
    )


# Whom presence makes us query


def test_the_presence_of_a_stranger_causes_nothing() -> None:
    """A query would tell that the user is online, and the resource (R153)."""
    discovery = make(may_query=lambda who: who.bare == K.bare)
    for who in (N, EVE, jid.parse("example.org")):
        stanza = presence("", C_XML).replace(str(K), str(who))
        assert discovery.presence(etree.fromstring(stanza)) is None
        assert discovery.available(who, c2(YES)) is None
        assert discovery.available(who, c(YES, ver="1.0")) is None
    assert len(discovery._entities) == 0  # noqa: SLF001
    assert discovery.presence(etree.fromstring(presence("", C_XML))) is not None


def test_whom_presence_may_make_us_query_has_no_default() -> None:
    """Leaving it out is an error of Python."""
    unsafe: Any = Discovery
    with pytest.raises(TypeError, match="may_query"):
        unsafe(ME)


def test_the_stack_may_ask_a_stranger() -> None:
    """The stranger's presence changes nothing until it goes offline."""
    discovery = make(may_query=lambda _: False)
    query = asked(discovery.ask(EVE))
    assert discovery.available(EVE, c(NO)) is None
    assert discovery.answer(result(query, YES)).outcome is AnswerOutcome.SENDER_ONLY
    assert discovery.available(EVE, c(NO)) is None
    assert discovery.support(EVE) is Support.YES
    gone = presence("type='unavailable'").replace(str(K), str(EVE))
    assert discovery.presence(etree.fromstring(gone)) is None
    assert discovery.support(EVE) is Support.UNKNOWN


@pytest.mark.parametrize("ending", ["give_up", "answer", "gone"])
def test_who_may_no_longer_be_queried_is_not_asked_next(ending: str) -> None:
    """A contact that was removed while it waited is left out."""
    contacts = {K, N, EVE}
    discovery = make(may_query=contacts.__contains__)
    query = asked(discovery.available(K, c(YES)))
    for who in (N, EVE):
        assert discovery.available(who, c(YES)) is None
    contacts.remove(N)
    following = {
        "give_up": lambda: discovery.give_up(query),
        "answer": lambda: discovery.answer(result(query, NO)).next,
        "gone": lambda: discovery.forget(K),
    }[ending]()
    assert asked(following).to == str(EVE)
    contacts.clear()
    assert discovery.give_up(asked(following)) is None


def failing_with(failures: list[Exception]) -> Callable[[jid.JID], bool]:
    """Return a fact of a host that raises each failure once, and is true otherwise."""

    def may_query(_: jid.JID) -> bool:
        if failures:
            raise failures.pop()
        return True

    return may_query


@pytest.mark.parametrize("ending", ["give_up", "answer", "gone"])
def test_a_host_that_raises_loses_nobody_who_waits(ending: str) -> None:
    """The call is made again, and ends as it would have ended at once."""
    failures: list[Exception] = []
    discovery = make(may_query=failing_with(failures))
    query = asked(discovery.available(K, c(YES)))
    for who in (N, EVE):
        assert discovery.available(who, c(YES)) is None
    end: Callable[[], Query | None] = {
        "give_up": lambda: discovery.give_up(query),
        "answer": lambda: discovery.answer(result(query, NO)).next,
        "gone": lambda: discovery.forget(K),
    }[ending]
    known = list(discovery.entities)
    failures.append(OSError("locked"))
    with pytest.raises(OSError, match="locked"):
        end()
    assert sorted(map(str, discovery.entities)) == sorted(map(str, known))
    first = asked(end())
    assert first.to == str(N)
    assert asked(discovery.give_up(first)).to == str(EVE)


def test_a_host_that_raises_brings_back_nobody_who_was_displaced() -> None:
    """The query to one who was displaced is still known, and the call is repeated."""
    failures: list[Exception] = []
    discovery = make(may_query=failing_with(failures), max_entities=1)
    assert discovery.available(K, c(YES)) is not None
    assert discovery.available(N, c(YES)) is None
    failures.append(OSError("locked"))
    with pytest.raises(OSError, match="locked"):
        discovery.forget(K)
    assert list(discovery.entities) == [N]
    assert asked(discovery.forget(K)).to == str(N)


def test_ids_that_cannot_be_made_lose_nobody_who_waits() -> None:
    """The next query is made when the call is repeated."""
    ids = iter(["1", None, "2", "3"])

    def new_id() -> str:
        if (id_ := next(ids)) is None:
            message = "no entropy"
            raise OSError(message)
        return id_

    discovery = Discovery(ME, may_query=lambda _: True, new_id=new_id)
    query = asked(discovery.available(K, c(YES)))
    for who in (N, EVE):
        assert discovery.available(who, c(YES)) is None
    with pytest.raises(OSError, match="entropy"):
        discovery.give_up(query)
    first = asked(discovery.give_up(query))
    assert first.to == str(N)
    assert asked(discovery.give_up(first)).to == str(EVE)


def test_what_an_entity_advertised_is_not_asked_about_after_it_was_removed() -> None:
    """The query under way ends without another one."""
    contacts = {K}
    discovery = make(may_query=contacts.__contains__)
    query = asked(discovery.available(K, c(YES)))
    assert discovery.available(K, c(NO)) is None
    contacts.clear()
    assert discovery.answer(result(query, YES)).next is None


def test_a_flood_of_strangers_pushes_out_nothing() -> None:
    """Contacts stay known, and queries to them under way."""
    discovery = make(may_query={K, N}.__contains__, max_entities=2)
    know(discovery, K, YES)
    query = asked(discovery.available(N, c(NO)))
    for number, who in enumerate(many(2000)):
        assert discovery.available(who, c(variant(number))) is None
    assert discovery.answer(result(query, NO)).outcome is AnswerOutcome.SHARED
    assert (discovery.support(K), discovery.support(N)) == (Support.YES, Support.NO)


def test_the_own_server_may_answer_without_from() -> None:
    """Nobody else may (RFC 6120 §8.1.2.1, R156)."""
    discovery = make()
    server = asked(discovery.ask(jid.parse(ME.domain)))
    other = asked(discovery.ask(jid.parse("example.org")))
    assert discovery.answer(anonymous(other)).outcome is AnswerOutcome.IGNORED
    assert discovery.answer(anonymous(server)).outcome is AnswerOutcome.SENDER_ONLY
    assert discovery.support(jid.parse(ME.domain)) is Support.YES


def anonymous(query: Query) -> LxmlElement:
    """Answer a query without saying who answers."""
    iq = result(query, YES)
    del iq.attrib["from"]
    return iq


# Poison


def others_support(discovery: Discovery, advertisement: Advertisement) -> Support:
    """Return the support of K, which answers truthfully if it is queried."""
    query = discovery.available(K, advertisement)
    if query is not None:
        discovery.answer(result(query, YES))
    return discovery.support(K)


@pytest.mark.parametrize(
    ("lie", "kind", "verdict"),
    [
        (NO, AnswerOutcome.REJECTED, CapsVerdict.MISMATCH),
        (K4A, AnswerOutcome.REJECTED, CapsVerdict.AMBIGUOUS),
        (K4B, AnswerOutcome.SENDER_ONLY, CapsVerdict.OK),
        (
            Info(identities=(CLIENT, CLIENT), features=YES.features),
            AnswerOutcome.REJECTED,
            CapsVerdict.ILL_FORMED,
        ),
    ],
)
def test_answering_for_somebody_elses_hash(
    lie: Info, kind: AnswerOutcome, verdict: CapsVerdict
) -> None:
    """Eve advertises the hash of others and answers the query (XEP-0115 §9.3)."""
    discovery = make()
    query = asked(discovery.available(EVE, c(YES)))
    assert query.node == f"n#{K4_VER}"
    assert discovery.available(K, c(YES)) is None
    outcome = discovery.answer(result(query, lie))
    assert (outcome.outcome, outcome.verdict) == (kind, verdict)
    following = asked(outcome.next)
    assert following.to == str(K)
    assert discovery.support(K) is Support.UNKNOWN
    discovery.answer(result(following, YES))
    assert discovery.support(K) is Support.YES
    assert others_support(discovery, c(YES)) is Support.YES


def test_a_hidden_feature_counts_for_who_hid_it() -> None:
    """Such an answer counts for Eve only (K4b)."""
    discovery = make()
    discovery.answer(result(asked(discovery.available(EVE, c(YES))), K4B))
    assert discovery.support(EVE) is Support.NO
    assert discovery.snapshot()["hashes"] == []
    assert others_support(discovery, c(YES)) is Support.YES
    assert discovery.support(EVE) is Support.NO


@pytest.mark.parametrize("lie", [NO, K4A, K4B])
def test_0390_leaves_no_way(lie: Info) -> None:
    """The collisions of XEP-0115 are not collisions of XEP-0390."""
    discovery = make()
    outcome = discovery.answer(result(asked(discovery.available(EVE, c2(YES))), lie))
    assert (outcome.outcome, outcome.verdict) == (
        AnswerOutcome.REJECTED,
        CapsVerdict.MISMATCH,
    )
    assert others_support(discovery, c2(YES)) is Support.YES


def test_a_node_that_claims_a_hash_proves_nothing() -> None:
    """The node is that of K, but the answer is compared with Eve's own hash."""
    discovery = make()
    query = asked(discovery.available(EVE, c(NO)))
    outcome = discovery.answer(result(query, NO, node=f"n#{K4_VER}"))
    assert outcome == AnswerResult(outcome=AnswerOutcome.REJECTED)
    assert discovery.snapshot()["hashes"] == []
    assert others_support(discovery, c(YES)) is Support.YES


def test_a_set_with_a_stolen_hash_is_refused() -> None:
    """Every hash of a set must be right, and the copied one is wrong."""
    discovery = make()
    (stolen,) = caps.hash_set(YES, ["sha-256"]).hashes
    own = Hash("sha3-256", caps.digest(NO, "sha3-256"))
    both = Advertisement(hashes=HashSet((stolen, own)))
    outcome = discovery.answer(result(asked(discovery.available(EVE, both)), NO))
    assert (outcome.outcome, outcome.verdict) == (
        AnswerOutcome.REJECTED,
        CapsVerdict.MISMATCH,
    )
    assert others_support(discovery, c2(YES)) is Support.YES


def test_a_0115_hash_never_vouches_for_0390() -> None:
    """If both are advertised, only that of XEP-0390 counts (XEP-0390 §7.2)."""
    discovery = make()
    know(discovery, EVE, NO)
    both = Advertisement(caps=c(NO).caps, hashes=c2(YES).hashes)
    assert others_support(discovery, both) is Support.YES


def test_0115_may_be_kept_for_each_jid() -> None:
    """Every entity is asked in turn, and its answer counts for it only (R93)."""
    discovery = make(policy=DiscoveryPolicy(share_0115=False))
    query = asked(discovery.available(K, c(YES)))
    discovery.available(N, c(YES))
    outcome = discovery.answer(result(query, YES))
    assert (outcome.outcome, asked(outcome.next).to) == (
        AnswerOutcome.SENDER_ONLY,
        str(N),
    )
    assert discovery.support(N) is Support.UNKNOWN
    discovery.answer(result(asked(outcome.next), YES))
    assert discovery.support(K) is discovery.support(N) is Support.YES
    assert discovery.answer(result(asked(discovery.available(EVE, c2(YES))), YES)) == (
        AnswerResult(outcome=AnswerOutcome.SHARED, verdict=CapsVerdict.OK)
    )


def test_strangers_may_be_kept_out() -> None:
    """Answers of strangers count for them only; contacts are asked (R107)."""
    roster = {K.bare, N.bare}
    discovery = make(policy=DiscoveryPolicy(may_share=lambda who: who.bare in roster))
    query = asked(discovery.available(EVE, c2(YES)))
    discovery.available(K, c2(YES))
    outcome = discovery.answer(result(query, YES))
    assert (outcome.outcome, asked(outcome.next).to) == (
        AnswerOutcome.SENDER_ONLY,
        str(K),
    )
    assert discovery.support(EVE) is Support.YES
    assert (
        discovery.answer(result(asked(outcome.next), YES)).outcome
        is AnswerOutcome.SHARED
    )
    assert discovery.available(N, c2(YES)) is None


# Bounds


def many(count_: int) -> Iterable[jid.JID]:
    """Return JIDs."""
    return (jid.parse(f"a@b/{number}") for number in range(count_))


def variant(number: int) -> Info:
    """Make an answer that differs from all others."""
    return Info(identities=(CLIENT,), features=(ns.RECEIPTS, f"f{number}"))


def test_entities_are_bounded() -> None:
    """The entity that was not used for the longest time is forgotten first."""
    discovery = make(max_entities=3)
    one, two, three, four = many(4)
    for who in (one, two, three):
        discovery.answer(result(asked(discovery.ask(who)), YES))
    assert discovery.support(one) is Support.YES
    discovery.answer(result(asked(discovery.ask(four)), YES))
    known = [discovery.support(who) for who in (one, two, three, four)]
    assert known == [Support.YES, Support.UNKNOWN, Support.YES, Support.YES]


def test_hashes_are_bounded() -> None:
    """The hash that was not used for the longest time is forgotten first."""
    discovery = make(max_hashes=2)
    one, two, three = many(3)
    for number, who in enumerate((one, two)):
        know(discovery, who, variant(number))
    assert discovery.support(one) is Support.YES
    know(discovery, three, variant(2))
    known = [discovery.support(who) for who in (one, two, three)]
    assert known == [Support.YES, Support.UNKNOWN, Support.YES]
    assert discovery.available(two, c(variant(1))) is not None


def test_presence_causes_256_queries_at_once() -> None:
    """Further presences cause a query when one has ended; `ask` always may."""
    discovery = make()
    everybody = list(many(300))
    queries = [
        discovery.available(who, c(variant(number)))
        for number, who in enumerate(everybody)
    ]
    assert [query is not None for query in queries] == [True] * 256 + [False] * 44
    assert discovery.available(everybody[256], c(variant(256))) is None
    assert discovery.ask(EVE) is not None
    discovery.answer(result(asked(queries[0]), variant(0)))
    discovery.answer(result(asked(queries[1]), variant(1)))
    assert discovery.available(everybody[256], c(variant(256))) is not None
    assert discovery.available(everybody[257], c(variant(257))) is None


def test_of_512_queries_the_oldest_counts_as_lost() -> None:
    """It can be sent again; the others can still be answered."""
    discovery = make()
    everybody = list(many(513))
    queries = [asked(discovery.ask(who)) for who in everybody[:-1]]
    # What only looks at the oldest, from anybody, makes it no newer.
    assert discovery.expects(queries[0].id)
    queries.append(asked(discovery.ask(everybody[-1])))
    ignored = discovery.answer(result(queries[0], YES))
    assert ignored.outcome is AnswerOutcome.IGNORED
    answered = [discovery.answer(result(query, YES)) for query in queries[1:]]
    assert {it.outcome for it in answered} == {AnswerOutcome.SENDER_ONLY}
    assert discovery.ask(everybody[0]) is not None


def test_an_entity_causes_one_query_at_a_time() -> None:
    """Whatever it advertises meanwhile is asked about when the query has ended."""
    discovery = make()
    first = asked(discovery.available(EVE, c(variant(0))))
    for number in range(1, 1000):
        assert discovery.available(EVE, c(variant(number))) is None
    other = asked(discovery.available(K, c(variant(1))))
    following = discovery.answer(result(first, variant(0))).next
    assert asked(following).node == f"n#{caps.ver(variant(999))}"
    assert len(discovery._pending._queries) == 2  # noqa: SLF001
    assert discovery.answer(result(other, variant(1))).next is None


def test_an_unverifiable_advertisement_causes_one_query_at_a_time() -> None:
    """The answer counts for the last one."""
    discovery = make()
    query = asked(discovery.available(EVE, c(YES, ver="0")))
    for number in range(1, 100):
        assert discovery.available(EVE, c(YES, ver=str(number))) is None
    result_ = discovery.answer(result(query, YES))
    assert (result_.outcome, result_.next) == (AnswerOutcome.SENDER_ONLY, None)
    assert discovery.available(EVE, c(YES, ver="99")) is None
    assert discovery.support(EVE) is Support.YES


def test_1024_occupants_push_out_no_query() -> None:
    """The answer to a query counts, though its entity was forgotten meanwhile."""
    discovery = make()
    queries = [asked(discovery.ask(K)), asked(discovery.available(N, c(YES)))]
    for number, who in enumerate(many(1024)):
        discovery.available(who, c(variant(number)))
    assert discovery.ask(K) is None
    outcomes = [discovery.answer(result(query, YES)).outcome for query in queries]
    assert outcomes == [AnswerOutcome.SENDER_ONLY, AnswerOutcome.SHARED]
    assert discovery.support(K) is discovery.support(N) is Support.YES


def test_who_waits_is_bounded_too() -> None:
    """An entity that was forgotten for lack of room is not asked next."""
    discovery = make(max_entities=2)
    one, two, three, four = many(4)
    query = asked(discovery.available(one, c(YES)))
    for who in (two, three, four):
        assert discovery.available(who, c(YES)) is None
    assert asked(discovery.give_up(query)).to == str(three)


def test_waiting_lists_are_emptied() -> None:
    """An entity that goes offline or advertises something else does not wait."""
    discovery = make()
    query = asked(discovery.available(K, c(YES)))
    pending = discovery._pending.find(query.id)  # noqa: SLF001
    assert pending is not None
    discovery.available(N, c(YES))
    discovery.available(EVE, c(YES))
    assert list(pending.waiting) == [N, EVE]
    discovery.forget(N)
    discovery.available(EVE, c(NO))
    assert not pending.waiting


def test_a_newcomer_is_asked_for_a_hash_whose_entity_left() -> None:
    """The query to the one that went offline is no longer under way."""
    discovery = make()
    assert asked(discovery.available(K, c(YES))).to == str(K)
    assert discovery.forget(K) is None
    assert asked(discovery.available(N, c(YES))).to == str(N)


def test_a_query_ends_when_an_entity_with_another_advertisement_leaves() -> None:
    """Those who wait for the old hash are asked instead."""
    discovery = make()
    discovery.available(K, c(YES))
    discovery.available(N, c(YES))
    discovery.available(K, c(NO))
    assert asked(discovery.forget(K)).to == str(N)


def test_a_waiting_entity_that_is_known_is_not_asked() -> None:
    """One of its other hashes was verified meanwhile."""
    discovery = make()
    query = asked(discovery.available(K, c2(YES, "sha-256")))
    assert discovery.available(N, c2(YES, "sha-256", "sha3-256")) is None
    assert discovery.available(other := jid.parse("x@y/z"), c2(YES, "sha-256")) is None
    second = asked(discovery.available(EVE, c2(YES, "sha3-256")))
    assert discovery.answer(result(second, YES)).outcome is AnswerOutcome.SHARED
    assert discovery.support(N) is Support.YES
    assert asked(discovery.give_up(query)).to == str(other)


def grown(act: Callable[[], object]) -> int:
    """Return how many octets of memory an act leaves occupied."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        act()
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before


def test_of_an_answer_only_what_is_hashed_is_kept() -> None:
    """Foreign children would take 12 MB: each has the namespace in its name."""
    discovery = make()
    query = asked(discovery.available(K, c(YES)))
    foreign = "".join(f"<p:e{number}/>" for number in range(200))
    content = disco.serialize(YES, node=query.node).decode()
    declared = f"<query xmlns:p='urn:{'x' * 4000}'"
    iq = etree.fromstring(
        f"<iq xmlns='jabber:client' type='result' id='{query.id}' from='{K}'>"
        f"{content.replace('<query', declared).replace('</q', f'{foreign}</q')}</iq>"
    )
    outcomes: list[AnswerResult] = []
    kept = grown(lambda: outcomes.append(discovery.answer(iq)))
    assert outcomes[0].outcome is AnswerOutcome.SHARED
    assert kept < 100_000  # with what coverage notes, if it measures
    (saved,) = discovery.snapshot()["hashes"]
    assert saved["query"] == disco.serialize(YES).decode()


def padded(octets: int) -> Info:
    """Make an answer whose query element has so many octets."""
    empty = replace(YES, features=(*YES.features, "x"))
    missing = octets - len(disco.serialize(empty))
    return replace(YES, features=(*YES.features, "x" * (missing + 1)))


@pytest.mark.parametrize(("octets", "shared"), [(16_384, True), (16_385, False)])
def test_a_long_answer_counts_for_its_sender_only(octets: int, *, shared: bool) -> None:
    """A verified answer of more than 16,384 octets is not kept for others."""
    info = padded(octets)
    assert len(disco.serialize(info)) == octets
    discovery = make()
    query = asked(discovery.available(K, c(info)))
    discovery.available(N, c(info))
    outcome = discovery.answer(result(query, info))
    expected = AnswerOutcome.SHARED if shared else AnswerOutcome.SENDER_ONLY
    assert (outcome.outcome, outcome.verdict) == (expected, CapsVerdict.OK)
    assert discovery.support(K) is Support.YES
    assert len(discovery.snapshot()["hashes"]) == shared
    assert (outcome.next is None) is shared
    entry_ = entry(hash=caps.ver(info), query=disco.serialize(info).decode())
    assert make().restore({"version": 1, "hashes": [entry_]}) == shared


def test_an_answer_that_cannot_be_written_counts_for_its_sender_only() -> None:
    """Only a value made by hand can hold such a character."""
    info = replace(YES, features=(*YES.features, "\x01"))
    discovery = make()
    query = asked(discovery.available(K, c(info)))
    answer = Answer(
        type="result", from_=query.to, id=query.id, node=query.node, info=info
    )
    assert discovery.answer(answer).outcome is AnswerOutcome.SENDER_ONLY
    assert discovery.snapshot()["hashes"] == []


def wide(number: int, octets: int = 1_023) -> str:
    """Make a text that takes four octets of memory for each of its own."""
    start = f"{number}😀"
    return start + "a" * (octets - len(start.encode()))


def giant(number: int) -> jid.JID:
    """Make a JID of the greatest length."""
    return jid.JID(wide(number), wide(number), wide(number))


def random_set() -> Advertisement:
    """Advertise a hash of every known function, none of which is used twice."""
    hashes = (
        Hash("".join(list(algo)), b64encode(token_bytes(size)).decode())
        for algo, size in caps.SIZES.items()
    )
    return Advertisement(hashes=HashSet(tuple(hashes)))


def random_caps(number: int) -> Advertisement:
    """Advertise a long hash with the longest node."""
    ver = b64encode(token_bytes(64)).decode()
    return Advertisement(caps=Caps(node=wide(number), ver=ver, hash="sha-512"))


@pytest.mark.usefixtures("unmeasured")
@pytest.mark.parametrize("advertise", [random_caps, lambda _: random_set()])
def test_memory_of_entities_and_queries_is_bounded(
    advertise: Callable[[int], Advertisement],
) -> None:
    """An entity takes at most 18,000 octets, a query under way 19,000."""
    discovery = make()

    def entities() -> None:
        for number in range(100):
            discovery.give_up(asked(discovery.ask(giant(number))))
            discovery.give_up(
                asked(discovery.available(giant(number), advertise(number)))
            )

    assert grown(entities) < 100 * 18_000
    discovery = make(max_entities=10)

    def queries() -> None:
        for number in range(300):
            query = discovery.available(giant(number), advertise(number))
            assert (query is not None) is (number < 256)

    assert grown(queries) < 10 * 18_000 + 256 * 19_000


def test_memory_with_the_default_sizes() -> None:
    """The documented bounds of each item make the documented total."""
    parameters = inspect.signature(Discovery).parameters
    entities, hashes = (
        parameters[name].default for name in ("max_entities", "max_hashes")
    )
    total = entities * 18_000 + 512 * 19_000 + hashes * 17_000
    assert 36_000_000 < total < 37_000_000
    assert "37 MB" in (Discovery.__doc__ or "")


def test_memory_of_waiting_entities_is_bounded() -> None:
    """To wait is included, however often an entity sends presence."""
    discovery = make()
    first = random_caps(0).caps
    assert first is not None
    asked(discovery.available(K, Advertisement(caps=first)))

    def flood() -> None:
        for number in (*range(100), *range(100)):
            same = replace(first, node=wide(number))
            assert discovery.available(giant(number), Advertisement(caps=same)) is None

    assert grown(flood) < 100 * 18_000


@pytest.mark.usefixtures("unmeasured")
def test_memory_of_hashes_is_bounded() -> None:
    """A verified hash takes at most 17,000 octets."""
    discovery = make()

    def flood() -> None:
        for number in range(100):
            info = replace(padded(16_384 - 50), lang=str(number))
            info = replace(
                info, features=(*info.features, f"{number}\N{GRINNING FACE}")
            )
            query = asked(discovery.available(K, c(info)))
            assert discovery.answer(result(query, info)).outcome is AnswerOutcome.SHARED

    assert grown(flood) < 100 * 17_000


def test_long_advertisements_are_not_kept() -> None:
    """Of an advertisement of any length, only hashes that can be verified are kept."""
    discovery = make()
    hashes = tuple(Hash(f"x{number}", "A" * 100) for number in range(1000))
    long = Advertisement(hashes=HashSet((*hashes, *c2(YES).hashes.hashes)))  # type: ignore[union-attr]  # it has one
    discovery.available(K, long)
    kept = discovery._entities.get(K)  # noqa: SLF001  # nothing public tells
    assert kept is not None
    assert kept.advertised == c2(YES).hashes


@pytest.mark.parametrize(("octets", "verified"), [(1_023, True), (1_024, False)])
def test_long_nodes_are_not_kept(octets: int, *, verified: bool) -> None:
    """Such an entity is asked without node, so that its answer counts for it only."""
    discovery = make()
    query = asked(discovery.available(K, c(YES, node="n" * octets)))
    assert (query.node is not None) is verified
    wide_ = asked(discovery.available(N, c(NO, node=wide(0, octets))))
    assert (wide_.node is not None) is verified


@pytest.mark.parametrize("option", ["max_entities", "max_hashes"])
def test_nothing_cannot_be_remembered(option: str) -> None:
    """A size of zero is refused."""
    with pytest.raises(BuildError) as caught:
        make(**{option: 0})
    assert (caught.value.code, caught.value.field) == (BuildCode.LIMIT, option)


# Snapshots


def test_snapshots_travel_as_json() -> None:
    """Restored hashes need no query."""
    discovery = make()
    know(discovery, K, YES)
    query = asked(discovery.available(N, c2(K4B, "sha-256", "sha3-256")))
    discovery.answer(result(query, K4B))
    snapshot = json.loads(json.dumps(discovery.snapshot()))
    other = make()
    assert other.restore(snapshot) == 3
    assert other.snapshot() == snapshot
    assert other.available(K, c(YES)) is None
    assert other.available(N, c2(K4B, "sha3-256")) is None
    assert (other.support(K), other.support(N)) == (Support.YES, Support.NO)


def test_snapshots_keep_the_inherited_language() -> None:
    """A hash that depends on it is right after restoring (XEP-0390 §6.2.1)."""
    discovery = make()
    info = Info(identities=(CLIENT,), features=YES.features, lang="en")
    discovery.answer(result(asked(discovery.available(K, c2(info))), info))
    other = make()
    assert other.restore(discovery.snapshot()) == 1


def entry(**changed: object) -> dict[str, object]:
    """Make an entry of a snapshot, correct or not."""
    made = {
        "xmlns": ns.CAPS,
        "algo": "sha-1",
        "hash": K4_VER,
        "query": disco.serialize(YES).decode(),
    }
    return {**made, **changed}


def foreign(xmlns: str) -> dict[str, object]:
    """Make an entry that verifies by XEP-0390, with any namespace."""
    return entry(xmlns=xmlns, algo="sha-256", hash=caps.digest(YES))


@pytest.mark.parametrize(
    ("snapshot", "taken"),
    [
        ({"version": 1, "hashes": [entry()]}, 1),
        ({"version": 1, "hashes": [entry(), None, entry()]}, 2),
        ({"version": 2, "hashes": [entry()]}, 0),
        ({"hashes": [entry()]}, 0),
        ({"version": 1}, 0),
        ({"version": 1, "hashes": "x"}, 0),
        ({"version": 1, "hashes": [[], "x", 1, {}]}, 0),
        ({"version": 1, "hashes": [entry(algo=1)]}, 0),
        ({"version": 1, "hashes": [entry(algo="SHA-1")]}, 0),
        ({"version": 1, "hashes": [entry(xmlns="urn:example")]}, 0),
        ({"version": 1, "hashes": [foreign("urn:xmpp:caps")]}, 1),
        ({"version": 1, "hashes": [foreign("urn:xmpp:caps:0")]}, 0),
        ({"version": 1, "hashes": [foreign("urn:xmpp%3Acaps")]}, 0),
        ({"version": 1, "hashes": [entry(xmlns=ns.CAPS2)]}, 0),
        ({"version": 1, "hashes": [entry(hash=caps.ver(NO))]}, 0),
        ({"version": 1, "hashes": [entry(query="<query/>")]}, 0),
        ({"version": 1, "hashes": [entry(query="<!DOCTYPE x><x/>")]}, 0),
        ({"version": 1, "hashes": [entry(query=disco.serialize(NO).decode())]}, 0),
        ({"version": 1, "hashes": [entry(query=disco.serialize(K4A).decode())]}, 0),
        ({"version": 1, "hashes": [entry(query=disco.serialize(K4B).decode())]}, 0),
    ],
)
def test_snapshots_are_not_believed(snapshot: dict[str, Any], taken: int) -> None:
    """Entries that do not verify, or hide the feature, are ignored."""
    discovery = make()
    assert discovery.restore(snapshot) == taken
    both = (discovery.available(K, c(YES)), discovery.available(N, c2(YES)))
    assert (None in both) is bool(taken)


@pytest.mark.parametrize("snapshot", [None, [], ["hashes"], 1, "hashes"])
def test_a_snapshot_may_be_any_json(snapshot: object) -> None:
    """A damaged file does not keep the application from starting."""
    plain: Any = snapshot
    assert make().restore(plain) == 0


def test_snapshots_obey_the_policy() -> None:
    """Answers that would not count for others are not restored."""
    discovery = make(policy=DiscoveryPolicy(share_0115=False))
    assert discovery.restore({"version": 1, "hashes": [entry()]}) == 0


# Recorded streams


def replay(recording: str, discovery: Discovery) -> list[AnswerResult]:
    """Process a recording; answer each query as the entity does in it."""
    with (EXAMPLES / recording).open("rb") as file:
        stanzas = [
            it.element for it in stream.read(file) if isinstance(it, stream.Stanza)
        ]
    answers = {
        it.get("from"): it for it in stanzas if it.find(ns.QUERY_TAG) is not None
    }
    outcomes = []
    for stanza in stanzas:
        query = discovery.presence(stanza)
        if query is not None and stanza.get("from") in answers:
            answer = answers[stanza.get("from")]
            answer.set("id", query.id or "")
            outcomes.append(discovery.answer(answer))
    return outcomes


@pytest.mark.parametrize("recording", ["desk-received.xml", "phone-received.xml"])
def test_recorded_stream(recording: str) -> None:
    """Three clients are asked once each, and every advertised hash is right."""
    discovery = make()
    outcomes = replay(recording, discovery)
    assert (
        outcomes
        == [AnswerResult(outcome=AnswerOutcome.SHARED, verdict=CapsVerdict.OK)] * 3
    )
    support = {
        who: discovery.support(jid.parse(who))
        for who in (
            "bob@localhost/profanity.3gkN",
            "carol@localhost/mcab",
            "erin@localhost/finch",
            "erin@localhost",
            "alice@localhost/phone",
        )
    }
    assert support == {
        "bob@localhost/profanity.3gkN": Support.YES,
        "carol@localhost/mcab": Support.YES,
        "erin@localhost/finch": Support.NO,
        "erin@localhost": Support.UNKNOWN,
        "alice@localhost/phone": Support.UNKNOWN,
    }


@pytest.mark.parametrize("recording", ["desk-received.xml", "phone-received.xml"])
def test_recorded_hashes(recording: str) -> None:
    """Every advertised hash with an answer in the recording is right."""
    with (EXAMPLES / recording).open("rb") as file:
        stanzas = [
            it.element for it in stream.read(file) if isinstance(it, stream.Stanza)
        ]
    advertised = {
        stanza.get("from", "localhost"): found.caps
        for stanza in stanzas
        if (found := caps.advertisement_of(stanza)) and found.caps
    }
    answers = {
        stanza.get("from"): disco.answer_of(query).info
        for stanza in stanzas
        for query in stanza.iterfind(ns.QUERY_TAG)
    }
    verdicts = {
        who: caps.verify(it, info)
        for who, it in advertised.items()
        if (info := answers[who])
    }
    assert verdicts == {
        "localhost": CapsVerdict.OK,
        "bob@localhost/profanity.3gkN": CapsVerdict.OK,
        "carol@localhost/mcab": CapsVerdict.OK,
        "erin@localhost/finch": CapsVerdict.OK,
    }


# Against a model


WHO = st.sampled_from([K, N, EVE, jid.parse("bot.example.org")])
TRUTH = {
    K: YES,
    N: YES,
    EVE: NO,
    jid.parse("bot.example.org"): K4B,
}
ANSWERS = st.sampled_from([YES, NO, K4A, K4B])


def test_an_answer_that_displaces_a_waiting_entity_ends_its_wait() -> None:
    """Of who was displaced, nobody is asked later."""
    discovery = make(max_entities=3)
    bot = jid.parse("bot.example.org")
    discovery.ask(K)
    query = discovery.available(bot, c(YES))
    assert query is not None
    discovery.support(K)  # the bot is the least recent now
    assert discovery.available(N, c(YES)) is None  # they wait for the bot's answer
    assert discovery.available(EVE, c(YES)) is None
    assert discovery.entities == (K, N, EVE)
    discovery.support(K)
    discovery.support(N)
    following = discovery.answer(result(query, NO)).next  # that is no such answer
    assert discovery.entities == (K, N, bot)
    assert following is not None
    assert following.to == str(N)
    assert discovery.give_up(following) is None


class HonestAndNot(RuleBasedStateMachine):
    """Entities come online, change, go offline and answer truthfully, or do not.

    Eve advertises anything and answers anything. Whatever she does, the support of
    the others is never wrong, and presence causes queries to contacts only.
    """

    def __init__(self) -> None:
        super().__init__()
        self.contacts = set(TRUTH)
        self.discovery = make(
            max_entities=3, max_hashes=2, may_query=self.contacts.__contains__
        )
        self.under_way: dict[str, Query] = {}

    def note(self, query: Query | None) -> None:
        """Note a query to answer."""
        if query is not None:
            assert jid.parse(query.to or "") in self.contacts
            self.under_way[query.id or ""] = query

    @rule(who=WHO)
    def becomes_a_contact_or_a_stranger(self, who: jid.JID) -> None:
        """Change whether presence may cause a query."""
        self.contacts ^= {who}

    @rule(who=WHO, lie=ANSWERS, new=st.booleans())
    def comes(self, who: jid.JID, lie: Info, *, new: bool) -> None:
        """Advertise by either XEP; Eve advertises anything."""
        said = lie if who == EVE else TRUTH[who]
        if said == K4A:
            advertisement = c2(K4A) if new else c(YES)
        else:
            advertisement = c2(said) if new else c(said)
        self.note(self.discovery.available(who, advertisement))

    @rule(who=WHO)
    def goes(self, who: jid.JID) -> None:
        """Go offline."""
        self.note(self.discovery.forget(who))
        assert self.discovery.support(who) is Support.UNKNOWN

    @rule(who=WHO)
    def asked(self, who: jid.JID) -> None:
        """Ask an entity directly."""
        query = self.discovery.ask(who)
        if query is not None:
            self.under_way[query.id or ""] = query

    @rule(data=st.data(), lie=ANSWERS, forged=st.booleans())
    def answers(self, data: st.DataObject, lie: Info, *, forged: bool) -> None:
        """Answer one of the queries; a forged answer comes from Eve."""
        if not self.under_way:
            return
        query = self.under_way[data.draw(st.sampled_from(sorted(self.under_way)))]
        who = jid.parse(query.to or "")
        if forged:
            spoilt = result(query, lie, from_=f"{EVE}/x")
            assert self.discovery.answer(spoilt).outcome is AnswerOutcome.IGNORED
            return
        del self.under_way[query.id or ""]
        said = lie if who == EVE else TRUTH[who]
        self.note(self.discovery.answer(result(query, said)).next)

    @rule(data=st.data())
    def stays_silent(self, data: st.DataObject) -> None:
        """Let a query time out."""
        if self.under_way:
            id_ = data.draw(st.sampled_from(sorted(self.under_way)))
            self.note(self.discovery.give_up(self.under_way.pop(id_)))

    @rule()
    def restarts(self) -> None:
        """Restore the snapshot elsewhere."""
        snapshot = self.discovery.snapshot()
        other = make(max_entities=3, max_hashes=2)
        assert other.restore(snapshot) == len(snapshot["hashes"])

    @invariant()
    def nobody_is_slandered(self) -> None:
        """The support of honest entities is never wrong."""
        for who in (K, N):
            assert self.discovery.support(who) is not Support.NO

    @invariant()
    def everything_is_bounded(self) -> None:
        """The number of items stays within the limits, and all indexes agree."""
        assert len(self.discovery._entities) <= 3  # noqa: SLF001
        assert len(self.discovery.snapshot()["hashes"]) <= 2
        pending = self.discovery._pending  # noqa: SLF001
        queries = [it for _, it in pending._queries.items()]  # noqa: SLF001
        assert len({it.entity.jid for it in queries}) == len(queries)
        subjects = {subject for it in queries for subject in it.subjects}
        assert pending._ids.keys() == subjects  # noqa: SLF001
        waiting = [
            (who, entity) for it in queries for who, entity in it.waiting.items()
        ]
        for who, entity in waiting:
            assert self.discovery._entities.get(who) is entity  # noqa: SLF001
        assert len({who for who, _ in waiting}) == len(waiting) <= 3


TestHonestAndNot = HonestAndNot.TestCase
TestHonestAndNot.settings = settings(stateful_step_count=30)
