"""Snapshots of verified answers, which are verified again when they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from xep0184 import caps, disco, ns, xml
from xep0184.caps import CapsVerdict
from xep0184.discovery.entity import advertised_by
from xep0184.errors import XMLError
from xep0184.record import FieldError, Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from xep0184.caps import AnyCaps
    from xep0184.disco import Info
    from xep0184.discovery.entity import HashKey

__all__ = ["dump", "load", "row_of"]

_VERSION: Final = 1
_FIELDS: Final = ("xmlns", "algo", "hash", "query")


def dump(items: Iterable[tuple[HashKey, bytes]], /) -> dict[str, Any]:
    """Return a snapshot of verified answers as data for JSON.

    Args:
        items: Hashes, each with the query element that has the hash, in UTF-8.

    >>> dump([])
    {'version': 1, 'hashes': []}
    """
    rows = [row_of(key, query) for key, query in items]
    return {"version": _VERSION, "hashes": rows}


def row_of(key: HashKey, query: bytes, /) -> dict[str, Any]:
    """Return a verified answer as data for JSON.

    >>> row_of(("urn:xmpp:caps", "sha-256", "kzB="), b"<query/>")["hash"]
    'kzB='
    """
    return dict(zip(_FIELDS, (*key, query.decode()), strict=True))


def load(snapshot: object, /) -> Iterator[tuple[AnyCaps, Info]]:
    """Yield the entries of a snapshot whose hash is verified.

    Args:
        snapshot: What `dump` returned, or anything else.

    Yields:
        The advertised hash and the answer that has it. An entry that is not
        what `dump` writes, or whose hash does not match, is skipped.

    >>> list(load({"version": 2}))
    []
    """
    try:
        record = Record(snapshot, "snapshot")
        is_known = record.get("version", int) == _VERSION
        items = record.items("hashes", object) if is_known else ()
    except FieldError:
        return
    for item in items:
        found = _entry_in(item)
        if found is not None and caps.verify(*found) is CapsVerdict.OK:
            yield found


def _entry_in(item: object) -> tuple[AnyCaps, Info] | None:
    try:
        record = Record(item, "hashes")
        xmlns, algo, digest, query = (record.get(name, str) for name in _FIELDS)
        info = _info(query)
    except (FieldError, XMLError):
        return None
    if info is None or xmlns not in {ns.CAPS, ns.CAPS2}:
        return None
    return advertised_by(((xmlns, algo, digest),)), info


def _info(query: str) -> Info | None:
    element = xml.parse(query)
    return disco.answer_of(element).info if element.tag == ns.QUERY_TAG else None
