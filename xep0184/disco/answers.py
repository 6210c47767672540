"""From an iq to what it says; lenient, for oddities must not hide features."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xep0184 import jid, ns, xml
from xep0184.disco import children
from xep0184.disco.info import Answer, Info, Match, Oddity, Query
from xep0184.errors import FormatCode, FormatError
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Collection

    from xep0184.jid import Normaliser
    from xep0184.xml import ElementLike, Limits

__all__ = [
    "answer_of",
    "from_element",
    "match",
    "parse",
    "query_of",
    "support",
]


def parse(
    data: bytes | str,
    /,
    *,
    namespaces: Collection[str] = ns.STANZAS,
    limits: Limits = xml.DEFAULT_LIMITS,
    lang: str | None = None,
) -> Answer:
    """Read an iq as an answer to a disco#info query.

    Args:
        data: One iq, UTF-8 if bytes.
        namespaces: The content namespaces to accept.
        limits: What is refused as too large.
        lang: The ``xml:lang`` of the stream.

    Returns:
        What it says, and what is odd about it.

    Raises:
        XMLError: It is not XMPP's XML (RFC 6120 §11).
        FormatError: NOT_A_STANZA, NOT_AN_IQ.

    >>> answer = parse("<iq xmlns='jabber:client' type='result' id='1'>"
    ...     "<query xmlns='http://jabber.org/protocol/disco#info'>"
    ...     "<feature var='urn:xmpp:receipts'/></query></iq>")
    >>> support(answer.info), [str(oddity) for oddity in answer.oddities]
    (<Support.YES: 'yes'>, ['no-identity', 'no-disco-feature'])
    """
    return _answer(xml.parse(data, limits=limits), namespaces, lang)


def from_element(
    element: ElementLike,
    /,
    *,
    namespaces: Collection[str] = ns.STANZAS,
    limits: Limits = xml.DEFAULT_LIMITS,
    lang: str | None = None,
) -> Answer:
    """Read an iq that some other parser made into an element.

    Args:
        element: An element of lxml or of the standard library; left as it is.
        namespaces: The content namespaces to accept.
        limits: What is refused as too large.
        lang: The ``xml:lang`` to inherit where the element has no parent that
            tells; one of the standard library never has.

    Returns:
        As `parse`.

    Raises:
        XMLError: RESTRICTED or LIMIT, as far as an element still shows it.
        FormatError: NOT_A_STANZA, NOT_AN_IQ.

    >>> from xml.etree import ElementTree
    >>> from_element(ElementTree.Element("{jabber:client}iq", id="a")).id
    'a'
    """
    xml.check(element, limits=limits)
    return _answer(element, namespaces, lang)


def query_of(
    element: ElementLike, /, *, namespaces: Collection[str] = ns.STANZAS
) -> Query | None:
    """Read an iq as a disco#info query.

    Args:
        element: Any element.
        namespaces: The content namespaces to accept.

    Returns:
        The query; None if it is none. Nothing is raised.

    >>> query_of(xml.parse("<iq xmlns='jabber:client' type='get' id='1'><query"
    ...     " xmlns='http://jabber.org/protocol/disco#info' node='n'/></iq>")).node
    'n'
    """
    namespace, name = ns.split(str(element.tag))
    get = element.get
    if name != "iq" or namespace not in namespaces or get("type") != "get":
        return None
    for child in element:
        if child.tag == ns.QUERY_TAG:
            node = child.get("node") or None
            return Query(to=get("to"), id=get("id"), node=node, from_=get("from"))
    return None


def answer_of(query: ElementLike, /, *, lang: str | None = None) -> Answer:
    """Read the query element of a result without the iq around it.

    Args:
        query: A disco#info query.
        lang: The ``xml:lang`` it inherits, unless its parents tell.

    Returns:
        What it says, as if an iq of type ``result`` held it.

    Raises:
        XMLError: RESTRICTED or LIMIT, as far as an element still shows it.

    >>> answer_of(xml.parse("<query xmlns='http://jabber.org/protocol/disco#info'>"
    ...     "<feature var='a'/></query>")).info.features
    ('a',)
    """
    xml.check(query)
    info, oddities = children.read(query, lang)
    node = query.get("node") or None
    return Answer(type="result", node=node, info=info, oddities=oddities)


def support(info: Info | None, /) -> Support:
    """Say whether an entity supports receipts (XEP-0184 §6).

    Args:
        info: What it said of itself; None if it did not say.

    >>> support(Info()), support(None)
    (<Support.NO: 'no'>, <Support.UNKNOWN: 'unknown'>)
    """
    if info is None:
        return Support.UNKNOWN
    return Support.YES if ns.RECEIPTS in info.features else Support.NO


def match(
    query: Query, answer: Answer, /, *, normaliser: Normaliser = jid.normalise
) -> Match:
    """Say whether an iq answers a query, by id, sender and node.

    Args:
        query: What was asked.
        answer: What came in.
        normaliser: What makes two spellings of a JID equal.

    Returns:
        YES or the first reason against it. NO_NODE: it leaves out the node that
        was asked about, as some do; believe it only if a hash confirms it.

    >>> match(Query(to="a@b/c", id="1"), Answer(from_="eve@b", id="1", type="result"))
    <Match.OTHER_SENDER: 'other-sender'>
    """
    if answer.type not in {"result", "error"}:
        return Match.NOT_AN_ANSWER
    if answer.id is None or answer.id != query.id:
        return Match.OTHER_ID
    if not _same(answer.from_, query.to, normaliser):
        return Match.OTHER_SENDER
    asked = query.node or None
    if answer.type == "error" or answer.info is None or answer.node == asked:
        return Match.YES
    return Match.NO_NODE if answer.node is None else Match.OTHER_NODE


def _same(one: str | None, other: str | None, normaliser: Normaliser) -> bool:
    if one is None or other is None:
        return one is other
    try:
        return jid.parse(one, normaliser=normaliser) == jid.parse(
            other, normaliser=normaliser
        )
    except FormatError:
        return False


def _answer(
    element: ElementLike, namespaces: Collection[str], lang: str | None
) -> Answer:
    namespace, name = ns.split(str(element.tag))
    if namespace not in namespaces:
        raise FormatError(FormatCode.NOT_A_STANZA, element.tag)
    if name != "iq":
        raise FormatError(FormatCode.NOT_AN_IQ, element.tag)
    get = element.get
    type_, id_ = get("type"), get("id")
    if type_ != "result":
        condition = _condition(element) if type_ == "error" else None
        return Answer(
            from_=get("from"), to=get("to"), id=id_, type=type_, condition=condition
        )
    own = get(ns.LANG)
    node, info, oddities = _said(element, lang if own is None else own)
    return Answer(
        from_=get("from"),
        to=get("to"),
        id=id_,
        type=type_,
        node=node,
        info=info,
        oddities=oddities,
    )


def _said(
    iq: ElementLike, lang: str | None
) -> tuple[str | None, Info | None, tuple[Oddity, ...]]:
    queries = [child for child in iq if child.tag == ns.QUERY_TAG]
    if not queries:
        return None, None, (Oddity.NO_QUERY,)
    info, oddities = children.read(queries[0], lang)
    if len(queries) > 1:
        oddities = (Oddity.MULTIPLE_QUERY, *oddities)
    return queries[0].get("node") or None, info, oddities


def _condition(iq: ElementLike) -> str | None:
    """Return the defined condition of a stanza error (RFC 6120 §8.3.2)."""
    for error in iq:
        if ns.split(error.tag)[1] == "error":
            for child in error:
                namespace, name = ns.split(child.tag)
                if namespace == ns.STANZA_ERRORS and name != "text":
                    return name
    return None
