"""The functions that read what a stranger sent, and what must hold for any octets.

A target raises AssertionError where a property does not hold; any other exception
that leaves it was not documented by the function that raised it.
"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from xml.etree import ElementTree as ET

from lxml import etree

from xep0184 import (
    Envelope,
    EnvelopeKind,
    Host,
    Message,
    MessageType,
    OpenQuery,
    Receipts,
    ReceiptsPolicy,
    Resend,
    Situation,
    acknowledge,
    caps,
    codec,
    disco,
    findings,
    jid,
    normalisers,
    ns,
    recordings,
    rules,
    schema,
    stream,
    unwrap,
    xml,
)
from xep0184.caps import Caps, CapsVerdict
from xep0184.discovery import Discovery
from xep0184.errors import BuildError, FormatError, XMLCode, XMLError
from xep0184.findings import FindingSource
from xep0184.receipts import Delivered, ResendStanza, Send
from xep0184.recordings import RecordingError
from xep0184.stream import Broken, Stanza

from . import naive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from xml.etree.ElementTree import Element

    from xep0184 import JID
    from xep0184.disco import Info, Query
    from xep0184.findings import Finding

ME: Final = jid.parse("romeo@montague.lit/orchard")
BOB: Final = "juliet@capulet.lit/balcony"
STANZAS: Final = ("message", "presence", "iq")
QUERIES: Final = (
    OpenQuery(ME.bare, "q1"),
    OpenQuery(jid.parse("room@muc.capulet.lit"), "q2"),
)


def outcome(door: Callable[..., object], given: object, **facts: Any) -> object:
    """Return the result of a function, or the code of its documented error."""
    try:
        return door(given, **facts)
    except (FormatError, XMLError) as error:
        assert str(error)
        return error.code


def infoset(element: Any) -> tuple[object, ...]:
    """Return what an element is, whichever library made it."""
    children = [(infoset(child), child.tail or "") for child in element]
    return element.tag, dict(element.attrib), element.text or "", children


def by_lxml(octets: bytes) -> list[Any]:
    """Parse as a stack with lxml does; libxml2 alone wants namespaces to be URIs."""
    parser = etree.XMLParser(resolve_entities=False, collect_ids=False, huge_tree=True)
    try:
        return [etree.fromstring(octets, parser)]
    except etree.XMLSyntaxError as error:
        assert "is not a valid URI" in str(error)
        return []


def elements_in(octets: bytes) -> list[Element]:
    """Return the elements of a recording."""
    pieces = stream.read(BytesIO(octets))
    return [it.element for it in pieces if isinstance(it, Stanza)]


def read_xml(octets: bytes) -> None:
    """Whatever is accepted is what two other parsers read, and can be written."""
    try:
        element = xml.parse(octets)
    except XMLError as error:
        assert str(error)
        if error.code is XMLCode.NOT_WELL_FORMED:
            ensure_not_well_formed(octets)
        return
    facts = infoset(element)
    assert infoset(ET.fromstring(octets)) == facts  # noqa: S314  # the subject
    assert [infoset(it) for it in by_lxml(octets)] in ([facts], [])
    xml.check(element)
    assert infoset(xml.parse(xml.to_octets(element))) == facts
    alone = outcome(xml.parse, octets, form=xml.SourceForm.STANZA)
    assert alone is XMLCode.RESTRICTED or infoset(alone) == facts


def ensure_not_well_formed(octets: bytes) -> None:
    """Check that expat refuses it, too, unless the encoding is at fault."""
    with suppress(UnicodeDecodeError, ET.ParseError):
        octets.decode()
        ET.fromstring(octets)  # noqa: S314  # the subject
        raise AssertionError


def read_message(octets: bytes) -> None:
    """All doors agree, and what can be written reads back as it was."""
    message = outcome(codec.parse, octets)
    with suppress(XMLError):
        for element in (xml.parse(octets), *by_lxml(octets)):
            assert outcome(codec.from_element, element) == message
    if not isinstance(message, Message):
        return
    list(rules.violations(message))
    plain = replace(message, extensions=())
    with suppress(BuildError):
        assert codec.parse(codec.serialize(plain)) == plain
    ensure_answered_well(message)


def ensure_answered_well(message: Message) -> None:
    """Check that an answer names the message, and that nothing wrong is answered."""
    situation = Situation(account=ME, authorized=True, enabled=True)
    ack = acknowledge(message, situation=situation, id="fresh").ack
    if ack is None:
        return
    assert message.request
    assert not message.is_ack
    assert message.type != MessageType.ERROR
    assert [it.id for it in ack.received] == [message.id]
    assert codec.parse(codec.serialize(ack)) == ack


def read_envelope(octets: bytes) -> None:
    """Only the account proves a carbon, only an open query a result."""
    facts: dict[str, Any] = {"account": ME, "open_queries": QUERIES}
    envelope = outcome(unwrap, octets, **facts)
    with suppress(XMLError):
        for element in (xml.parse(octets), *by_lxml(octets)):
            assert outcome(unwrap, element, **facts) == envelope
    if not isinstance(envelope, Envelope) or envelope.message is None:
        return
    outer = codec.parse(octets)
    sender = ME.bare if outer.from_ is None else jid.parse_or_none(outer.from_)
    if envelope.kind in {EnvelopeKind.CARBON_SENT, EnvelopeKind.CARBON_RECEIVED}:
        assert sender == ME.bare
    if envelope.kind is EnvelopeKind.ARCHIVED:
        assert sender is not None
        assert OpenQuery(sender, envelope.query_id) in QUERIES
    assert envelope.kind is not EnvelopeKind.FORGED


def read_disco(octets: bytes) -> None:
    """All doors agree, and what is complete reads back as it was."""
    answer = outcome(disco.parse, octets)
    asked = outcome(disco.query_of, octets)
    with suppress(XMLError):
        for element in (xml.parse(octets), *by_lxml(octets)):
            assert outcome(disco.from_element, element) == answer
            assert outcome(disco.query_of, element) == asked
    if isinstance(asked, disco.Query):
        with suppress(BuildError):
            assert disco.query_of(disco.refuse(asked)) is None
    if isinstance(answer, disco.Answer) and answer.info is not None:
        ensure_written_back(answer.info)


def ensure_written_back(info: Info) -> None:
    """Check that an answer survives writing, as far as all of it was kept."""
    whole = replace(
        info,
        extensions=(),
        forms=tuple(replace(it, tabular=False) for it in info.forms),
    )
    read = disco.answer_of(disco.serialize(whole), lang=info.lang)
    assert read.info == whole
    assert (disco.support(info) == "yes") == (ns.RECEIPTS in info.features)


def read_caps(octets: bytes) -> None:
    """Hashes are those of a second implementation; what was written reads back."""
    for element in elements_in(octets):
        found = caps.advertisement_of(element)
        for it in (found.caps, found.hashes) if found else ():
            if it is not None:
                ensure_same_caps(it)
        with suppress(FormatError):
            if info := disco.from_element(element).info:
                ensure_same_hashes(info)


def ensure_same_caps(advertised: caps.AnyCaps) -> None:
    """Check that what is advertised survives writing."""
    reader = caps.caps_of if isinstance(advertised, Caps) else caps.hash_set_of
    if isinstance(advertised, Caps):
        advertised = replace(advertised, ext=None)
    with suppress(BuildError):
        assert reader(caps.serialize(advertised)) == advertised
    caps.verify(advertised, disco.Info())


def ensure_same_hashes(info: Info) -> None:
    """Check both hashes against the naive ones, in any order of the items."""
    turned = replace(
        info,
        features=info.features[::-1],
        identities=info.identities[::-1],
        forms=info.forms[::-1],
    )
    for own, other in ((caps.ver, naive.ver), (caps.digest, naive.digest)):
        assert hash_of(own, info) == hash_of(own, turned) == other(info)
    ver = hash_of(caps.ver, info)
    if ver is not None:
        advertised = Caps(node="n", ver=ver, hash="sha-1")
        assert caps.verify(advertised, info) is CapsVerdict.OK
    caps.conceals(info)


def hash_of(door: Callable[[Info], str], info: Info) -> str | None:
    """Return a hash; None for an answer that has none."""
    try:
        return door(info)
    except BuildError as error:
        assert str(error)
        return None


def discover(octets: bytes) -> None:
    """Support is known only from an answer that lists it, and memory is bounded."""
    ids = map(str, count(1))
    found = Discovery(
        ME,
        may_query=lambda _: True,
        max_entities=4,
        max_hashes=4,
        new_id=lambda: next(ids),
    )
    listed = False
    for element in elements_in(octets):
        query = found.presence(element)
        result = found.answer(element)
        listed = listed or any(it.get("var") == ns.RECEIPTS for it in element.iter())
        ensure_can_be_sent(query)
        ensure_can_be_sent(result.next)
        assert len(found.entities) <= 4
        for entity in found.entities:
            assert listed or found.support(entity) != "yes"
    saved = json.loads(json.dumps(found.snapshot()))
    other = Discovery(ME, may_query=lambda _: True)
    assert other.restore(saved) == len(saved["hashes"])
    assert other.snapshot() == saved


def ensure_can_be_sent(query: Query | None) -> None:
    """Check that a query can be written, unless a peer chose a node that cannot."""
    if query is not None and query.to is not None and query.id is not None:
        with suppress(BuildError):
            written = disco.query(query.to, query.id, query.node)
            assert disco.query_of(written) == query


def validate(octets: bytes) -> None:
    """The doors of validation agree, and a finding says what is not valid."""
    try:
        element = xml.parse(octets)
    except XMLError:
        assert isinstance(outcome(findings.examine, octets), XMLCode)
        assert isinstance(outcome(schema.is_valid, octets), XMLCode)
        return
    valid = schema.is_valid(octets)
    assert [schema.is_valid(it) for it in by_lxml(octets)] in ([valid], [])
    report = findings.examine(octets)
    told = [it for it in report.findings if it.source is FindingSource.SCHEMA]
    # What a rule explains is not told by the schema once more.
    is_told = bool(told if valid else report.findings)
    assert is_told is not valid or ns.split(element.tag)[1] not in STANZAS
    assert not (valid and told)
    judged = list(findings.findings(octets))
    assert [it for it in report.findings if it not in told] == judged
    read = [it for it in stream.read(BytesIO(octets)) if isinstance(it, Stanza)]
    if [it.octets for it in read] == [octets]:
        (other,) = findings.examine_all(read)
        assert shown(other.findings) == shown(report.findings)


def shown(found: Sequence[Finding]) -> list[tuple[str, ...]]:
    """Return findings without their texts, in which libxml2 counts columns."""
    return [(it.source, it.code, it.section, it.where) for it in found]


def read_stream(octets: bytes) -> None:
    """Pieces are in order, hold their octets, and do not depend on the blocks."""
    pieces = list(stream.read(BytesIO(octets)))
    ensure_ordered(octets, pieces)
    assert told(stream.read(Trickle(octets))) == told(pieces)


def read_text(octets: bytes) -> None:
    """The same for stanzas in text."""
    pieces = [piece for piece, *_ in stream.TextReader(BytesIO(octets)).pieces()]
    ensure_ordered(octets, pieces, has_prefixes=True)
    again = (piece for piece, *_ in stream.TextReader(Trickle(octets)).pieces())
    assert told(again) == told(pieces)


class Trickle:
    """A source that returns few octets at once: 1 to 61, as its length says."""

    def __init__(self, octets: bytes) -> None:
        self._octets = BytesIO(octets)
        self._most = 1 + len(octets) % 61

    def read(self, size: int, /) -> bytes:
        """Return some octets, none at the end."""
        return self._octets.read(min(size, self._most))


def ensure_ordered(
    octets: bytes, pieces: list[Stanza | Broken], *, has_prefixes: bool = False
) -> None:
    """Check offsets, lines and octets of all pieces; prefixes of lines are blanks."""
    end = 0
    for it in pieces:
        assert it.offset >= end
        assert it.line == octets.count(b"\n", 0, it.offset) + 1
        if isinstance(it, Broken):
            assert str(it.error)
            end = it.offset + it.length
            continue
        end = it.offset + len(it.octets)
        pairs = zip(octets[it.offset : end], it.octets, strict=True)
        assert all(a == b or (has_prefixes and b == ord(" ")) for a, b in pairs)
        assert infoset(xml.parse(it.octets, within=it.within)) == infoset(it.element)
    assert end <= len(octets)


def told(pieces: Iterator[Stanza | Broken] | list[Stanza | Broken]) -> list[object]:
    """Return what can be compared of pieces."""
    return [
        (it.offset, it.line, it.column, it.octets, it.within, it.recovered)
        if isinstance(it, Stanza)
        else (it.offset, it.line, it.column, it.length, it.error.code, it.whole)
        for it in pieces
    ]


def read_recording(octets: bytes) -> None:
    """A file is a recording, compressed or not, or it is refused as none."""
    try:
        source = recordings.Source(BytesIO(octets))
        entries = list(recordings.read(source, recordings.recognise(source.head)))
    except RecordingError as error:
        assert str(error)
        return
    assert [it.place.number for it in entries] == [*range(1, len(entries) + 1)]
    assert any(it.evidence for it in entries) or all(
        not isinstance(it.content, Stanza) or it.content.recovered for it in entries
    )


NORMALISERS: Final = (jid.normalise, normalisers.precis, normalisers.stringprep)


def read_jid(octets: bytes) -> None:
    """A JID reads back as itself; what the default makes equal, PRECIS does."""
    text = octets.decode("utf-8", "surrogateescape")
    for normaliser in NORMALISERS:
        found = outcome(jid.parse, text, normaliser=normaliser)
        assert jid.parse_or_none(text, normaliser=normaliser) == (
            found if isinstance(found, jid.JID) else None
        )
        if isinstance(found, jid.JID):
            assert jid.parse(str(found), normaliser=normaliser) == found
            assert found.is_of(found.bare)
    ensure_merged_by_precis(text, text.swapcase())


def ensure_merged_by_precis(one: str, other: str) -> None:
    """Check that the default makes nothing equal that a PRECIS server keeps apart."""
    if jid.parse_or_none(one) is None or jid.parse_or_none(one) != jid.parse_or_none(
        other
    ):
        return
    strict = [
        jid.parse_or_none(it, normaliser=normalisers.precis) for it in (one, other)
    ]
    assert None in strict or strict[0] == strict[1]


class Everybody(Host):
    """A host that trusts everyone."""

    def enabled(self, _contact: JID, /) -> bool:
        """Return that receipts are wanted."""
        return True

    def authorized(self, _contact: JID, /) -> bool | None:
        """Return that everybody may see the presence."""
        return True

    def first_sight(self, _archived: Envelope, /) -> bool:
        """Return that archived messages are new."""
        return True


def receive(octets: bytes) -> None:
    """A session: nothing raises, and nothing is confirmed that was not sent."""
    policy = ReceiptsPolicy(timeout=50.0, resend=Resend(delay=20, count=1))
    receipts = Receipts(Everybody(), ME, policy, journal=True)
    sent = (
        f"<message xmlns='jabber:client' to='{BOB}' id='m1'><body>hi</body></message>"
    )
    receipts.outgoing(sent, 0.0, token=1)
    now = 0.0
    for number, element in enumerate(elements_in(octets)):
        now += number % 7
        incoming = receipts.incoming(element, now)
        assert incoming.asks == (incoming.key is not None)
        _ = incoming.message
        if number % 3:
            receipts.processed(incoming.key, now)
        receipts.handle_timer(now)
        receipts.changes(now, now)
        carry_out(receipts)
    saved = json.loads(json.dumps(receipts.snapshot(now, now)))
    other = Receipts(Everybody(), ME, policy)
    other.restore(saved, now, now)
    assert other.snapshot(now, now) == saved


def carry_out(receipts: Receipts) -> None:
    """Check every action; each can be read, and confirms only what was sent."""
    for action in list(receipts.actions()):
        if isinstance(action, Send):
            written = xml.parse(action.octets)
            if written.tag == f"{{{ns.CLIENT}}}message":
                message = codec.parse(action.octets)
                assert message.is_ack
                assert not message.request
                assert message.type != MessageType.ERROR
        elif isinstance(action, Delivered):
            if not action.elsewhere:  # a carbon may show what another client sent
                assert action.id == "m1"
                assert action.sender.is_of(jid.parse(BOB))
        elif isinstance(action, ResendStanza):
            assert action.token == 1
        receipts.done(action)


class Target(NamedTuple):
    """One door.

    Attributes:
        door: Takes octets, and asserts.
        share: How many of a hundred executions it gets.
        length: Of the longest input, in octets.
    """

    door: Callable[[bytes], None]
    share: int
    length: int = 4_096


TARGETS: Final[dict[str, Target]] = {
    "xml": Target(read_xml, 20, 2_048),
    "message": Target(read_message, 16, 2_048),
    "envelope": Target(read_envelope, 14, 2_048),
    "disco": Target(read_disco, 10),
    "caps": Target(read_caps, 6),
    "discovery": Target(discover, 4),
    "schema": Target(validate, 2, 2_048),
    "stream": Target(read_stream, 5),
    "text": Target(read_text, 5),
    "recordings": Target(read_recording, 3, 8_192),
    "jid": Target(read_jid, 13, 256),
    "receipts": Target(receive, 2),
}
