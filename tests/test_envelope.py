"""Envelopes: the sender of a wrapper is checked first; one level is unwrapped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from xep0184 import (
    FormatCode,
    FormatError,
    Limits,
    Message,
    MessageType,
    XMLCode,
    XMLError,
    codec,
    jid,
    ns,
)
from xep0184.conformance import vectors
from xep0184.envelope import (
    Envelope,
    EnvelopeKind,
    OpenQuery,
    unwrap,
    unwrap_with_element,
)
from xep0184.strategies import messages, wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from xep0184.conformance import Vector

WRAPPED = [it for it in vectors("acknowledging") if "message" not in it.given]
ACCOUNT = jid.parse("kingrichard@royalty.england.lit/throne")
STAMP = "<delay xmlns='urn:xmpp:delay' stamp='2002-09-10T23:08:25Z'/>"
CARBON = (
    "<message xmlns='jabber:client' from='{}'><{} xmlns='urn:xmpp:carbons:2'>"
    "<forwarded xmlns='urn:xmpp:forward:0'>{}</forwarded></{}></message>"
)
RESULT = (
    "<message xmlns='jabber:client' from='{}'><result xmlns='urn:xmpp:mam:2'"
    " queryid='q' id='u'><forwarded xmlns='urn:xmpp:forward:0'>{}</forwarded>"
    "</result></message>"
)
HOSTS: dict[str, Callable[[bytes], Any]] = {
    "lxml": etree.fromstring,
    "stdlib": ET.fromstring,
}


def by_name(vector: Vector) -> str:
    """Name a test after its vector."""
    return vector.name


def opened(
    stanza: str | bytes,
    account: jid.JID = ACCOUNT,
    **options: Any,  # noqa: ANN401  # those of `unwrap`
) -> Envelope:
    """Unwrap a stanza as it came."""
    return unwrap(etree.fromstring(stanza), account=account, **options)


def queries(vector: Vector) -> list[OpenQuery]:
    """Return the open queries of a vector."""
    given_ = vector.given.get("open_queries", [])
    return [OpenQuery(jid.parse(archive), id_) for archive, id_ in given_]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("vector", WRAPPED, ids=by_name)
def test_wrappers_are_told_apart_as_the_vector_says(vector: Vector, host: str) -> None:
    """With either element library, and without changing the element."""
    element = HOSTS[host](vector.octets)
    tree: Any = etree if host == "lxml" else ET
    before = tree.tostring(element)
    account = jid.parse(vector.given.get("account", str(ACCOUNT)))
    envelope = unwrap(element, account=account, open_queries=queries(vector))
    assert envelope.kind == vector.expect.get("kind", "direct")
    assert tree.tostring(element) == before


@pytest.mark.parametrize(
    "vector",
    [it for it in WRAPPED if it.expect["reason"] == "carbon-forged"],
    ids=by_name,
)
def test_a_forged_carbon_holds_no_message(vector: Vector) -> None:
    """Neither the inner nor the outer one (XEP-0280 §11)."""
    forged = Envelope(kind=EnvelopeKind.FORGED, message=None)
    assert opened(vector.octets) == forged


@pytest.mark.parametrize(
    "vector",
    [
        it
        for it in WRAPPED
        if it.expect["reason"] == "archived" and it.given.get("situation")
    ],
    ids=by_name,
)
def test_an_unproven_result_holds_no_message(vector: Vector) -> None:
    """It is recognised as a result, but not read."""
    envelope = opened(vector.octets, open_queries=queries(vector))
    assert (envelope.kind, envelope.message) == (EnvelopeKind.ARCHIVED, None)


@pytest.mark.parametrize(
    "name",
    [
        "R44-received-without-message",
        "R44-received-without-forwarded",
        "R44-carbon-in-a-carbon",
        "R47-result-in-a-carbon",
        "R45-forwarded-without-message",
    ],
)
def test_a_wrapper_without_a_message_is_empty(name: str) -> None:
    """If it holds another element, nothing, or another wrapper, there is no message."""
    vector = next(it for it in WRAPPED if it.name == name)
    assert opened(vector.octets, open_queries=queries(vector)).message is None


@pytest.mark.parametrize("account", [ACCOUNT, ACCOUNT.bare], ids=["full", "bare"])
def test_a_bare_account_unwraps_like_a_full_one(account: jid.JID) -> None:
    """Only the bare JID of the account matters."""
    inner = "<message xmlns='jabber:client' id='i'/>"
    carbon = CARBON.format(ACCOUNT.bare, "sent", inner, "sent")
    expected = Envelope(kind=EnvelopeKind.CARBON_SENT, message=Message(id="i"))
    assert opened(carbon, account) == expected


def test_missing_addresses_of_a_wrapped_message_stay_missing() -> None:
    """They are not taken from the wrapper, in a carbon or a result."""
    inner = "<message xmlns='jabber:client' id='i' type='chat'><body/></message>"
    own = ACCOUNT.bare
    carbon = opened(CARBON.format(own, "received", inner, "received"))
    result = opened(RESULT.format(own, inner), open_queries=[OpenQuery(own, "q")])
    expected = Message(id="i", type=MessageType.CHAT, body="")
    assert (carbon.message, result.message) == (expected, expected)


def test_the_stamp_is_the_one_beside_the_message() -> None:
    """In a wrapper that of the server (XEP-0203 §3), otherwise that of the message."""
    inner = f"<message xmlns='jabber:client'>{STAMP.replace('2002', '1999')}</message>"
    own = ACCOUNT.bare
    result = opened(
        RESULT.format(own, STAMP + inner), open_queries=[OpenQuery(own, "q")]
    )
    assert (result.stamp, result.query_id) == ("2002-09-10T23:08:25Z", "q")
    assert opened(CARBON.format(own, "sent", inner, "sent")).stamp is None
    assert opened(inner).stamp == "1999-09-10T23:08:25Z"
    assert opened("<message xmlns='jabber:client'/>").stamp is None
    unstamped = STAMP.replace("stamp=", "s=")
    assert opened(f"<message xmlns='jabber:client'>{unstamped}</message>").stamp is None


def test_the_query_id_of_an_unknown_query_is_returned() -> None:
    """A caller may want to know which query such a result claims to answer."""
    result = opened(RESULT.format(ACCOUNT.bare, STAMP))
    expected = Envelope(kind=EnvelopeKind.ARCHIVED, message=None, query_id="q")
    assert result == expected


def test_a_wrapped_message_has_an_accepted_content_namespace() -> None:
    """The option for the outer message applies to the inner one, too."""
    inner = "<message xmlns='jabber:component:accept' id='i'/>"
    carbon = CARBON.format(ACCOUNT.bare, "received", inner, "received")
    accepted = (*ns.STANZAS, ns.COMPONENT)
    assert opened(carbon).message is None
    assert opened(carbon, namespaces=accepted).message == Message(id="i")


def test_messages_without_a_namespace_are_unwrapped_where_they_are_accepted() -> None:
    """As in the logs of some tools (XEP-0184 §5.1 shows stanzas so)."""
    inner = "<message id='a' to='k@royalty.lit'/>"
    carbon = CARBON.replace(" xmlns='jabber:client'", "")
    carbon = carbon.format(ACCOUNT.bare, "sent", inner, "sent")
    carbon = carbon.replace(inner, inner.replace("<message", "<message xmlns=''"))
    envelope = unwrap(carbon, account=ACCOUNT, namespaces=(ns.FRAGMENT,))
    assert envelope.message == Message(to="k@royalty.lit", id="a")


def test_limits_apply_inside_too() -> None:
    """The inner message has the limits of the outer one."""
    receipts = "".join(
        f"<received xmlns='urn:xmpp:receipts' id='{number}'/>" for number in range(70)
    )
    inner = f"<message xmlns='jabber:client'>{receipts}</message>"
    carbon = CARBON.format(ACCOUNT.bare, "received", inner, "received")
    capped = opened(carbon).message
    message = opened(carbon, limits=Limits(receipts=100)).message
    assert capped is not None
    assert len(capped.received) == 64
    assert message is not None
    assert len(message.received) == 70
    deep = "<x>" * 80 + "</x>" * 80
    deeper = f"<message xmlns='jabber:client' id='i'>{deep}</message>"
    carbon = CARBON.format(ACCOUNT.bare, "received", deeper, "received")
    message = opened(carbon, limits=Limits(depth=200)).message
    assert message is not None
    assert message.id == "i"


@pytest.mark.parametrize(
    ("stanza", "code"),
    [
        ("<iq xmlns='jabber:client'/>", FormatCode.NOT_A_MESSAGE),
        ("<message xmlns='urn:o'/>", FormatCode.NOT_A_STANZA),
        ("<message/>", FormatCode.NOT_A_STANZA),
    ],
)
def test_an_outer_element_that_is_no_message_is_refused(
    stanza: str, code: FormatCode
) -> None:
    """With the same codes as `from_element`."""
    with pytest.raises(FormatError) as caught:
        opened(stanza)
    assert caught.value.code == code


def test_a_comment_deep_inside_is_refused() -> None:
    """In any wrapper: XMPP allows none (RFC 6120 §11.1)."""
    inner = "<message xmlns='jabber:client'><body><!-- --></body></message>"
    with pytest.raises(XMLError) as caught:
        opened(CARBON.format("iago@venice.lit", "received", inner, "received"))
    assert caught.value.code == XMLCode.RESTRICTED


def test_another_normaliser_decides_whose_carbon_it_is() -> None:
    """A host with full PRECIS can make addresses equal that are different here."""

    def fold(part: jid.Part, text: str) -> str:
        return jid.normalise(part, text).replace("\uff4b", "k")

    inner = "<message xmlns='jabber:client' id='i'/>"
    sender = "\uff4bingrichard@royalty.england.lit"
    carbon = CARBON.format(sender, "sent", inner, "sent")
    assert opened(carbon).kind is EnvelopeKind.FORGED
    account = jid.parse(str(ACCOUNT), normaliser=fold)
    assert opened(carbon, account).kind is EnvelopeKind.CARBON_SENT


FORWARD = "<forwarded xmlns='urn:xmpp:forward:0'>{}</forwarded>"
# XEP-0297 §3.1, example 2, with the same attributes in another order.
TEXT = "<body>A most courteous exposition!</body>"
ORIGINAL = (
    "<message xmlns='jabber:client' id='0202197' type='chat'"
    " from='juliet@capulet.lit/orchard' to='romeo@montague.lit'>"
    "<body>Yet I should kill thee with much cherishing.</body></message>"
)
JULIET = Envelope(
    kind=EnvelopeKind.FORWARDED,
    message=Message(
        from_="juliet@capulet.lit/orchard",
        to="romeo@montague.lit",
        id="0202197",
        type=MessageType.CHAT,
        body="Yet I should kill thee with much cherishing.",
    ),
    stamp="2002-09-10T23:08:25Z",
)


def forwarding(content: str, attributes: str = "") -> Envelope:
    """Unwrap a message that forwards Juliet's beside some content of its own."""
    forward = FORWARD.format(STAMP + ORIGINAL)
    return opened(
        f"<message xmlns='jabber:client' from='romeo@montague.lit/orchard' id='28gs'"
        f" {attributes}>{content}{forward}</message>"
    )


@pytest.mark.requirements("R157")
def test_text_beside_a_forwarded_message_is_kept() -> None:
    """The outer message is direct; what it forwards is kept apart (XEP-0297 §3.2)."""
    expected = Message(
        from_="romeo@montague.lit/orchard",
        id="28gs",
        body="A most courteous exposition!",
        extensions=(ns.FORWARDED_TAG,),
    )
    envelope = forwarding(TEXT)
    assert envelope.message == expected
    assert envelope == Envelope(
        kind=EnvelopeKind.DIRECT, message=expected, forwarded=JULIET
    )


@pytest.mark.requirements("R157")
@pytest.mark.parametrize(
    "content",
    [
        "<encrypted xmlns='urn:xmpp:omemo:2'/>",
        "<request xmlns='urn:xmpp:receipts'/>",
        "<received xmlns='urn:xmpp:receipts' id='a'/>",
    ],
)
def test_a_payload_or_receipt_beside_a_forwarded_message_is_kept(content: str) -> None:
    """Encrypted content and receipts belong to the outer message."""
    envelope = forwarding(content)
    assert envelope.kind is EnvelopeKind.DIRECT
    assert envelope.message is not None
    assert envelope.message.id == "28gs"
    assert envelope.forwarded == JULIET


@pytest.mark.requirements("R157")
@pytest.mark.parametrize(
    "content",
    ["", "<body/>", STAMP, "<stanza-id xmlns='urn:xmpp:sid:0' by='a@b' id='1'/>"],
)
def test_a_forward_without_content_of_its_own_is_the_forwarded_message(
    content: str,
) -> None:
    """An empty body is what XEP-0297 §3.2 asks for; servers add delays and ids."""
    assert forwarding(content) == JULIET


@pytest.mark.requirements("R157")
def test_a_direct_message_keeps_its_own_stamp() -> None:
    """The stamp inside ``<forwarded/>`` belongs to the forwarded message."""
    envelope = forwarding(TEXT + STAMP.replace("2002", "1999"))
    assert envelope.stamp == "1999-09-10T23:08:25Z"
    assert envelope.forwarded == JULIET


@pytest.mark.requirements("R157")
def test_a_forwarded_wrapper_beside_text_holds_nothing() -> None:
    """Only one level is unwrapped."""
    inner = CARBON.format(ACCOUNT.bare, "sent", ORIGINAL, "sent")
    forward = FORWARD.format(inner)
    envelope = opened(f"<message xmlns='jabber:client'>{TEXT}{forward}</message>")
    assert envelope.message is not None
    assert envelope.message.body == "A most courteous exposition!"
    assert envelope.forwarded == Envelope(kind=EnvelopeKind.FORWARDED, message=None)


@pytest.mark.requirements("R157", "R159")
def test_an_error_forwards_nothing() -> None:
    """An error copies the stanza that it refuses (RFC 6120 §8.3.1)."""
    envelope = forwarding(TEXT, "type='error'")
    assert (envelope.kind, envelope.forwarded) == (EnvelopeKind.DIRECT, None)


@pytest.mark.requirements("R42", "R159")
@pytest.mark.parametrize("sender", [str(ACCOUNT.bare), "mallory@evil.lit"])
def test_an_error_is_no_carbon(sender: str) -> None:
    """What it holds may be a copy, and proves nothing (RFC 6120 §8.3.1)."""
    carbon = CARBON.format(sender, "received", ORIGINAL, "received")
    envelope = opened(carbon.replace("<message ", "<message id='e' type='error' ", 1))
    assert envelope.kind == EnvelopeKind.DIRECT
    assert envelope.message is not None
    assert (envelope.message.id, envelope.message.type) == ("e", MessageType.ERROR)


OLDER = ["urn:xmpp:mam:1", "urn:xmpp:mam:0", "urn:xmpp:mam:tmp"]
MAM = [*OLDER, "urn:xmpp:mam:2"]


@pytest.mark.requirements("R158")
@pytest.mark.parametrize("namespace", OLDER)
@pytest.mark.parametrize("host", HOSTS)
def test_a_result_of_an_older_archive_is_an_archive_result(
    namespace: str, host: str
) -> None:
    """It is read under the same conditions as a result of the current version."""
    own = ACCOUNT.bare
    octets = RESULT.format(own, STAMP + ORIGINAL).replace("urn:xmpp:mam:2", namespace)
    element = HOSTS[host](octets.encode())
    query = OpenQuery(own, "q")
    stray = unwrap(element, account=ACCOUNT)
    answer = unwrap(element, account=ACCOUNT, open_queries=[query])
    nothing = Envelope(kind=EnvelopeKind.ARCHIVED, message=None, query_id="q")
    assert stray == nothing
    assert answer == replace(
        nothing, message=JULIET.message, stamp="2002-09-10T23:08:25Z"
    )
    element.set("from", "iago@venice.lit")
    assert unwrap(element, account=ACCOUNT, open_queries=[query]) == nothing


@pytest.mark.requirements("R158")
@pytest.mark.parametrize("namespace", OLDER)
def test_a_result_of_an_older_archive_inside_a_wrapper_holds_nothing(
    namespace: str,
) -> None:
    """Neither in a carbon, nor in a result, nor in a forward."""
    own = ACCOUNT.bare
    inner = RESULT.format(own, ORIGINAL).replace("urn:xmpp:mam:2", namespace)
    query = OpenQuery(own, "q")
    carbon = opened(CARBON.format(own, "received", inner, "received"))
    result = opened(RESULT.format(own, inner), open_queries=[query])
    forward = opened(
        f"<message xmlns='jabber:client'>{FORWARD.format(inner)}</message>"
    )
    assert (carbon.kind, carbon.message) == (EnvelopeKind.CARBON_RECEIVED, None)
    assert (result.kind, result.message) == (EnvelopeKind.ARCHIVED, None)
    assert (forward.kind, forward.message) == (EnvelopeKind.FORWARDED, None)


def test_the_order_of_children_changes_nothing() -> None:
    """A carbon is recognised before and after any other child."""
    start, end = "<message xmlns='jabber:client' from='iago@venice.lit'>", "</message>"
    carbon = "<sent xmlns='urn:xmpp:carbons:2'/>"
    result = "<result xmlns='urn:xmpp:mam:2'/>"
    kinds = {
        opened(start + "".join(order) + end).kind
        for order in ((carbon, result), (result, carbon), ("<body/>", carbon))
    }
    assert kinds == {EnvelopeKind.FORGED}


@given(octets=wire(), which=st.sampled_from(["sent", "received"]))
def test_a_carbon_of_the_account_holds_the_message(octets: bytes, which: str) -> None:
    """Unwrapping does not change it; if it is a wrapper itself, there is none."""
    inner = octets.decode()
    carbon = opened(CARBON.format(ACCOUNT.bare, which, inner, which))
    direct = codec.from_element(etree.fromstring(octets))
    names = [ns.split(name) for name in direct.extensions]
    is_wrapper = any(
        namespace == ns.CARBONS or (namespace in MAM and name == "result")
        for namespace, name in names
    )
    assert carbon.kind == f"carbon-{which}"
    assert carbon.message == (None if is_wrapper else direct)


@pytest.mark.requirements("R42")
@given(
    octets=wire(),
    sender=st.sampled_from(
        ["kingrichard@royalty.england.lit/x", "iago@venice.lit", "royalty.england.lit"]
    ),
)
def test_a_carbon_of_anybody_else_holds_no_message(octets: bytes, sender: str) -> None:
    """Whatever it wraps."""
    carbon = CARBON.format(sender, "sent", octets.decode(), "sent")
    assert opened(carbon) == Envelope(kind=EnvelopeKind.FORGED, message=None)


WRAPPERS = [
    f"{{{namespace}}}{name}"
    for namespace, name in [
        (ns.CARBONS, "sent"),
        (ns.CARBONS, "received"),
        (ns.MAM, "result"),
        ("urn:xmpp:mam:1", "result"),
        (ns.CLIENT, "body"),
        (ns.FORWARD, "forwarded"),
        (ns.CLIENT, "message"),
        (ns.CLIENT, "iq"),
        (ns.DELAY, "delay"),
        (ns.RECEIPTS, "request"),
        (ns.RECEIPTS, "received"),
    ]
]
ADDRESSES = [str(ACCOUNT.bare), str(ACCOUNT), "iago@venice.lit", "@", ""]


@st.composite
def trees(draw: st.DrawFn, depth: int = 5) -> etree._Element:
    """Make any nesting of wrappers, stanzas and other elements."""
    tag = draw(st.sampled_from(WRAPPERS))
    names = draw(st.sets(st.sampled_from(["from", "to", "id", "type", "queryid"])))
    values = st.sampled_from([*ADDRESSES, "q", "error", "chat", "groupchat"])
    element = etree.Element(tag, {name: draw(values) for name in names})
    for _ in range(draw(st.integers(0, 2)) if depth else 0):
        element.append(draw(trees(depth - 1)))
    return element


@given(
    children=st.lists(trees(), max_size=3), sender=st.sampled_from([None, *ADDRESSES])
)
def test_every_nesting_has_an_envelope(
    children: list[etree._Element], sender: str | None
) -> None:
    """Nothing is raised, and a message inside is read only if its wrapper allows it."""
    stanza = etree.Element(f"{{{ns.CLIENT}}}message")
    if sender is not None:
        stanza.set("from", sender)
    stanza.extend(children)
    own = ACCOUNT.bare
    envelope = unwrap(stanza, account=ACCOUNT, open_queries=[OpenQuery(own, "q")])
    trusted = {EnvelopeKind.CARBON_SENT, EnvelopeKind.CARBON_RECEIVED}
    if envelope.kind is EnvelopeKind.ARCHIVED and envelope.message:
        trusted.add(EnvelopeKind.ARCHIVED)
    if envelope.kind in trusted:
        assert sender in {None, str(own)}
    if envelope.kind is EnvelopeKind.FORGED:
        assert envelope.message is None
    if envelope.kind is EnvelopeKind.DIRECT:
        assert envelope.message == codec.from_element(stanza)
    if envelope.forwarded is not None:
        assert envelope.kind is EnvelopeKind.DIRECT
        assert envelope.forwarded.kind is EnvelopeKind.FORWARDED


@given(message=messages())
def test_a_message_that_wraps_nothing_is_direct(message: Message) -> None:
    """Every message that can be written is returned unchanged."""
    element = codec.to_element(message)
    expected = Envelope(kind=EnvelopeKind.DIRECT, message=message)
    assert unwrap(element, account=ACCOUNT) == expected


@pytest.mark.parametrize("host", HOSTS)
def test_the_element_is_checked_before_it_is_read(host: str) -> None:
    """Another parser keeps comments, and may have no limit of depth."""
    start = b"<message xmlns='jabber:client'>"
    for content in (b"<!-- -->", b"<a>" * 200 + b"</a>" * 200):
        element = HOSTS[host](start + content + b"</message>")
        if content == b"<!-- -->" and host == "stdlib":
            element.append(ET.Comment())
        with pytest.raises(XMLError):
            unwrap_with_element(element, account=ACCOUNT)


@pytest.mark.parametrize(
    ("stanza", "code"),
    [
        ("<iq xmlns='jabber:client'>{}</iq>", FormatCode.NOT_A_MESSAGE),
        ("<message xmlns='urn:x'>{}</message>", FormatCode.NOT_A_STANZA),
    ],
)
def test_only_a_message_is_a_wrapper(stanza: str, code: FormatCode) -> None:
    """An iq with a carbon in it holds no message."""
    inner = "<message xmlns='jabber:client' id='a'/>"
    carbon = CARBON.format(ACCOUNT.bare, "received", inner, "received")
    content = carbon.partition(">")[2].removesuffix("</message>")
    assert opened(f"<message xmlns='jabber:client'>{content}</message>").message
    with pytest.raises(FormatError) as caught:
        opened(stanza.format(content))
    assert caught.value.code is code


def test_a_message_is_found_behind_an_element_of_another_protocol() -> None:
    """Even one with the same name."""
    inner = "<message xmlns='urn:x'/><message xmlns='jabber:client' id='a'/>"
    message = opened(CARBON.format(ACCOUNT.bare, "sent", inner, "sent")).message
    assert message is not None
    assert message.id == "a"
