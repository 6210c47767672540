"""The suites ``acknowledging``, ``requesting`` and ``envelopes``, run on this library.

An example for other implementations: each function takes the input of a vector and
returns an answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xep0184 import jid, xml
from xep0184.conformance.loading import octets_of
from xep0184.deciding import acknowledge
from xep0184.deciding.asking import RequestPolicy, may_request
from xep0184.deciding.situation import AckPolicy, Address, Situation
from xep0184.envelope import Envelope, EnvelopeKind, OpenQuery, unwrap
from xep0184.message import TYPES, Annotation, Message, MessageType, Received
from xep0184.support import Support

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "acknowledging",
    "queries",
    "received",
    "requesting",
    "situation",
    "to_send",
    "unwrapping",
]


def acknowledging(given: Mapping[str, Any], /) -> dict[str, Any]:
    """Return how a message arrived, the reason, and the ack message if there is one.

    Args:
        given: The input of a vector of ``acknowledging``, with its defaults.

    >>> from xep0184.conformance import vectors
    >>> acknowledging(vectors("acknowledging")[4].question)["ack"]["id"]
    'm1'
    """
    envelope = received(given)
    decision = acknowledge(envelope, situation=situation(given))
    return {
        "kind": envelope.kind.value,
        "reason": decision.ruling.reason,
        "ack": decision.ack and _stated(decision.ack),
    }


def _stated(ack: Message) -> Mapping[str, Any]:
    return {
        "to": ack.to,
        "id": ack.received[0].id,
        "type": ack.type.value,
        "private": Annotation.MUC_USER in ack.annotations,
    }


def requesting(given: Mapping[str, Any], /) -> dict[str, Any]:
    """Return whether a receipt may be requested, and the reason.

    Args:
        given: The input of a vector of ``requesting``, with its defaults.

    >>> from xep0184.conformance import vectors
    >>> requesting(vectors("requesting")[4].question)
    {'reason': 'unsupported', 'allowed': False}
    """
    account = given["account"]
    ruling = may_request(
        to_send(given),
        account=account and jid.parse(account),
        support=Support(given["support"]),
        policy=RequestPolicy(**given["policy"]),
    )
    return {"reason": ruling.reason, "allowed": ruling.allowed}


def unwrapping(given: Mapping[str, Any], /) -> dict[str, Any]:
    """Return how a message arrived, and its facts.

    Args:
        given: The input of a vector of ``envelopes``, with its defaults.

    >>> from xep0184.conformance import vectors
    >>> unwrapping(vectors("envelopes")[0].question)["kind"]
    'direct'
    """
    from xep0184.conformance.library import facts

    envelope = received(given)
    message = envelope.message
    return {
        "kind": envelope.kind.value,
        "message": None if message is None else facts(message),
    }


def received(given: Mapping[str, Any], /) -> Envelope:
    """Return an incoming message.

    Args:
        given: The input of a vector, with its defaults.

    >>> from xep0184.conformance import vectors
    >>> received(vectors("acknowledging")[0].question).message.id
    'm1'
    """
    if "message" in given:
        message = to_send(given)
        return Envelope(kind=EnvelopeKind.DIRECT, message=message)
    return unwrap(
        xml.parse(octets_of(given)),
        account=jid.parse(given["account"]),
        open_queries=queries(given["open_queries"]),
    )


def queries(pairs: list[tuple[str, str]], /) -> list[OpenQuery]:
    """Return the open queries of a vector.

    Args:
        pairs: The archive and the query id of each.

    >>> queries([("a@b", "q")])[0].id
    'q'
    """
    return [OpenQuery(jid.parse(archive), id_) for archive, id_ in pairs]


def situation(given: Mapping[str, Any], /) -> Situation:
    """Return the situation of a vector of ``acknowledging``.

    Args:
        given: The input, with its defaults.

    >>> from xep0184.conformance import vectors
    >>> situation(vectors("acknowledging")[0].question).authorized
    True
    """
    facts, policy = dict(given["situation"]), dict(given["policy"])
    facts["occupant"] = facts["occupant"] and jid.parse(facts["occupant"])
    policy["address"] = Address(policy["address"])
    account = jid.parse(given["account"])
    return Situation(account=account, policy=AckPolicy(**policy), **facts)


def to_send(given: Mapping[str, Any], /) -> Message:
    """Return the message that a vector describes by its facts.

    Args:
        given: The input.

    >>> from xep0184.conformance import vectors
    >>> to_send(vectors("requesting")[0].given).to
    'northumberland@shakespeare.lit'
    """
    values: Mapping[str, Any] = given["message"]
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
