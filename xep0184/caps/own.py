"""The capabilities of this client: what it advertises, and how it answers queries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from xep0184 import disco, ns
from xep0184._value import value
from xep0184.caps import xep0115, xep0390
from xep0184.caps.advertised import Advertisement, Caps
from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xep0184.disco import Info, Query

__all__ = ["OwnCaps"]

_RULED: Final = frozenset({ns.CAPS, ns.CAPS2, ns.DISCO_INFO, ns.RECEIPTS})
_KEPT: Final = 3  # hash sets whose nodes are still answered (XEP-0390 §6.1)


@value(kw_only=True)
class _Published:
    """A state that was advertised, and the nodes that peers may query for it."""

    info: Info
    advertisement: Advertisement
    nodes: frozenset[str]


class OwnCaps:
    """The capabilities of this client: its answer, and what it advertises.

    The feature ``urn:xmpp:receipts`` is listed exactly while receipts are sent.
    Changing `sends_receipts` therefore changes the hash, so presence must be sent again
    (XEP-0184 §6, XEP-0115 §6.1).

    One object is not safe for use from several threads at once; the functions of this
    library are.

    Args:
        info: The identities, features and forms of the application. The features
            disco#info, caps (both XEPs) and receipts are added or removed here.
        node: The URI of the software (XEP-0115 §4).
        sends_receipts: Whether receipts are sent on request.
        algorithms: The hash functions of the XEP-0390 set.

    Raises:
        BuildError: EMPTY for an empty node; as `xep0184.disco.complete`,
            `xep0184.caps.ver` and `xep0184.caps.hash_set`.

    >>> identity = disco.Identity(category="client", type="pc")
    >>> info = disco.Info(identities=(identity,))
    >>> own = OwnCaps(info, node="https://c.example", sends_receipts=True)
    >>> own.update(sends_receipts=False), ns.RECEIPTS in own.info.features
    (True, False)
    """

    def __init__(
        self,
        info: Info,
        /,
        *,
        node: str,
        sends_receipts: bool,
        algorithms: Iterable[str] = xep0390.DEFAULT_ALGORITHMS,
    ) -> None:
        if not node:
            raise BuildError(BuildCode.EMPTY, "node")
        self._node = node
        self._algorithms = tuple(algorithms)
        self._base = info
        self._sends_receipts = sends_receipts
        self._published: tuple[_Published, ...] = (
            self._publish(info, sends_receipts=sends_receipts),
        )

    @property
    def info(self) -> Info:
        """The current disco#info answer."""
        return self._published[0].info

    @property
    def advertisement(self) -> Advertisement:
        """What to put into presence: both ``<c/>`` elements (XEP-0390 §6.1)."""
        return self._published[0].advertisement

    @property
    def sends_receipts(self) -> bool:
        """Whether the feature ``urn:xmpp:receipts`` is listed."""
        return self._sends_receipts

    def update(
        self, info: Info | None = None, /, *, sends_receipts: bool | None = None
    ) -> bool:
        """Change the answer.

        Args:
            info: The new identities, features and forms; None to keep them.
            sends_receipts: Whether receipts are sent on request; None to keep it.

        Returns:
            Whether the hash changed, so that presence must be sent again.

        Raises:
            BuildError: As the class; the answer is then unchanged.
        """
        base = self._base if info is None else info
        switch = self._sends_receipts if sends_receipts is None else sends_receipts
        published = self._publish(base, sends_receipts=switch)
        self._base, self._sends_receipts = base, switch
        changed = published.nodes != self._published[0].nodes
        earlier = (each for each in self._published if each.nodes != published.nodes)
        self._published = (published, *earlier)[:_KEPT]
        return changed

    def reply(
        self, query: Query, /, *, from_: str | None = None, namespace: str = ns.CLIENT
    ) -> bytes | None:
        """Answer a query to this client (XEP-0030 §3.2, XEP-0390 §6.1).

        Args:
            query: The query to answer. The nodes of the last three states are
                answered with the state that they were advertised with.
            from_: The sender; None for a client, whose server adds it.
            namespace: The content namespace.

        Returns:
            One iq in UTF-8, which is the error ``item-not-found`` for any other
            node; None for a query without id, which cannot be answered.

        Raises:
            BuildError: NOT_TEXT, ILLEGAL_CHARACTER, NAMESPACE.
        """
        if not query.id:
            return None
        for published in self._published:
            if not query.node or query.node in published.nodes:
                info = published.info
                return disco.reply(query, info, from_=from_, namespace=namespace)
        return disco.refuse(query, from_=from_, namespace=namespace)

    def _publish(self, base: Info, *, sends_receipts: bool) -> _Published:
        others = [feature for feature in base.features if feature not in _RULED]
        ruled = _RULED if sends_receipts else _RULED - {ns.RECEIPTS}
        info = disco.complete(replace(base, features=(*others, *sorted(ruled))))
        ver = xep0115.ver(info)
        hashes = xep0390.hash_set(info, self._algorithms)
        caps = Caps(node=self._node, ver=ver, hash="sha-1")
        nodes = {f"{self._node}#{ver}", *map(xep0390.hash_node, hashes.hashes)}
        return _Published(
            info=info,
            advertisement=Advertisement(caps=caps, hashes=hashes),
            nodes=frozenset(nodes),
        )
