"""The suites ``acknowledging`` and ``requesting``, run on this library.

An example for other implementations: each function returns an answer in the form of
`Vector.expect`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xep0184 import jid, xml
from xep0184.deciding import acknowledge
from xep0184.deciding.asking import RequestPolicy, may_request
from xep0184.deciding.situation import AckPolicy, Address, Situation
from xep0184.envelope import Envelope, EnvelopeKind, OpenQuery, unwrap
from xep0184.message import TYPES, Annotation, Message, MessageType, Received
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xep0184.conformance import Vector

__all__ = ["acknowledging", "received", "requesting", "situation", "to_send"]

_ACCOUNT: Final = "kingrichard@royalty.england.lit/throne"


def acknowledging(vector: Vector, /) -> dict[str, object]:
    """Return how a message arrived, the reason, and the ack message if there is one.

    Args:
        vector: A vector of ``acknowledging``.

    >>> from xep0184.conformance import vectors
    >>> acknowledging(vectors("acknowledging")[4])["ack"]
    {'to': 'northumberland@shakespeare.lit', 'id': 'm1', 'type': 'chat'}
    """
    envelope, facts = received(vector), situation(vector)
    decision = acknowledge(envelope, situation=facts)
    answer: dict[str, object] = {
        "kind": envelope.kind.value,
        "reason": decision.ruling.reason,
    }
    return answer | {"ack": _stated(decision.ack)} if decision.ack else answer


def _stated(ack: Message) -> Mapping[str, object]:
    """Return the facts of an ack message that are not defaults in the vectors."""
    is_private = Annotation.MUC_USER in ack.annotations
    return (
        {"to": ack.to, "id": ack.received[0].id}
        | ({"type": ack.type.value} if ack.type is not MessageType.NORMAL else {})
        | ({"private": True} if is_private else {})
    )


def requesting(vector: Vector, /) -> dict[str, object]:
    """Return whether a receipt may be requested, and the reason.

    Args:
        vector: A vector of ``requesting``.

    >>> from xep0184.conformance import vectors
    >>> requesting(vectors("requesting")[4])
    {'reason': 'unsupported', 'allowed': False}
    """
    given = vector.given
    account = given.get("account", _ACCOUNT)
    ruling = may_request(
        to_send(vector),
        account=account and jid.parse(account),
        support=Support(given.get("support", "unknown")),
        policy=RequestPolicy(**given.get("policy", {})),
    )
    return {"reason": ruling.reason, "allowed": ruling.allowed}


def received(vector: Vector, /) -> Envelope:
    """Return the incoming message of a vector of ``acknowledging``.

    Args:
        vector: The vector.

    >>> from xep0184.conformance import vectors
    >>> received(vectors("acknowledging")[0]).message.id
    'm1'
    """
    if "message" in vector.given:
        message = _message(vector.given["message"])
        return Envelope(kind=EnvelopeKind.DIRECT, message=message)
    queries = vector.given.get("open_queries", [])
    return unwrap(
        xml.parse(vector.octets),
        account=_account(vector),
        open_queries=[OpenQuery(jid.parse(archive), id_) for archive, id_ in queries],
    )


def situation(vector: Vector, /) -> Situation:
    """Return the situation of a vector of ``acknowledging``.

    Args:
        vector: The vector.

    >>> from xep0184.conformance import vectors
    >>> situation(vectors("acknowledging")[0]).authorized
    True
    """
    facts = {"authorized": True, "enabled": True} | vector.given.get("situation", {})
    if "occupant" in facts:
        facts["occupant"] = jid.parse(facts["occupant"])
    policy = dict(vector.given.get("policy", {}))
    if "address" in policy:
        policy["address"] = Address(policy["address"])
    return Situation(account=_account(vector), policy=AckPolicy(**policy), **facts)


def to_send(vector: Vector, /) -> Message:
    """Return the outgoing message of a vector of ``requesting``.

    Args:
        vector: The vector.

    >>> from xep0184.conformance import vectors
    >>> to_send(vectors("requesting")[0]).to
    'northumberland@shakespeare.lit'
    """
    return _message(vector.given["message"])


def _account(vector: Vector) -> jid.JID:
    return jid.parse(vector.given.get("account", _ACCOUNT))


def _message(values: Mapping[str, Any]) -> Message:
    raw_type = values.get("type")
    return Message(
        to=values.get("to"),
        from_=values.get("from"),
        id=values.get("id"),
        type=TYPES.get(raw_type, MessageType.NORMAL),
        raw_type=raw_type,
        body=values.get("body"),
        request=values.get("request", False),
        received=tuple(map(Received, values.get("received", []))),
        extensions=tuple(values.get("extensions", [])),
    )
