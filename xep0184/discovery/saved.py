"""Snapshots of verified answers, which are verified again when they are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from xep0184 import caps, disco, ns, xml
from xep0184.caps import CapsVerdict
from xep0184.discovery.entity import advertised_by
from xep0184.errors import XMLError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xep0184.caps import Advertised
    from xep0184.disco import Info
    from xep0184.discovery.entity import HashKey

__all__ = ["dump", "load"]

_VERSION: Final = 1
_FIELDS: Final = ("xmlns", "algo", "hash", "query")


def dump(items: Iterable[tuple[HashKey, bytes]], /) -> dict[str, Any]:
    """Return a snapshot of verified answers as data for JSON.

    Args:
        items: Hashes, each with the query element that has the hash, in UTF-8.

    >>> dump([])
    {'version': 1, 'hashes': []}
    """
    entries = [
        dict(zip(_FIELDS, (*key, query.decode()), strict=True)) for key, query in items
    ]
    return {"version": _VERSION, "hashes": entries}


def load(snapshot: object, /) -> Iterator[tuple[Advertised, Info]]:
    """Yield the entries of a snapshot whose hash is right.

    Args:
        snapshot: What `dump` returned. Anything else in it is ignored.

    Yields:
        What is advertised, and the answer.

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
    xmlns, algo, digest, query = texts
    info = _info(query)
    if info is None or xmlns not in {ns.CAPS, ns.CAPS2}:
        return None
    return advertised_by(((xmlns, algo, digest),)), info


def _info(query: str) -> Info | None:
    try:
        element = xml.parse(query)
    except XMLError:
        return None
    return disco.answer_of(element).info if element.tag == ns.QUERY_TAG else None
