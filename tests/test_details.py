"""Details that no other test noticed: each fails for one changed place of the source.

`tests.mutation` found them, room by room.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from lxml import etree

from xep0184 import Host, Receipts, Support, caps, codec, disco, findings, jid, ns, xml
from xep0184.caps import Caps, Hash, HashSet, OwnCaps
from xep0184.disco import DataForm, Field, Identity, Info
from xep0184.discovery import Discovery
from xep0184.discovery.entity import keys_of
from xep0184.errors import BuildError, MissingExtraError, XMLCode, XMLError
from xep0184.findings.codes import CODES
from xep0184.findings.form import odd_forms
from xep0184.receipts import NotAnswered, ReceiptsCode, ReceiptsError, Send
from xep0184.receipts.content import message_digest
from xep0184.rules import RULES, Level, RuleScope

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184 import JID

R = ns.RECEIPTS
ME = jid.parse("romeo@montague.lit/orchard")
BOB = "juliet@capulet.lit/balcony"
PC = Identity(category="client", type="pc")
YEAR = 365 * 86_400.0


class Everybody(Host):
    """A host that trusts everyone."""

    def enabled(self, _contact: JID, /) -> bool:
        """Return that receipts are wanted."""
        return True

    def authorized(self, _contact: JID, /) -> bool | None:
        """Return that everybody may see the presence."""
        return True


def made() -> Receipts:
    """Return the receipts of the account."""
    return Receipts(Everybody(), ME)


def message(content: str, **attributes: str) -> str:
    """Return a message."""
    written = "".join(f" {name}='{value}'" for name, value in attributes.items())
    return f"<message xmlns='jabber:client'{written}>{content}</message>"


# Errors name what is wrong


@pytest.mark.parametrize(
    ("field", "refused"),
    [
        ("node", lambda: OwnCaps(Info(), node="", sends_receipts=True)),
        ("form", lambda: caps.ver(Info(forms=(form("a", "b"),)))),
        ("form", lambda: caps.ver(Info(forms=(form("a"), form("a"))))),
        ("feature", lambda: caps.ver(Info(features=("a", "a")))),
        ("factor", lambda: caps.ver(Info(features=("a<b",)))),
        ("factor", lambda: caps.ver(Info(features=("\ud800",)))),
        ("extensions", lambda: caps.digest(Info(extensions=("a",)))),
        ("to", lambda: disco.query("", "1")),
        ("id", lambda: disco.query("a@b/c", "")),
        ("identities", lambda: disco.complete(Info())),
        ("identity@type", lambda: disco.complete(identified(("client", "")))),
        ("identity", lambda: disco.complete(Info(identities=(PC, PC)))),
        ("identity", lambda: disco.complete(named("a", "b"))),
        ("form", lambda: disco.complete(Info(identities=(PC,), forms=(form(),)))),
        (
            "feature",
            lambda: disco.complete(Info(identities=(PC,), features=("a", "a"))),
        ),
        ("field", lambda: disco.complete(with_fields("a", "a"))),
        ("field@var", lambda: disco.complete(with_fields(""))),
        ("namespace", lambda: Receipts(Everybody(), ME, namespace="urn:x")),
    ],
    ids=map(str, count()),
)
def test_a_build_error_names_its_field(
    field: str, refused: Callable[[], object]
) -> None:
    """By its name in XML, or as the argument."""
    with pytest.raises(BuildError) as caught:
        refused()
    assert caught.value.field == field


def form(*types: str) -> DataForm:
    """Return a form with these types."""
    return DataForm(fields=(Field(var="FORM_TYPE", type="hidden", values=types),))


def with_fields(*names: str) -> Info:
    """Return an answer with a form that has these fields and a type."""
    type_ = Field(var="FORM_TYPE", type="hidden", values=("t",))
    fields = (type_, *(Field(var=name, values=("v",)) for name in names))
    return Info(identities=(PC,), forms=(DataForm(fields=fields),))


def identified(*kinds: tuple[str, str]) -> Info:
    """Return an answer with these identities."""
    return Info(identities=tuple(Identity(category=c, type=t) for c, t in kinds))


def named(*names: str) -> Info:
    """Return an answer with one identity under several names."""
    found = (Identity(category="client", type="pc", name=name) for name in names)
    return Info(identities=tuple(found))


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (XMLError(XMLCode.RESTRICTED, 3), "restricted-xml: line 3: XMPP forbids"),
        (XMLError(XMLCode.LIMIT), "limit: this exceeds"),
        (XMLError(XMLCode.LIMIT, None, "big"), "limit: big; this exceeds"),
        (
            MissingExtraError("schema", "lxml"),
            "lxml is not installed; run: pip install 'xep0184[schema]'",
        ),
    ],
)
def test_an_error_says_only_what_it_knows(error: Exception, text: str) -> None:
    """No line, column or detail that is not there."""
    assert str(error)[: len(text)] == text
    assert len(str(error)) == len(text) or text.endswith(("forbids", "exceeds"))


@pytest.mark.parametrize(
    ("octets", "detail"),
    [
        (b"\xef\xbb\xbf<a/>", "UTF-8 with a byte order mark"),
        (b"\xff\xfe\0\0<", "UTF-32"),
        (b"\0\0\xfe\xff", "UTF-32"),
        (b"<\0\0\0", "UTF-32"),
        (b"\0\0\0<", "UTF-32"),
        (b"\xff\xfe<\0", "UTF-16"),
        (b"\xfe\xff\0<", "UTF-16"),
        (b"<\0a\0", "UTF-16"),
        (b"\0<\0a", "UTF-16"),
        (b"\x4c\x6f\xa7\x94", "EBCDIC"),
    ],
)
def test_an_encoding_is_named_by_its_first_octets(octets: bytes, detail: str) -> None:
    """XML 1.0 appendix F; the place is the first line."""
    with pytest.raises(XMLError) as caught:
        xml.parse(octets)
    found = caught.value
    assert (found.code, found.line, found.detail) == (XMLCode.ENCODING, 1, detail)


# Reading and writing


def test_the_condition_of_an_error_is_not_its_text() -> None:
    """Whichever stands first (RFC 6120 §8.3.2), and no element of another namespace."""
    errors = ns.STANZA_ERRORS
    content = f"<text xmlns='{errors}'>x</text><gone xmlns='{errors}'/>"
    stanza = xml.parse(message(f"<error><a xmlns='urn:x'/>{content}</error>"))
    assert xml.error_condition(stanza) == "gone"
    stanza = xml.parse(message(f"<error xmlns='urn:x'>{content}</error>"))
    assert xml.error_condition(stanza) is None
    error = f"<error><gone xmlns='{errors}'/></error>"
    for attribute in ("", *(f" xmlns='{it}'" for it in sorted(ns.STANZAS) if it)):
        stanza = xml.parse(f"<iq{attribute}>{error}</iq>")
        assert xml.error_condition(stanza) == "gone"


def test_an_advertisement_is_read_and_written_exactly() -> None:
    """All four attributes, and every tag."""
    read = caps.caps_of(f"<c xmlns='{ns.CAPS}' node='n' ver='v' hash='h' ext='e'/>")
    assert read == Caps(node="n", ver="v", hash="h", ext="e")
    assert caps.serialize(HashSet((Hash("sha-256", "AA"),))) == (
        b'<c xmlns="urn:xmpp:caps"><hash xmlns="urn:xmpp:hashes:2" algo="sha-256">AA'
        b"</hash></c>"
    )


def test_the_known_hash_functions_are_those_of_the_xep() -> None:
    """With the octets that each returns (XEP-0300 §4)."""
    sha = {"sha-1": 20, "sha-224": 28, "sha-256": 32, "sha-384": 48, "sha-512": 64}
    others = {"sha3-256": 32, "sha3-512": 64, "blake2b-256": 32, "blake2b-512": 64}
    known = sha | others
    assert dict(caps.SIZES) == known


def test_only_the_field_form_type_gives_the_type_of_a_form() -> None:
    """Another hidden field does not (XEP-0068 §3)."""
    hidden = Field(var="other", type="hidden", values=("a",))
    assert DataForm(fields=(hidden,)).types == ()


def test_an_id_that_cannot_be_written_gets_no_receipt() -> None:
    """The id of the ack message is checked, not only that of the receipt."""
    element = ET.Element("{jabber:client}message", id="\1")
    with pytest.raises(BuildError) as caught:
        codec.add_received(element, "m")
    assert (caught.value.code, caught.value.field) == ("illegal-character", "id")
    assert len(element) == 0


def test_what_is_added_to_an_element_of_lxml_has_no_prefix() -> None:
    """Some clients do not know prefixes (RFC 6120 §4.8.5)."""
    element = etree.fromstring("<message xmlns='jabber:client' id='a'/>")
    codec.add_request(element)
    assert etree.tostring(element) == (
        b'<message xmlns="jabber:client" id="a"><request xmlns="urn:xmpp:receipts"/>'
        b"</message>"
    )


def test_a_look_alike_is_one_in_a_message_only() -> None:
    """Not in an iq; and an element of another known protocol is none."""
    other = "<request xmlns='urn:o'/>"
    iq = f"<iq xmlns='jabber:client' type='get' id='1'>{other}</iq>"
    assert list(findings.findings(iq)) == []
    marker = f"<received xmlns='{ns.CHAT_MARKERS}' id='a'/>"
    assert list(findings.findings(message(marker, id="b"))) == []
    (found,) = findings.findings(message(other, id="b"))
    assert found.code == "look-alike"


def test_a_mistake_of_the_form_names_its_element() -> None:
    """No element if it is one of the stanza itself."""
    stanza = ET.Element("message")
    assert list(odd_forms(stanza, is_message=True, is_prefixed=True)) == [
        ("no-namespace", "")
    ]
    stanza = ET.Element("{jabber:client}message")
    assert list(odd_forms(stanza, is_message=True, is_prefixed=True)) == [
        ("content-prefix", "")
    ]


@pytest.mark.parametrize("content", ["<a xmlns='urn:x'/>", "x"])
def test_a_receipt_has_no_content(content: str) -> None:
    """Neither an element nor text (XEP-0184 §11)."""
    stanza = xml.parse(message(f"<request xmlns='{R}'>{content}</request>"))
    assert list(odd_forms(stanza, is_message=True, is_prefixed=False)) == [
        ("unexpected-content", f"{{{R}}}request")
    ]


@pytest.mark.parametrize("name", ["schemaLocation", "noNamespaceSchemaLocation"])
def test_a_receipt_may_name_its_schema(name: str) -> None:
    """As any element (XML Schema 1 §2.6.3)."""
    stanza = xml.parse(
        message(f"<request xmlns='{R}' xmlns:x='{ns.XSI}' x:{name}='u'/>")
    )
    assert list(odd_forms(stanza, is_message=True, is_prefixed=False)) == []


def test_the_codes_of_stanzas_are_explained() -> None:
    """Not those of decisions, which no finding has."""
    scopes = {RuleScope.FORM, RuleScope.STANZA}
    ids = {it.id for it in RULES if it.scope in scopes}
    assert ids < CODES.keys()
    assert {it.scope for it in CODES.values()} == scopes


@pytest.mark.parametrize("missing", ["node", "ver", "hash"])
def test_an_advertisement_with_a_part_missing_cannot_be_verified(missing: str) -> None:
    """So there is no hash to keep an answer under (XEP-0115 §4)."""
    whole = Caps(node="n", ver="BU8l8wpx4J15lZF5a166BQRnd7w=", hash="sha-1")
    assert len(keys_of(whole)) == 1
    without: Any = {missing: None}
    assert keys_of(replace(whole, **without)) == ()


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("chat", "headline", False),
        ("chat", "normal", False),
        ("normal", "unknown", True),
        ("normal", "chat", False),
    ],
)
def test_the_digest_depends_on_the_type(one: str, other: str, *, equal: bool) -> None:
    """A type that is unknown is normal (RFC 6121 §5.2.2)."""
    digests = [
        message_digest(xml.parse(message("<body>hi</body>", type=it)))
        for it in (one, other)
    ]
    assert (digests[0] == digests[1]) is equal


# Discovery


def advertised() -> caps.Advertisement:
    """Return what clients of one version advertise."""
    ver = caps.ver(Info(features=("a",)))
    return caps.Advertisement(caps=Caps(node="n", ver=ver, hash="sha-1"))


def test_those_who_wait_for_an_answer_are_asked_in_turn() -> None:
    """Each time a query about their hash is given up, until nobody waits."""
    ids = map(str, count())
    found = Discovery(ME, may_query=lambda _: True, new_id=lambda: next(ids))
    entities = [jid.parse(f"{name}@b.lit/c") for name in "abc"]
    query = found.available(entities[0], advertised())
    assert [found.available(it, advertised()) for it in entities[1:]] == [None, None]
    for entity in entities:
        assert query is not None
        assert query.to == str(entity)
        query = found.give_up(query)
    assert query is None


def test_a_known_client_keeps_what_the_stack_has_learned() -> None:
    """Its next presence, which advertises the same, asks for nothing."""
    found = Discovery(ME, may_query=lambda _: True)
    bob = jid.parse(BOB)
    assert found.available(bob, advertised()) is not None
    found.learned(bob, Info(features=(R,)))
    assert found.available(bob, advertised()) is None
    assert found.support(bob) is Support.YES


def test_changes_are_noted_for_a_journal_only() -> None:
    """By default there is none."""
    plain = Discovery(ME, may_query=lambda _: True)
    noting = Discovery(ME, may_query=lambda _: True, journal=True)
    for found, number in ((plain, 0), (noting, 1)):
        query = found.available(jid.parse(BOB), advertised())
        assert query is not None
        answer = disco.Answer(
            from_=BOB,
            id=query.id,
            type="result",
            node=query.node,
            info=Info(features=("a",)),
        )
        found.answer(answer)
        assert len(found.changes()) == number


def test_an_empty_node_is_none() -> None:
    """In a query as in its answer (XEP-0030 §3.2)."""
    query = disco.Query(to=BOB, id="1", node="")
    answer = disco.Answer(from_=BOB, id="1", type="result", info=Info())
    assert disco.match(query, answer, account=ME) is disco.Match.YES


def test_who_is_asked_is_remembered() -> None:
    """From the query on, not only from the answer."""
    found = Discovery(ME, may_query=lambda _: True)
    assert found.ask(jid.parse(BOB)) is not None
    assert found.entities == (jid.parse(BOB),)


# Receipts


def test_an_account_that_is_no_jid_is_named() -> None:
    """As the argument it is."""
    account: Any = "romeo@montague.lit"
    with pytest.raises(ReceiptsError) as caught:
        Receipts(Everybody(), account)
    assert (caught.value.code, caught.value.field) == (ReceiptsCode.BAD_JID, "account")


@pytest.mark.parametrize(
    "call",
    [
        lambda it, now: it.incoming("<iq/>", now),
        lambda it, now: it.outgoing("<iq/>", now),
        lambda it, now: it.processed(None, now),
        lambda it, now: it.bound(ME, now),
        lambda it, now: it.disconnected(now),
        lambda it, now: it.resumed(now),
        lambda it, now: it.roster_ready(now),
        lambda it, now: it.forget(jid.parse(BOB), now),
        lambda it, now: it.handle_timer(now),
        lambda it, now: it.changes(now, 0.0),
        lambda it, now: it.snapshot(now, 0.0),
        lambda it, now: it.restore(made().snapshot(0.0, 0.0), now, 0.0),
    ],
    ids=map(str, count()),
)
def test_every_call_moves_the_clock(call: Callable[[Receipts, float], object]) -> None:
    """It refuses a time that is none, and later times that are a year earlier."""
    receipts = made()
    with pytest.raises(ReceiptsError) as caught:
        call(receipts, math.nan)
    assert caught.value.code is ReceiptsCode.CLOCK
    call(receipts, 3 * YEAR)
    with pytest.raises(ReceiptsError) as caught:
        receipts.handle_timer(YEAR)
    assert caught.value.code is ReceiptsCode.CLOCK


def queries(receipts: Receipts) -> list[disco.Query]:
    """Return the queries that are to be sent."""
    sent = [it.octets for it in receipts.actions() if isinstance(it, Send)]
    return [query for octets in sent if (query := disco.query_of(octets)) is not None]


def answer_to(id_: str | None) -> str:
    """Return the answer of a client that does not support receipts."""
    return (
        f"<iq xmlns='jabber:client' type='result' from='{BOB}' id='{id_}'>"
        f"<query xmlns='{ns.DISCO_INFO}'><feature var='urn:x'/></query></iq>"
    )


def ruling_of(receipts: Receipts, now: float) -> str:
    """Return why a message to a client may, or may not, ask for a receipt."""
    sent = message("<body>hi</body>", to=BOB, type="chat")
    ruling = receipts.outgoing(sent, now).ruling
    assert ruling is not None
    return "allowed" if ruling.allowed else ruling.reason


def test_a_query_is_not_given_up_before_its_time() -> None:
    """The answer after a call of the timer is used."""
    receipts = made()
    receipts.outgoing(message("<body>hi</body>", to=BOB, type="chat"), 0.0)
    (query,) = queries(receipts)
    assert receipts.next_deadline == 60.0
    receipts.handle_timer(59.0)
    receipts.incoming(answer_to(query.id), 59.5)
    assert receipts.next_deadline is None
    assert ruling_of(receipts, 60.0) == "unsupported"


def test_a_query_of_the_stack_survives_that_another_contact_is_forgotten() -> None:
    """Only those to the contact are void."""
    receipts = made()
    receipts.outgoing(disco.query(BOB, "q"), 0.0)
    receipts.forget(jid.parse("eve@example.org"), 0.0)
    receipts.incoming(answer_to("q"), 1.0)
    assert ruling_of(receipts, 2.0) == "unsupported"


def test_an_archive_is_the_address_that_was_asked() -> None:
    """A query to a room opens no result of the account, and no other way round."""
    room, receipts = "room@muc.lit", made()
    query = f"<query xmlns='{ns.MAM}' queryid='q'/>"
    iq = f"<iq xmlns='jabber:client' type='set' id='1' to='{room}'>{query}</iq>"
    receipts.outgoing(iq, 0.0)
    inner = message(
        "<body>hi</body>", id="a", type="groupchat", **{"from": f"{room}/n"}
    )
    result = f"<forwarded xmlns='{ns.FORWARD}'>{inner}</forwarded>"
    result = f"<result xmlns='{ns.MAM}' queryid='q'>{result}</result>"
    for sender, is_read in ((room, True), (str(ME.bare), False)):
        incoming = receipts.incoming(message(result, **{"from": sender}), 1.0)
        assert (incoming.message is not None) is is_read


def test_a_request_without_an_id_is_explained() -> None:
    """When the message was processed, as any other message that is not answered."""
    receipts = made()
    asking = f"<body>hi</body><request xmlns='{R}'/>"
    with receipts.incoming(message(asking, **{"from": BOB}), 0.0):
        pass
    (action,) = receipts.actions()
    assert isinstance(action, NotAnswered)
    assert action.ruling.allowed is False


def test_an_error_that_goes_out_with_a_request_is_not_tracked() -> None:
    """It copies the message that it refuses (RFC 6120 §8.3.1)."""
    receipts = made()
    copied = message(f"<request xmlns='{R}'/>", to=BOB, id="a", type="error")
    assert receipts.outgoing(copied, 0.0).id is None
    assert receipts.snapshot(0.0, 0.0) == made().snapshot(0.0, 0.0)


def test_a_request_of_the_stack_is_tracked_whatever_the_rules_say() -> None:
    """Support is known to be missing, and the message has a request."""
    receipts = made()
    receipts.learned(jid.parse(BOB), Support.NO)
    asking = f"<body>hi</body><request xmlns='{R}'/>"
    sent = receipts.outgoing(message(asking, to=BOB, id="a", type="chat"), 0.0)
    assert sent.ruling is not None
    assert (sent.ruling.allowed, sent.id) == (False, "a")


def test_a_finding_is_one_of_the_stanza_by_default() -> None:
    """At no line of it."""
    found = findings.Finding(
        source=findings.FindingSource.RULE,
        code="missing-id",
        level=Level.MUST,
        section="XEP-0184 §5.3",
        text="x",
    )
    assert (found.where, found.line) == ("", None)


@pytest.mark.parametrize(
    ("name", "namespace"),
    [
        ("encrypted", "eu.siacs.conversations.axolotl"),
        ("encrypted", "urn:xmpp:omemo:1"),
        ("encrypted", "urn:xmpp:omemo:2"),
        ("openpgp", "urn:xmpp:openpgp:0"),
        ("x", "jabber:x:encrypted"),
    ],
)
def test_what_is_encrypted_is_content(name: str, namespace: str) -> None:
    """Although there is no body (XEP-0384, XEP-0373, XEP-0027)."""
    assert codec.parse(message(f"<{name} xmlns='{namespace}'/>")).has_content
