"""The discovery engine: decides whom to ask, and for whom an answer counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xep0184 import caps, disco, ns, xml
from xep0184.disco import Answer, Match
from xep0184.discovery.entity import Entity, entity_of
from xep0184.discovery.outcomes import AnswerOutcome, AnswerResult, DiscoveryPolicy
from xep0184.discovery.pending import PendingQueries, PendingQuery
from xep0184.discovery.verified import VerifiedAnswers
from xep0184.errors import FormatError, XMLError
from xep0184.ids import fresh_id
from xep0184.recent import Recent
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xep0184.caps import Advertisement
    from xep0184.disco import Info, Query
    from xep0184.jid import JID
    from xep0184.journal import Change
    from xep0184.xml import Source

__all__ = ["Discovery"]

_IGNORED: Final = AnswerResult(outcome=AnswerOutcome.IGNORED)
_NOT_OURS: Final = frozenset({Match.NOT_AN_ANSWER, Match.OTHER_ID, Match.OTHER_SENDER})


class Discovery:
    """Determines which entities support receipts, by disco#info and by caps.

    Pass it every presence and every iq, and send the queries it returns. Call
    `give_up` when a query stays unanswered; otherwise 256 lost queries stop all
    queries caused by presence.

    An answer that has the advertised hash counts for every entity that advertises
    the hash. Any other answer counts for its sender, until the sender goes offline.

    Memory is bounded: at most 18,000 octets for each entity, 19,000 for each of 512
    queries under way and 17,000 for each verified hash, with the default sizes 37 MB
    in all. An answer of more than 16,384 octets counts for its sender only.

    One object is not safe for use from several threads at once; the functions of this
    library are.

    Args:
        account: The account that sends the queries, bare or full. Its normaliser is
            used for the addresses of stanzas; parse the JIDs of other entities with
            it, too.
        may_query: Whether the presence of an entity may cause a query to it. A query
            tells that the user is online, and the full JID. So return True only for
            contacts who see the user's presence, and for occupants of rooms that the
            user has joined. Presence of other entities is ignored.
        policy: Which answers count for other entities.
        max_entities: How many entities are remembered.
        max_hashes: How many verified hashes are remembered.
        new_id: Returns the id of a new query.
        journal: Whether to note what changes, for `changes`.

    Raises:
        BuildError: LIMIT for a size below 1.

    >>> from xml.etree import ElementTree
    >>> from xep0184 import jid
    >>> discovery = Discovery(jid.parse("n@example.org/x"), may_query=lambda _: True,
    ...     new_id=iter("abc").__next__)
    >>> discovery.presence(ElementTree.fromstring(
    ...     "<presence xmlns='jabber:client' from='k@example.org/throne'>"
    ...     "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n'"
    ...     " ver='BU8l8wpx4J15lZF5a166BQRnd7w='/></presence>")).node
    'n#BU8l8wpx4J15lZF5a166BQRnd7w='
    >>> discovery.answer(ElementTree.fromstring(
    ...     "<iq xmlns='jabber:client' type='result' from='k@example.org/throne'"
    ...     " id='a'><query xmlns='http://jabber.org/protocol/disco#info'"
    ...     " node='n#BU8l8wpx4J15lZF5a166BQRnd7w='>"
    ...     "<feature var='urn:xmpp:receipts'/></query></iq>")).outcome
    <AnswerOutcome.SHARED: 'shared'>
    >>> discovery.support(jid.parse("k@example.org/throne"))
    <Support.YES: 'yes'>
    >>> discovery.restore(discovery.snapshot())
    1
    """

    def __init__(
        self,
        account: JID,
        /,
        *,
        may_query: Callable[[JID], bool],
        policy: DiscoveryPolicy = DiscoveryPolicy(),  # noqa: B008  # a frozen value
        max_entities: int = 1024,
        max_hashes: int = 512,
        new_id: Callable[[], str] = fresh_id,
        journal: bool = False,
    ) -> None:
        self._account = account
        self._may_query = may_query
        self._entities: Recent[JID, Entity] = Recent(max_entities, "max_entities")
        self._verified = VerifiedAnswers(max_hashes, policy, journal=journal)
        self._pending = PendingQueries(new_id)

    def presence(self, stanza: Source, /) -> Query | None:
        """Process a presence.

        Args:
            stanza: Any stanza, or its octets. Anything that is not a presence, or that
                `xep0184.xml.check` refuses, is ignored.

        Returns:
            The query to send now; None if there is none.

        Raises:
            XMLError: Octets or text are not XMPP's XML.
        """
        element = xml.unchecked_element_of(stanza)
        try:
            if element is stanza:  # what was parsed was checked
                xml.check(element)
        except XMLError:
            return None
        is_presence = ns.is_stanza(element.tag, "presence")
        from_ = element.get("from") if is_presence else None
        sender = self._account.parse_other(from_)
        if sender is None:
            return None
        if element.get("type") == "unavailable":
            return self.forget(sender)
        return self.available(sender, caps.advertisement_of(element))

    def available(
        self, jid: JID, /, advertisement: Advertisement | None = None
    ) -> Query | None:
        """Process the available presence of an entity.

        Args:
            jid: The entity.
            advertisement: What it advertises. A presence without any does not
                change what is known (XEP-0115 §8.4).

        Returns:
            The query to send now; None if there is none.
        """
        advertised = None if advertisement is None else advertisement.preferred
        if advertised is None or not (_is_client(jid) and self._may_query(jid)):
            return None
        entity = self._entities.get(jid)
        if entity is None or entity.fingerprint != hash(advertised):
            if entity is not None:
                self._pending.stop_waiting(entity)
                jid = entity.jid  # one copy suffices: a JID may take 12 KB
            self._remember(entity_of(jid, advertised))
        return self._query(jid)

    def ask(self, jid: JID, /) -> Query | None:
        """Ask an entity, whether or not its presence was received.

        The query tells the entity that the user is online. `may_query` is not
        called.

        Args:
            jid: The entity: a full JID, or a server or component.

        Returns:
            The query to send. None if the support is known or a query about it is
            under way, and for an account, which does not answer for its clients
            (XEP-0184 §5.1).
        """
        if not _is_client(jid) or self.support(jid) is not Support.UNKNOWN:
            return None
        entity = self._entities.get(jid) or Entity(jid=jid)
        if self._pending.about(jid) or self._pending.about(entity.key):
            return None
        self._remember(entity)
        return self._pending.send(entity)

    def answer(self, iq: Source | Answer, /) -> AnswerResult:
        """Process an answer.

        Args:
            iq: Any stanza, its octets, or the value that `xep0184.disco.parse` made of
                it. What does not answer a query of this object is ignored.

        Returns:
            For whom the answer counts, and the query to send next.

        Raises:
            XMLError: As `xep0184.disco.from_element`.
        """
        if not isinstance(iq, Answer):
            element = xml.unchecked_element_of(iq)
            try:
                if not self.expects(element.get("id")):
                    return _IGNORED
                iq = disco.from_element(element, namespaces=ns.CONTENT)
            except (FormatError, UnicodeDecodeError):
                return _IGNORED
        pending = self._pending.find(iq.id)
        if pending is None:
            return _IGNORED
        match = disco.match(pending.query, iq, account=self._account)
        if match in _NOT_OURS:
            return _IGNORED
        current = self._entities.get(pending.entity.jid)
        if current is None:  # it was displaced, because there were too many
            current = pending.entity
            self._remember(current)  # an entity that waits for this answer may go
        if pending.key is None:  # the answer is newer than the last presence
            pending.entity = current
        with self._pending.ending(pending):
            outcome, verdict = self._verified.evaluate(pending, iq.info, match)
            next_ = self._next(pending)
        return AnswerResult(outcome=outcome, verdict=verdict, next=next_)

    def learned(self, jid: JID, info: Info, /) -> None:
        """Use the answer to a query that the caller sent itself.

        It counts for the entity that gave it, until its presence changes.

        Args:
            jid: The entity that was asked, and has answered. The answer of an account
                is ignored.
            info: The answer.
        """
        if not _is_client(jid):
            return
        entity = self._entities.get(jid) or Entity(jid=jid)
        entity.support = disco.support(info)
        self._remember(entity)

    def give_up(self, query: Query, /) -> Query | None:
        """Give up a query that was not answered.

        Args:
            query: A query that this object returned.

        Returns:
            The query to send instead; None if there is none.
        """
        pending = self._pending.find(query.id)
        if pending is None:
            return None
        with self._pending.ending(pending):
            pending.entity.failed = True
            return self._next(pending)

    def forget(self, jid: JID, /) -> Query | None:
        """Discard what is known of an entity, because it went offline.

        Args:
            jid: The entity.

        Returns:
            The query to send now, if others waited for the answer of the entity.
        """
        entity = self._entities.pop(jid)
        if entity is not None:
            self._pending.stop_waiting(entity)
        pending = self._pending.about(jid)
        if pending is None:
            return None
        try:
            with self._pending.ending(pending):
                return self._next(pending)
        except BaseException:  # of the host; then the call may be made again
            if entity is not None:
                self._remember(entity)
            raise

    def support(self, jid: JID, /) -> Support:
        """Return what is known of the support of an entity for receipts.

        Args:
            jid: Any JID. For an account it is UNKNOWN, because its clients differ
                (XEP-0184 §5.1).
        """
        entity = self._entities.get(jid)
        return Support.UNKNOWN if entity is None else self._verified.support(entity)

    def expects(self, id: str | None, /) -> bool:  # noqa: A002  # wire name
        """Check whether an iq with this id may answer a query of this object."""
        return self._pending.find(id) is not None

    def reset(self) -> None:
        """Forget all entities and queries, because the stream ended.

        The verified hashes are kept.
        """
        self._entities.clear()
        self._pending.clear()

    @property
    def entities(self) -> tuple[JID, ...]:
        """The entities that are remembered, the least recent first."""
        return tuple(self._entities)

    def snapshot(self) -> dict[str, Any]:
        """Return the verified hashes, with their answers, as data for JSON."""
        return self._verified.snapshot()

    def changes(self) -> list[Change]:
        """Return the rows that have changed since the last call.

        Their part is "hashes", the list of `snapshot`.
        """
        return self._verified.changes()

    def restore(self, snapshot: Mapping[str, Any], /) -> int:
        """Add the hashes of a snapshot, after verifying each of them again.

        Args:
            snapshot: What `snapshot` returned. Anything else in it is ignored.

        Returns:
            How many hashes were verified and added. If there are more than
            `max_hashes`, only the last ones are kept.
        """
        return self._verified.restore(snapshot)

    def _remember(self, entity: Entity) -> None:
        forgotten = self._entities.put(entity.jid, entity)
        if forgotten is not None:
            self._pending.stop_waiting(forgotten[1])

    def _lacks_answer(self, entity: Entity) -> bool:
        """Check whether presence makes a query to an entity necessary."""
        return (
            not entity.failed
            and self._verified.support(entity) is Support.UNKNOWN
            and self._pending.about(entity.jid) is None
            and self._may_query(entity.jid)
        )

    def _query(self, jid: JID) -> Query | None:
        """Return the query that presence makes necessary, or make the entity wait."""
        entity = self._entities.get(jid)
        if entity is None or not self._lacks_answer(entity):
            return None
        other = self._pending.about(entity.key)
        if other is not None:
            other.waiting[entity.jid] = entity
        elif self._pending.has_room:
            return self._pending.send(entity, entity.key)
        return None

    def _next(self, ended: PendingQuery) -> Query | None:
        """Return the query to send after another one has ended."""
        while ended.waiting:
            entity = next(iter(ended.waiting.values()))
            if self._lacks_answer(entity):  # this and the next one may raise
                query = self._pending.send(entity, ended.key, ended.waiting)
                del ended.waiting[entity.jid]
                return query
            del ended.waiting[entity.jid]
        return self._query(ended.entity.jid)


def _is_client(jid: JID) -> bool:
    """Check that a JID is no account, which does not answer for its clients."""
    return jid.is_full or jid.local is None
