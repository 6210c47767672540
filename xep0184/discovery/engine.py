"""The engine: presences and answers in, queries and support out.

Decides whom to ask and for whom an answer counts. What is not verified counts for
its sender and for as long as that is online.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xep0184 import caps, disco
from xep0184.caps import CapsVerdict, HashSet
from xep0184.disco import Match
from xep0184.discovery import saved
from xep0184.discovery.entity import Entity, checkable_part, keys_of
from xep0184.discovery.inquiries import Inquiries
from xep0184.discovery.intake import answer_in, is_unavailable, speaks_for_itself
from xep0184.discovery.outcomes import AnswerOutcome, AnswerUse, DiscoveryPolicy
from xep0184.ids import fresh_id
from xep0184.jid import normalise, parse_or_none
from xep0184.recent import Recent
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xep0184.caps import Advertised, Advertisement
    from xep0184.disco import Answer, Info, Query
    from xep0184.discovery.entity import Key
    from xep0184.discovery.inquiries import SentQuery
    from xep0184.jid import JID, Normaliser
    from xep0184.xml import ElementLike

__all__ = ["Discovery"]

_IGNORED: Final = AnswerOutcome(kind=AnswerUse.IGNORED)
_STRANGE: Final = frozenset({Match.NOT_AN_ANSWER, Match.OTHER_ID, Match.OTHER_SENDER})


class Discovery:
    """Who supports receipts, by asking and by entity capabilities (XEP-0184 §6).

    Feed it every presence and every iq; send the queries it returns; call
    `timeout` for a query that stays unanswered. What it knows of an entity it
    forgets when the entity goes offline.

    Args:
        max_entities: How many JIDs are remembered, and how many queries may be
            under way.
        max_hashes: How many verified hashes are remembered.
        policy: What may be believed of others.
        new_id: Makes the ids of the queries.
        normaliser: What makes two spellings of a JID equal.

    Raises:
        BuildError: LIMIT, if nothing could be remembered.

    >>> from xml.etree import ElementTree as etree
    >>> from xep0184 import jid
    >>> discovery = Discovery(new_id=iter("abc").__next__)
    >>> discovery.presence(etree.fromstring(
    ...     "<presence xmlns='jabber:client' from='k@example.org/throne'>"
    ...     "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n'"
    ...     " ver='BU8l8wpx4J15lZF5a166BQRnd7w='/></presence>")).node
    'n#BU8l8wpx4J15lZF5a166BQRnd7w='
    >>> discovery.answer(etree.fromstring(
    ...     "<iq xmlns='jabber:client' type='result' from='k@example.org/throne'"
    ...     " id='a'><query xmlns='http://jabber.org/protocol/disco#info'"
    ...     " node='n#BU8l8wpx4J15lZF5a166BQRnd7w='>"
    ...     "<feature var='urn:xmpp:receipts'/></query></iq>")).kind
    <AnswerUse.SHARED: 'shared'>
    >>> discovery.support(jid.parse("k@example.org/throne"))
    <Support.YES: 'yes'>
    """

    def __init__(
        self,
        *,
        max_entities: int = 1024,
        max_hashes: int = 512,
        policy: DiscoveryPolicy = DiscoveryPolicy(),  # noqa: B008  # a frozen value
        new_id: Callable[[], str] = fresh_id,
        normaliser: Normaliser = normalise,
    ) -> None:
        self._policy = policy
        self._normaliser = normaliser
        self._entities: Recent[JID, Entity] = Recent(max_entities, "max_entities")
        self._verified: Recent[Key, Info] = Recent(max_hashes, "max_hashes")
        self._inquiries = Inquiries(max_entities, new_id)

    def presence(self, element: ElementLike, /) -> Query | None:
        """Take note of a presence.

        Args:
            element: Any stanza; what is no presence of an entity is passed over.

        Returns:
            The query to send now, if there is one.
        """
        sender = parse_or_none(element.get("from"), normaliser=self._normaliser)
        if sender is None:
            return None
        if is_unavailable(element):
            return self.forget(sender)
        advertisement = caps.advertisement_of(element)
        if advertisement is None:
            return None
        return self.available(sender, advertisement)

    def available(
        self, jid: JID, /, advertisement: Advertisement | None = None
    ) -> Query | None:
        """Take note that an entity is online.

        Args:
            jid: The entity, as its presence gives it.
            advertisement: What it advertises. A presence without any changes
                nothing that is known (XEP-0115 §8.4).

        Returns:
            The query to send now, if there is one.
        """
        advertised = None if advertisement is None else advertisement.preferred
        if not speaks_for_itself(jid) or advertised is None:
            return None
        entity = self._entities.get(jid)
        mark = hash(advertised)
        if entity is None or entity.mark != mark:
            if entity is not None:
                self._inquiries.drop(jid, entity)
            checkable = checkable_part(advertised)
            keys = keys_of(checkable)
            entity = Entity(mark=mark, advertised=checkable, keys=keys)
            self._remember(jid, entity)
        return self._wanted(jid, entity)

    def ask(self, jid: JID, /) -> Query | None:
        """Ask an entity for itself, which needs no presence of it.

        Args:
            jid: The entity: a full JID, or a server or component.

        Returns:
            The query to send; None if there is nothing to be learned, because
            its support is known, it is being asked, or the JID is an account,
            which does not answer for its clients (XEP-0184 §5.1).
        """
        if not speaks_for_itself(jid) or self.support(jid) is not Support.UNKNOWN:
            return None
        entity = self._entities.get(jid)
        if entity is None:
            entity = Entity()
            self._remember(jid, entity)
        slots: tuple[Key | JID, ...] = (jid, *entity.keys[:1])
        if any(self._inquiries.about(slot) for slot in slots):
            return None
        return self._inquiries.send(jid, entity, None)

    def answer(self, iq: ElementLike | Answer, /) -> AnswerOutcome:
        """Take note of an answer.

        Args:
            iq: Any stanza, or what `xep0184.disco.parse` made of it; what
                answers no query of this engine is passed over.

        Returns:
            What it was good for.

        Raises:
            XMLError: RESTRICTED or LIMIT, as far as an element still shows it.
        """
        answer = answer_in(iq)
        asked = self._inquiries.find(answer.id)
        if asked is None:
            return _IGNORED
        match = disco.match(asked.query, answer, normaliser=self._normaliser)
        if match in _STRANGE:
            return _IGNORED
        self._inquiries.settle(asked)
        if answer.info is None:
            return self._failed(asked, AnswerUse.REFUSED)
        if match is Match.OTHER_NODE:
            return self._failed(asked, AnswerUse.REJECTED)
        return self._learn(asked, answer.info)

    def timeout(self, query: Query, /) -> Query | None:
        """Give up a query.

        Args:
            query: One that this engine returned.

        Returns:
            The query to send instead, if there is one.
        """
        asked = self._inquiries.find(query.id)
        if asked is None:
            return None
        self._inquiries.settle(asked)
        return self._failed(asked, AnswerUse.REFUSED).next

    def forget(self, jid: JID, /) -> Query | None:
        """Drop what is known of an entity, because it went offline.

        Args:
            jid: The entity.

        Returns:
            The query to send now, if it was being asked for others as well.
        """
        entity = self._entities.pop(jid)
        if entity is None:
            return None
        self._inquiries.drop(jid, entity)
        for key in entity.keys[:1]:
            asked = self._inquiries.about(key)
            if asked is not None and asked.jid == jid:
                self._inquiries.settle(asked)
                return self._inquiries.next(key)
        return None

    def support(self, jid: JID, /) -> Support:
        """Say whether an entity supports receipts.

        Args:
            jid: Any JID. An account is UNKNOWN whatever it answers: its clients
                differ (XEP-0184 §5.1).
        """
        entity = self._entities.get(jid)
        if entity is None:
            return Support.UNKNOWN
        if entity.said is not None:
            return entity.said
        return disco.support(self._info(entity))

    def snapshot(self) -> dict[str, Any]:
        """Return the verified hashes as what JSON can hold.

        >>> Discovery().snapshot()
        {'version': 1, 'hashes': []}
        """
        return saved.dump(self._verified.items())

    def restore(self, snapshot: Mapping[str, Any], /) -> int:
        """Take in hashes from elsewhere, each verified anew.

        Args:
            snapshot: What `snapshot` returned, maybe by way of JSON; what does
                not verify, or is nothing of the kind, is passed over.

        Returns:
            How many hashes were taken in.

        >>> Discovery().restore({"version": 1, "hashes": [None]})
        0
        """
        taken = 0
        for advertised, info in saved.load(snapshot):
            if self._may_share(advertised, info):
                self._verified.put(keys_of(advertised)[0], info)
                taken += 1
        return taken

    def _info(self, entity: Entity) -> Info | None:
        for key in entity.keys:
            info = self._verified.get(key)
            if info is not None:
                return info
        return None

    def _remember(self, jid: JID, entity: Entity) -> None:
        dropped = self._entities.put(jid, entity)
        if dropped is not None:
            self._inquiries.drop(*dropped)

    def _wanted(self, jid: JID, entity: Entity) -> Query | None:
        """Return the query that an advertisement makes necessary."""
        if entity.failed or entity.said is not None or self._info(entity) is not None:
            return None
        key = next(iter(entity.keys), None)
        asked = self._inquiries.about(key or jid)
        if asked is None:
            return self._inquiries.send(jid, entity, key)
        if key is not None and asked.entity is not entity:
            self._inquiries.wait(jid, entity, key)
        return None

    def _failed(
        self, asked: SentQuery, kind: AnswerUse, verdict: CapsVerdict | None = None
    ) -> AnswerOutcome:
        asked.entity.failed = True
        following = self._inquiries.next(asked.key)
        return AnswerOutcome(kind=kind, verdict=verdict, next=following)

    def _learn(self, asked: SentQuery, info: Info) -> AnswerOutcome:
        """Decide for whom an answer counts."""
        entity = asked.entity
        advertised = entity.advertised
        verdict = None if advertised is None else caps.verify(advertised, info)
        if advertised is not None and verdict is CapsVerdict.OK:
            if self._may_share(advertised, info) and self._policy.may_share(asked.jid):
                self._share(entity.keys, info)
                return AnswerOutcome(kind=AnswerUse.SHARED, verdict=verdict)
        elif asked.key is not None:
            return self._failed(asked, AnswerUse.REJECTED, verdict)
        entity.said = disco.support(info)
        following = self._inquiries.next(asked.key)
        return AnswerOutcome(kind=AnswerUse.OWN, verdict=verdict, next=following)

    def _may_share(self, advertised: Advertised, info: Info) -> bool:
        if isinstance(advertised, HashSet):
            return True
        return self._policy.share_0115 and not caps.conceals(info)

    def _share(self, keys: tuple[Key, ...], info: Info) -> None:
        for key in keys:
            self._verified.put(key, info)
            self._inquiries.known(key)
