"""The hash of XEP-0115: a list of factors, each followed by ``<``.

The list does not show what a factor is, so different answers may have one hash
(XEP-0115 §9.3). Answers with ``<`` inside a factor are refused. The hash does not show
whether the name of a feature is that of a feature or a text in a form; `conceals` finds
such a form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xep0184 import ns
from xep0184.caps import algorithms
from xep0184.disco import FORM_TYPE
from xep0184.disco.iqs import ensure_distinct
from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xep0184.disco import DataForm, Identity, Info

__all__ = ["conceals", "ver", "ver_input"]


def ver(info: Info, /, algorithm: str = "sha-1") -> str:
    """Return the verification string of an answer (XEP-0115 §5.1).

    Args:
        info: The answer; no feature is added to it.
        algorithm: The IANA name of the hash function.

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
        info: The answer. Forms without a hidden FORM_TYPE are ignored (§5.4).

    Returns:
        Identities, features and forms, sorted at every level by octets.

    Raises:
        BuildError: DUPLICATE, FORM_TYPE for an ill-formed answer (§5.4); AMBIGUOUS
            for a ``<`` in a factor; ILLEGAL_CHARACTER.

    >>> from xep0184.disco import Info
    >>> ver_input(Info(features=("b", "a")))
    b'a<b<'
    """
    # Python compares str by code point, which is the order of the octets in UTF-8.
    features = sorted(info.features)
    ensure_distinct("feature", features)
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
    """Check whether a form contains the name of a feature as text.

    Such an answer may have the hash of another one that does list the feature, so
    it must count for its sender only (XEP-0115 §9.3).

    Args:
        info: A verified answer.
        feature: The name of the feature.

    >>> from xep0184.disco import Field, DataForm, Info
    >>> type_ = Field(var="FORM_TYPE", type="hidden", values=("urn:xmpp:receipts",))
    >>> conceals(Info(forms=(DataForm(fields=(type_,)),)))
    True
    """
    return any(feature in _factors(form) for form in info.forms if form.types)


def _identities(identities: Iterable[Identity]) -> list[str]:
    """Return the factors of the identities, sorted by category, type, language, name.

    An inherited language does not count (XEP-0115 §5.1).
    """
    parts = [
        (each.category, each.type, each.lang or "", each.name or "")
        for each in identities
    ]
    if len(parts) > 1:
        ensure_distinct("identity", parts)
        parts.sort()
    return ["/".join(part) for part in parts]


def _form_factors(forms: Iterable[DataForm]) -> list[str]:
    """Return the factors of the forms with a FORM_TYPE, sorted by it."""
    typed = [form for form in forms if form.types]
    if any(len(form.types) > 1 for form in typed):
        raise BuildError(BuildCode.FORM_TYPE, "form")
    ensure_distinct("form", [form.types for form in typed])
    typed.sort(key=lambda form: form.types)
    return [factor for form in typed for factor in _factors(form)]


def _factors(form: DataForm) -> list[str]:
    """Return the FORM_TYPE, then the fields by name, each followed by its values."""
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
