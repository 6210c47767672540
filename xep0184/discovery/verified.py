"""Decides for whom an answer counts, and keeps the answers that count for others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xep0184 import caps, disco, ns
from xep0184._value import value
from xep0184.caps import CapsVerdict
from xep0184.disco import Match
from xep0184.discovery import snapshots
from xep0184.discovery.entity import keys_of
from xep0184.discovery.outcomes import AnswerOutcome
from xep0184.errors import BuildError
from xep0184.journal import changes_of
from xep0184.recent import Recent
from xep0184.support import Support

if TYPE_CHECKING:
    from xep0184.disco import Info
    from xep0184.discovery.entity import Entity, HashKey
    from xep0184.discovery.outcomes import DiscoveryPolicy
    from xep0184.discovery.pending import PendingQuery
    from xep0184.journal import Change, Changed

__all__ = ["VerifiedAnswers"]

_LONGEST: Final = 16_384  # in octets; clients answer with 1,000 to 6,000


@value()
class _Kept:
    """What support and a snapshot need of an answer.

    Foreign children and table rows, which are not hashed, are left out.
    """

    support: Support
    query: bytes


class VerifiedAnswers:
    """Verified answers by hash, each of at most 16,384 octets.

    Args:
        size: How many hashes are remembered.
        policy: Which answers count for other entities.
        journal: Whether to note what changes, for `changes`.

    Raises:
        BuildError: LIMIT for a size below 1.
    """

    def __init__(self, size: int, policy: DiscoveryPolicy, *, journal: bool) -> None:
        self._changed: Changed[HashKey] | None = {} if journal else None
        self._answers: Recent[HashKey, _Kept] = Recent(
            size, "max_hashes", self._changed
        )
        self._policy = policy

    def support(self, entity: Entity, /) -> Support:
        """Return what is known of an entity, by its own answer or by its hashes."""
        if entity.support is not Support.UNKNOWN:
            return entity.support
        for key in entity.keys:
            kept = self._answers.get(key)
            if kept is not None:
                return kept.support
        return Support.UNKNOWN

    def evaluate(
        self, pending: PendingQuery, info: Info | None, match: Match, /
    ) -> tuple[AnswerOutcome, CapsVerdict | None]:
        """Decide for whom an answer counts, and remember it.

        Args:
            pending: The query that was answered, with the entity to change.
            info: The answer; None for an error.
            match: How the answer matches the query.
        """
        entity = pending.entity
        entity.failed = True  # unless the answer counts
        if info is None:
            return AnswerOutcome.NO_INFO, None
        if match is Match.OTHER_NODE:
            return AnswerOutcome.REJECTED, None
        verdict = None
        if entity.advertised is not None:
            verdict = caps.verify(entity.advertised, info)
        if pending.key is not None and verdict is not CapsVerdict.OK:
            return AnswerOutcome.REJECTED, verdict
        entity.failed = False
        may_share = verdict is CapsVerdict.OK and self._policy.may_share(entity.jid)
        if may_share and self._add(entity.keys, info):
            return AnswerOutcome.SHARED, verdict
        entity.support = disco.support(info)
        return AnswerOutcome.SENDER_ONLY, verdict

    def snapshot(self) -> dict[str, Any]:
        """Return the answers as data for JSON."""
        return snapshots.dump((key, kept.query) for key, kept in self._answers.items())

    def changes(self) -> list[Change]:
        """Return the rows that have changed since the last call."""

        def row_of(key: HashKey) -> dict[str, Any] | None:
            kept = self._answers.peek(key)
            return None if kept is None else snapshots.row_of(key, kept.query)

        return list(changes_of("hashes", self._changed, row_of))

    def restore(self, snapshot: object, /) -> int:
        """Add the answers of a snapshot that verify; return how many."""
        entries = snapshots.load(snapshot)
        return sum(self._add(keys_of(advertised), info) for advertised, info in entries)

    def _add(self, keys: tuple[HashKey, ...], info: Info) -> bool:
        """Remember an answer by its hashes; False if it counts for its sender only."""
        is_0115 = keys[0][0] == ns.CAPS
        if is_0115 and (caps.conceals(info) or not self._policy.share_0115):
            return False
        try:
            query = disco.serialize(info)
        except BuildError:  # the value was made by hand
            return False
        if len(query) > _LONGEST:
            return False
        kept = _Kept(disco.support(info), query)
        for key in keys:
            self._answers.put(key, kept)
        return True
