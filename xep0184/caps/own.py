"""One's own capabilities: advertised as they are, and answered for afterwards."""

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
_KEPT: Final = 3  # hash sets that are still answered for (XEP-0390 §6.1)


@value(kw_only=True)
class _Published:
    """One state that was advertised, and the nodes under which others ask for it."""

    info: Info
    advertisement: Advertisement
    nodes: frozenset[str]


class OwnCaps:
    """What one advertises and answers, kept in step.

    ``urn:xmpp:receipts`` is announced exactly while receipts are answered, so
    whoever turns that switch changes the hash and has to send presence again
    (XEP-0184 §6, XEP-0115 §6.1).

    Args:
        info: What to say of oneself. The features of the protocols spoken here,
            receipts among them, are added and taken away as needed.
        node: The URI of the software (XEP-0115 §4).
        answering: Whether requests for receipts are answered.
        algorithms: The hash functions of the XEP-0390 set.

    Raises:
        BuildError: EMPTY node; what `xep0184.disco.complete`,
            `xep0184.caps.ver` and `xep0184.caps.hash_set` refuse.

    >>> identity = disco.Identity(category="client", type="pc")
    >>> own = OwnCaps(
    ...     disco.Info(identities=(identity,)), node="https://c.example", answering=True
    ... )
    >>> own.update(answering=False), ns.RECEIPTS in own.info.features
    (True, False)
    """

    def __init__(
        self,
        info: Info,
        /,
        *,
        node: str,
        answering: bool,
        algorithms: Iterable[str] = xep0390.DEFAULT_ALGORITHMS,
    ) -> None:
        if not node:
            raise BuildError(BuildCode.EMPTY, "node")
        self._node = node
        self._algorithms = tuple(algorithms)
        self._base = info
        self._answering = answering
        self._published: tuple[_Published, ...] = (
            self._publish(info, answering=answering),
        )

    @property
    def info(self) -> Info:
        """What is said to whoever asks now."""
        return self._published[0].info

    @property
    def advertisement(self) -> Advertisement:
        """What to put into presence now; both forms go together (XEP-0390 §6.1)."""
        return self._published[0].advertisement

    @property
    def answering(self) -> bool:
        """Whether receipts are announced."""
        return self._answering

    def update(
        self, info: Info | None = None, /, *, answering: bool | None = None
    ) -> bool:
        """Say something else from now on.

        Args:
            info: What to say of oneself; None for what was given before.
            answering: Whether receipts are answered; None for as before.

        Returns:
            Whether the hash changed, and presence has to be sent again.

        Raises:
            BuildError: As the class; nothing has changed then.
        """
        base = self._base if info is None else info
        switch = self._answering if answering is None else answering
        published = self._publish(base, answering=switch)
        self._base, self._answering = base, switch
        changed = published.nodes != self._published[0].nodes
        earlier = (each for each in self._published if each.nodes != published.nodes)
        self._published = (published, *earlier)[:_KEPT]
        return changed

    def reply(
        self, query: Query, /, *, from_: str | None = None, namespace: str = ns.CLIENT
    ) -> bytes:
        """Answer a query about oneself (XEP-0030 §3.2, XEP-0390 §6.1).

        Args:
            query: What was asked. A node that was advertised with one of the
                last three states is answered with that state.
            from_: Who answers; a client leaves it to its server.
            namespace: The content namespace.

        Returns:
            One iq in UTF-8; the error ``item-not-found`` for any other node.

        Raises:
            BuildError: EMPTY, if the query has no id; NAMESPACE.
        """
        for published in self._published:
            if not query.node or query.node in published.nodes:
                return disco.reply(
                    query, published.info, from_=from_, namespace=namespace
                )
        return disco.refuse(query, from_=from_, namespace=namespace)

    def _publish(self, base: Info, *, answering: bool) -> _Published:
        others = [feature for feature in base.features if feature not in _RULED]
        ruled = _RULED if answering else _RULED - {ns.RECEIPTS}
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
