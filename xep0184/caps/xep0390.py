"""The hashes of XEP-0390, whose input keeps the structure of the answer.

The separators are characters that XML cannot carry, so different answers have
different hash inputs. An answer with content that the hash does not cover is refused.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from xep0184.caps import algorithms
from xep0184.caps.advertised import Hash, HashSet
from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xep0184.disco import DataForm, Field, Info

__all__ = [
    "DEFAULT_ALGORITHMS",
    "checkable_hashes",
    "digest",
    "digest_input",
    "hash_node",
    "hash_set",
    "is_well_formed",
    "split_node",
]

DEFAULT_ALGORITHMS: Final = ("sha-256", "sha3-256")
"""The hash functions of a set by default (XEP-0390 §4.2)."""

_MANDATORY: Final = frozenset({"sha-256", "sha3-256", "blake2b-512"})
_PREFIX: Final = "urn:xmpp:caps#"
_LONGEST_LANGUAGE: Final = 1_023
"""In characters. Every identity repeats it in the input: 256 KiB could give 500 MB."""


def digest(info: Info, /, algorithm: str = "sha-256") -> str:
    """Return one hash of an answer (XEP-0390 §4.1).

    Args:
        info: The answer; no feature is added to it.
        algorithm: The name of the hash function in XEP-0300.

    Raises:
        BuildError: ALGORITHM; as `digest_input`.

    >>> from xep0184.disco import Info
    >>> digest(Info(features=("urn:xmpp:receipts",)))
    'DwLA9ey+QNyIadEhoKor0rdTWg3BjF5M8u+8UD4vNEw='
    """
    return algorithms.hash_octets(algorithm, digest_input(info))


def digest_input(info: Info, /) -> bytes:
    r"""Return the octets that are hashed (XEP-0390 §4.1).

    Args:
        info: The answer.

    Returns:
        Features, identities and forms, sorted at every level by octets, separators
        included.

    Raises:
        BuildError: FOREIGN, FORM_TYPE for content that the hash does not cover;
            AMBIGUOUS for a separator in an item; LIMIT for a `lang` of more than
            1023 characters; ILLEGAL_CHARACTER.

    >>> from xep0184.disco import Info
    >>> digest_input(Info(features=("b", "a")))
    b'a\x1fb\x1f\x1c\x1c\x1c'
    """
    _ensure_covered(info)
    # Python compares str by code point, which is the order of the octets in UTF-8.
    text = "".join(
        (
            *sorted(f"{feature}\x1f" for feature in info.features),
            "\x1c",
            *sorted(
                f"{each.category}\x1f{each.type}\x1f{info.language(each)}\x1f"
                f"{each.name or ''}\x1f\x1e"
                for each in info.identities
            ),
            "\x1c",
            *sorted(map(_form, info.forms)),
            "\x1c",
        )
    )
    _ensure_unambiguous(text, info)
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise BuildError(BuildCode.ILLEGAL_CHARACTER, "item") from None


def _form(form: DataForm) -> str:
    return "".join((*sorted(map(_field, form.fields)), "\x1d"))


def _field(field: Field) -> str:
    values = sorted(f"{value}\x1f" for value in field.values)
    return "".join((field.var or "", "\x1f", *values, "\x1e"))


def _ensure_covered(info: Info) -> None:
    if info.extensions:
        raise BuildError(BuildCode.FOREIGN, "extensions")
    if len(info.lang or "") > _LONGEST_LANGUAGE:
        raise BuildError(BuildCode.LIMIT, "lang")
    for form in info.forms:
        if form.tabular:
            raise BuildError(BuildCode.FOREIGN, "form")
        if not form.types:
            raise BuildError(BuildCode.FORM_TYPE, "form")


def _ensure_unambiguous(text: str, info: Info) -> None:
    """Refuse separators inside an item, which only values made by hand can have."""
    fields = list(chain.from_iterable(form.fields for form in info.forms))
    units = len(info.features) + 4 * len(info.identities) + len(fields)
    expected = {
        "\x1c": 3,
        "\x1d": len(info.forms),
        "\x1e": len(info.identities) + len(fields),
        "\x1f": units + sum(len(field.values) for field in fields),
    }
    if any(text.count(separator) != count for separator, count in expected.items()):
        raise BuildError(BuildCode.AMBIGUOUS, "item")


def hash_set(info: Info, /, algorithms: Iterable[str] = DEFAULT_ALGORITHMS) -> HashSet:
    """Return the set to advertise (XEP-0390 §4.2).

    Args:
        info: The answer.
        algorithms: The names of the hash functions, each once. At least one must be
            sha-256, sha3-256 or blake2b-512.

    Raises:
        BuildError: ALGORITHM; as `digest_input`.

    >>> from xep0184.disco import Info
    >>> [each.algo for each in hash_set(Info()).hashes]
    ['sha-256', 'sha3-256']
    """
    names = tuple(algorithms)
    if len(set(names)) < len(names) or _MANDATORY.isdisjoint(names):
        raise BuildError(BuildCode.ALGORITHM, "algorithms")
    return HashSet(tuple(Hash(name, digest(info, name)) for name in names))


def is_well_formed(hashes: HashSet, /) -> bool:
    """Check that a set is not empty and has each function once (XEP-0300 §3).

    Args:
        hashes: An advertised set.

    >>> is_well_formed(HashSet(()))
    False
    """
    names = [each.algo for each in hashes.hashes]
    return bool(names) and len(set(names)) == len(names)


def checkable_hashes(hashes: HashSet, /) -> tuple[Hash, ...]:
    """Return the hashes of a set that can be checked.

    Args:
        hashes: An advertised set.

    Returns:
        The hashes of known functions that have the right length, sorted by name;
        none of a set that is not well-formed.

    >>> checkable_hashes(HashSet((Hash("sha-256", "AAAA"), Hash("rot-13", "AAAA"))))
    ()
    """
    if not is_well_formed(hashes):
        return ()
    known = (
        each for each in hashes.hashes if algorithms.is_hash(each.algo, each.value)
    )
    return tuple(sorted(known, key=lambda each: each.algo))


def hash_node(hash_: Hash, /) -> str:
    """Return the node to query for a hash (XEP-0390 §4.3).

    Args:
        hash_: One hash of a set.

    >>> hash_node(Hash("sha-256", "AAAA="))
    'urn:xmpp:caps#sha-256.AAAA='
    """
    return f"{_PREFIX}{hash_.algo}.{hash_.value}"


def split_node(node: str, /) -> Hash | None:
    """Return the hash in a node, which is split at the last full stop.

    Args:
        node: The node of a query.

    Returns:
        The hash; None for any other node.

    >>> split_node("urn:xmpp:caps#sha-512.256.AAAA=")
    Hash(algo='sha-512.256', value='AAAA=')
    """
    algo, stop, value = node.removeprefix(_PREFIX).rpartition(".")
    return Hash(algo, value) if stop and node.startswith(_PREFIX) else None
