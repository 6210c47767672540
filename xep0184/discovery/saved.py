"""Verified hashes as plain data, and back; nothing is believed on the way in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from xep0184 import caps, disco, ns, xml
from xep0184.caps import Caps, CapsVerdict, Hash, HashSet
from xep0184.errors import XMLError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xep0184.caps import Advertised
    from xep0184.disco import Info
    from xep0184.discovery.entity import Key

__all__ = ["dump", "load"]

_VERSION: Final = 1
_FIELDS: Final = ("xmlns", "algo", "hash", "query")


def dump(items: Iterable[tuple[Key, Info]], /) -> dict[str, Any]:
    """Return hashes as what JSON can hold.

    Args:
        items: Answers by the hash that was verified.

    >>> dump([])
    {'version': 1, 'hashes': []}
    """
    entries = [
        dict(zip(_FIELDS, (*key, disco.serialize(info).decode()), strict=True))
        for key, info in items
    ]
    return {"version": _VERSION, "hashes": entries}


def load(snapshot: object, /) -> Iterator[tuple[Advertised, Info]]:
    """Yield what is in a snapshot and verifies.

    Args:
        snapshot: What `dump` returned, or anything.

    Yields:
        What was advertised, with the answer that it stands for.

    >>> list(load({"version": 2}))
    []
    """
    if not isinstance(snapshot, Mapping):
        return
    fields = cast("Mapping[str, object]", snapshot)
    entries = fields.get("hashes") if fields.get("version") == _VERSION else ()
    listed = cast("list[object]", entries) if isinstance(entries, list) else ()
    for entry in listed:
        found = _entry(entry)
        if found is not None and caps.verify(*found) is CapsVerdict.OK:
            yield found


def _entry(entry: object) -> tuple[Advertised, Info] | None:
    if not isinstance(entry, Mapping):
        return None
    fields = cast("Mapping[object, object]", entry)
    texts = [text for name in _FIELDS if isinstance(text := fields.get(name), str)]
    if len(texts) < len(_FIELDS):
        return None
    xmlns, algo, value, query = texts
    info = _info(query)
    if info is None or xmlns not in {ns.CAPS, ns.CAPS2}:
        return None
    if xmlns == ns.CAPS:
        return Caps(node="node", ver=value, hash=algo), info
    return HashSet((Hash(algo, value),)), info


def _info(query: str) -> Info | None:
    try:
        element = xml.parse(query)
    except XMLError:
        return None
    return disco.answer_of(element).info if element.tag == ns.QUERY_TAG else None
