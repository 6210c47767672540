"""This library as an adapter: an example for other implementations."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any, Final, cast
from xml.etree import ElementTree as ET

from xep0184 import codec, jid, xml
from xep0184.conformance import conversing, decisions, discovering
from xep0184.conformance.loading import octets_of
from xep0184.errors import LocalError, RemoteError
from xep0184.findings import findings
from xep0184.message import Annotation, Message, MessageType, Received

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from xep0184.conformance.comparing import Answer

__all__ = ["facts", "library", "to_write"]


def library(ask: str, given: Mapping[str, Any], /) -> Answer:
    """Answer what an implementation may be asked.

    Args:
        ask: A name in `xep0184.conformance.asks`.
        given: The input.

    >>> library("jid", {"jid": "a@b"})
    {'local': 'a', 'domain': 'b', 'resource': None}
    >>> library("jid", {"jid": ""})
    {'error': 'bad-jid'}
    """
    try:
        return _ANSWERS[ask](given)
    except (LocalError, RemoteError) as error:
        code: Any = getattr(error, "code")  # noqa: B009  # each kind has its own codes
        return {"error": str(code)}


def _read(given: Mapping[str, Any]) -> Answer:
    octets, limits = octets_of(given), xml.Limits(**given["limits"])
    element = xml.parse(octets, limits=limits, form=xml.SourceForm(given["form"]))
    message = codec.from_element(element, namespaces=given["namespaces"], limits=limits)
    codes = {finding.code for finding in findings(octets, limits=limits)}
    return facts(message) | {"findings": sorted(codes)}


def facts(message: Message, /) -> dict[str, Any]:
    """Return the facts of a message, by their names in the vectors.

    Args:
        message: The message.

    >>> from xep0184 import Message
    >>> facts(Message(id="a"))["id"]
    'a'
    """
    return {
        "to": message.to,
        "from": message.from_,
        "id": message.id,
        "type": message.type,
        "raw_type": message.raw_type,
        "body": message.body,
        "request": message.request,
        "received": [receipt.id for receipt in message.received],
        "extensions": [*message.annotations, *message.extensions],
        "acknowledged": list(codec.acknowledged_ids(message)),
        "acknowledged_legacy": list(codec.acknowledged_ids(message, legacy=True)),
    }


def to_write(given: Mapping[str, Any], /) -> Message:
    """Return the message of a vector of ``building``, also one of wrong types.

    Args:
        given: Its facts; octets are ``{"base64": …}``.

    >>> to_write({"id": {"base64": "YQ=="}}).id
    b'a'
    """
    fields: dict[str, Any] = {name: _value(it) for name, it in given.items()}
    return Message(
        to=fields.get("to"),
        from_=fields.get("from"),
        id=fields.get("id"),
        type=MessageType(fields.get("type", "normal")),
        body=fields.get("body"),
        request=fields.get("request", False),
        received=tuple(Received(_value(it)) for it in fields.get("received", [])),
        annotations=tuple(map(Annotation, fields.get("annotations", []))),
        extensions=tuple(fields.get("extensions", [])),
    )


def _value(given: Any) -> Any:  # noqa: ANN401  # a wrong type may be the point
    return b64decode(cast("Any", given)["base64"]) if isinstance(given, dict) else given


def _write(given: Mapping[str, Any]) -> Answer:
    message, namespace = to_write(given["message"]), given["namespace"]
    return {"xml": codec.serialize(message, namespace=namespace).decode()}


def _add_request(given: Mapping[str, Any]) -> Answer:
    element = xml.parse(given["xml"])
    codec.add_request(element)
    return {"xml": ET.tostring(element, encoding="unicode")}


def _add_received(given: Mapping[str, Any]) -> Answer:
    element = xml.parse(given["xml"])
    codec.add_received(element, _value(given["id"]))
    return {"xml": ET.tostring(element, encoding="unicode")}


def _jid(given: Mapping[str, Any]) -> Answer:
    read = jid.parse(given["jid"])
    return {"local": read.local, "domain": read.domain, "resource": read.resource}


def _same_jid(given: Mapping[str, Any]) -> Answer:
    first, second = map(jid.parse, given["pair"])
    return {"equal": first == second}


def _validate(given: Mapping[str, Any]) -> Answer:
    from xep0184 import schema  # an extra

    return {
        "valid": {
            revision.value: schema.is_valid(given["xml"], revision=revision)
            for revision in schema.Revision
        }
    }


_ANSWERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Answer]]] = {
    "read": _read,
    "write": _write,
    "add-request": _add_request,
    "add-received": _add_received,
    "jid": _jid,
    "same-jid": _same_jid,
    "validate": _validate,
    "request": decisions.requesting,
    "acknowledge": decisions.acknowledging,
    "unwrap": decisions.unwrapping,
    "track": conversing.tracking,
    "converse": conversing.conversing,
    "disco-read": discovering.discovered,
    "disco-match": discovering.matching,
    "disco-query": discovering.asked,
    "disco-write": discovering.writing,
    "caps-hash": discovering.hashing,
    "caps-verify": discovering.verifying,
    "caps-node": discovering.splitting,
}
