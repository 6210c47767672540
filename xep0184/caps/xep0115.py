"""The hash of XEP-0115: factors, each followed by ``<``, and no structure left.

So two answers may have one hash (XEP-0115 §9.2). A factor with a ``<`` of its own
is refused; what hides a feature in a form, the hash cannot tell, but `conceals`
can.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xep0184 import ns
from xep0184.caps import algorithms
from xep0184.disco import FORM_TYPE
from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from xep0184.disco import DataForm, Identity, Info

__all__ = ["conceals", "ver", "ver_input"]


def ver(info: Info, /, algorithm: str = "sha-1") -> str:
    """Return the verification string of an answer (XEP-0115 §5.1).

    Args:
        info: What an entity says of itself; nothing is added to it.
        algorithm: The name of the hash function, as IANA has it.

    Raises:
        BuildError: ALGORITHM; as `ver_input`.

    >>> from xep0184.disco import Identity, Info
    >>> ver(Info(identities=(Identity(category="client", type="pc"),), features=(
    ...     "http://jabber.org/protocol/caps", "urn:xmpp:receipts",
    ...     "http://jabber.org/protocol/disco#info")))
    '4dEbfnwbFywRnYhM2Bffp+wwDOE='
    """
    return algorithms.hash_octets(algorithm, ver_input(info))


def ver_input(info: Info, /) -> bytes:
    """Return the octets that are hashed, called S in XEP-0115 §5.1.

    Args:
        info: What an entity says of itself. Forms without a hidden FORM_TYPE do
            not count (§5.4).

    Returns:
        Identities, features and forms, sorted at every level by octets.

    Raises:
        BuildError: DUPLICATE, FORM_TYPE, if the answer is ill-formed (§5.4);
            AMBIGUOUS, if a factor holds a ``<``; ILLEGAL_CHARACTER.

    >>> from xep0184.disco import Info
    >>> ver_input(Info(features=("b", "a")))
    b'a<b<'
    """
    # Python compares str by code points, which is the order of their UTF-8.
    features = sorted(info.features)
    if len(set(features)) < len(features):
        raise BuildError(BuildCode.DUPLICATE, "feature")
    factors = [*_identities(info.identities), *features]
    if info.forms:
        factors += _form_factors(info.forms)
    if "<" in "".join(factors):
        raise BuildError(BuildCode.AMBIGUOUS, "factor")
    factors.append("")
    try:
        return "<".join(factors).encode()
    except UnicodeEncodeError:
        raise BuildError(BuildCode.ILLEGAL_CHARACTER, "factor") from None


def conceals(info: Info, /, feature: str = ns.RECEIPTS) -> bool:
    """Say whether a form holds, as text, what elsewhere would be a feature.

    Such an answer has the hash of another one that does have the feature, so it
    must not speak for anybody but its sender (XEP-0115 §9.3).

    Args:
        info: An answer whose hash was verified.
        feature: The name to look for.

    >>> from xep0184.disco import Field, DataForm, Info
    >>> type_ = Field(var="FORM_TYPE", type="hidden", values=("urn:xmpp:receipts",))
    >>> conceals(Info(forms=(DataForm(fields=(type_,)),)))
    True
    """
    return any(feature in _factors(form) for form in info.forms if form.types)


def _identities(identities: Iterable[Identity]) -> list[str]:
    """Return their factors, sorted by part; a name only breaks ties.

    An inherited language is no part of the string (XEP-0115 §5.1).
    """
    parts = [
        (each.category, each.type, each.lang or "", each.name or "")
        for each in identities
    ]
    if len(parts) > 1:
        _ensure_distinct("identity", parts)
        parts.sort()
    return ["/".join(part) for part in parts]


def _form_factors(forms: Iterable[DataForm]) -> list[str]:
    """Return the factors of the forms that name their type, by type."""
    typed = [form for form in forms if form.types]
    if any(len(form.types) > 1 for form in typed):
        raise BuildError(BuildCode.FORM_TYPE, "form")
    _ensure_distinct("form", [form.types for form in typed])
    typed.sort(key=lambda form: form.types)
    return [factor for form in typed for factor in _factors(form)]


def _factors(form: DataForm) -> list[str]:
    """Return the type of a form, then its fields by name, each with its values."""
    factors = list(form.types)
    fields = sorted(
        (field.var or "", sorted(field.values))
        for field in form.fields
        if field.var != FORM_TYPE
    )
    for var, values in fields:
        factors.append(var)
        factors += values
    return factors


def _ensure_distinct(field: str, items: Collection[object]) -> None:
    if len(set(items)) < len(items):
        raise BuildError(BuildCode.DUPLICATE, field)
