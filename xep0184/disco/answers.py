"""Reads disco#info queries and answers, and matches answers to queries.

Reading is lenient: what breaks a rule is reported as an `Oddity` beside the rest.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from xep0184 import jid, ns, xml
from xep0184.disco.children import info_of
from xep0184.disco.info import Answer, Info, Match, Oddity, Query
from xep0184.errors import FormatCode, FormatError, XMLCode, XMLError
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Collection

    from xep0184.jid import JID
    from xep0184.xml import ElementLike, Limits, Source

__all__ = ["answer_of", "from_element", "match", "parse", "query_of", "support"]


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
        limits: The limits to apply.
        lang: The ``xml:lang`` of the stream.

    Returns:
        What the iq says, with its oddities.

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
    source: Source,
    /,
    *,
    namespaces: Collection[str] = ns.STANZAS,
    limits: Limits = xml.DEFAULT_LIMITS,
    lang: str | None = None,
) -> Answer:
    """Read an iq that another parser made into an element.

    Args:
        source: An element of lxml or of the standard library, which is not changed;
            or its octets.
        namespaces: The content namespaces to accept.
        limits: The limits to apply.
        lang: The ``xml:lang`` to inherit if no parent of the element has one.
            Elements of the standard library do not know their parents.

    Returns:
        As `parse`.

    Raises:
        XMLError: RESTRICTED or LIMIT, as far as an element still shows it;
            NOT_WELL_FORMED for text that is not UTF-8.
        FormatError: NOT_A_STANZA, NOT_AN_IQ.

    >>> from xml.etree import ElementTree
    >>> from_element(ElementTree.Element("{jabber:client}iq", id="a")).id
    'a'
    """
    try:
        return _answer(xml.element_of(source, limits=limits), namespaces, lang)
    except UnicodeDecodeError as error:
        raise _not_utf8(error) from None


def answer_of(query: Source, /, *, lang: str | None = None) -> Answer:
    """Read the query element of a result without the iq around it.

    Args:
        query: A disco#info query, or its octets.
        lang: The ``xml:lang`` to inherit if no parent of the element has one.

    Returns:
        What the query says, as if it were in an iq of type ``result``.

    Raises:
        XMLError: As `from_element`.

    >>> query = ("<query xmlns='http://jabber.org/protocol/disco#info'>"
    ...     "<feature var='a'/></query>")
    >>> answer_of(query).info.features
    ('a',)
    """
    try:
        return _result(Answer(type="result"), xml.element_of(query), lang)
    except UnicodeDecodeError as error:
        raise _not_utf8(error) from None


def query_of(
    source: Source, /, *, namespaces: Collection[str] = ns.STANZAS
) -> Query | None:
    """Read an iq as a disco#info query.

    Args:
        source: Any element, or its octets.
        namespaces: The content namespaces to accept.

    Returns:
        The query, the first if there are several; None if there is none.

    Raises:
        XMLError: Octets or text are not XMPP's XML.

    >>> iq = ("<iq xmlns='jabber:client' type='get' id='1'>"
    ...     "<query xmlns='http://jabber.org/protocol/disco#info' node='n'/></iq>")
    >>> query_of(iq).node
    'n'
    """
    element = xml.unchecked_element_of(source)
    get = element.get
    with suppress(UnicodeDecodeError):  # lxml in recover mode
        namespace, name = ns.split(str(element.tag))
        if name != "iq" or namespace not in namespaces or get("type") != "get":
            return None
        for child in element:
            if child.tag == ns.QUERY_TAG:
                node = child.get("node") or None
                return Query(to=get("to"), id=get("id"), node=node, from_=get("from"))
    return None


def support(info: Info | None, /) -> Support:
    """Return what an answer says of the support for receipts (XEP-0184 §6).

    Args:
        info: What the entity answered; None if it gave no answer.

    >>> support(Info()), support(None)
    (<Support.NO: 'no'>, <Support.UNKNOWN: 'unknown'>)
    """
    if info is None:
        return Support.UNKNOWN
    return Support.YES if ns.RECEIPTS in info.features else Support.NO


def match(query: Query, answer: Answer, /, *, account: JID) -> Match:
    """Check whether an iq answers a query, by id, sender and node.

    An answer to a query to the account itself may come without ``from``, from the
    bare JID, from the full JID or from the server; one from the server may come
    without ``from`` (RFC 6120 §8.1.2.1). Any other answer comes from the JID that
    was asked.

    Args:
        query: The query that was sent. Without ``to`` it asks the account.
        answer: The iq that came in.
        account: The account that sent the query, bare or full. Its normaliser is used
            for the addresses of query and answer.

    Returns:
        YES, or the first reason against it. NO_NODE means that the answer leaves out
        the node of the query, as some clients do; accept it only if its hash is right.

    >>> account = jid.parse("n@shakespeare.lit/westminster")
    >>> match(Query(to="a@b/c", id="1"), Answer(from_="eve@b", id="1", type="result"),
    ...     account=account)
    <Match.OTHER_SENDER: 'other-sender'>
    >>> match(Query(to=None, id="1"), Answer(id="1", type="result"), account=account)
    <Match.YES: 'yes'>
    """
    if answer.type not in {"result", "error"}:
        return Match.NOT_AN_ANSWER
    if answer.id is None or answer.id != query.id:
        return Match.OTHER_ID
    if not _is_from(answer.from_, query.to, account):
        return Match.OTHER_SENDER
    asked = query.node or None
    if answer.type == "error" or answer.info is None or answer.node == asked:
        return Match.YES
    return Match.NO_NODE if answer.node is None else Match.OTHER_NODE


def _is_from(from_: str | None, to: str | None, account: JID) -> bool:
    """Check whether an answer may have this sender (RFC 6120 §8.1.2.1)."""
    normaliser = account.normaliser
    sender = jid.parse_or_none(from_, normaliser=normaliser)
    asked = account.bare if to is None else jid.parse_or_none(to, normaliser=normaliser)
    if asked is None or (sender is None and from_ is not None):
        return False
    server = jid.JID(None, account.domain)
    if asked == account.bare:
        return sender in {None, asked, account, server}
    return sender == asked or (sender is None and asked == server)


def _answer(
    element: ElementLike, namespaces: Collection[str], lang: str | None
) -> Answer:
    namespace, name = ns.split(str(element.tag))
    if namespace not in namespaces:
        raise FormatError(FormatCode.NOT_A_STANZA, element.tag)
    if name != "iq":
        raise FormatError(FormatCode.NOT_AN_IQ, element.tag)
    get = element.get
    iq = Answer(from_=get("from"), to=get("to"), id=get("id"), type=get("type"))
    if iq.type == "error":
        return replace(iq, condition=xml.error_condition(element))
    if iq.type != "result":
        return iq
    queries = [child for child in element if child.tag == ns.QUERY_TAG]
    if not queries:
        return replace(iq, oddities=(Oddity.NO_QUERY,))
    own = get(ns.LANG)
    answer = _result(iq, queries[0], lang if own is None else own)
    if len(queries) == 1:
        return answer
    return replace(answer, oddities=(Oddity.MULTIPLE_QUERY, *answer.oddities))


def _result(iq: Answer, query: ElementLike, lang: str | None) -> Answer:
    info, oddities = info_of(query, lang)
    return replace(iq, node=query.get("node") or None, info=info, oddities=oddities)


def _not_utf8(error: UnicodeDecodeError) -> XMLError:
    """Return the error for text that lxml in recover mode cannot decode."""
    return XMLError(XMLCode.NOT_WELL_FORMED, None, str(error))
