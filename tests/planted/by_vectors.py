"""The codec, put to the vectors: all that a project writes for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xep0184.conformance import Answer

    from .codec import Codec


def answer(codec: Codec, ask: str, given: Mapping[str, Any]) -> Answer:
    """Answer what a vector asks; None if the codec has no such thing."""
    codec.options = given.get("situation", codec.options)
    codec.queries = {(archive, id_) for archive, id_ in given.get("open_queries", ())}
    if ask == "track":
        for event in given["events"]:
            for name in event.keys() & {"sent", "received"}:
                getattr(codec, name)(codec.parse(event[name]))
        return {"confirmed": sorted(id_ for _, id_ in codec.confirmed)}
    if ask not in {"read", "acknowledge", "unwrap"} or "xml" not in given:
        return None
    try:
        message = codec.parse(given["xml"])
    except (ValueError, SyntaxError):  # ElementTree raises a SyntaxError
        return {"error": "no message"}
    if ask == "acknowledge":
        return {"ack": codec.acknowledge(message)}
    inner = codec.unwrap(message) if ask == "unwrap" else message
    facts = None if inner is None else codec.facts(inner)
    return facts if ask == "read" else {"message": facts}
