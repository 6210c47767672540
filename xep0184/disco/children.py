"""Reads the children of a disco#info query element."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xep0184 import ns
from xep0184.disco.info import DataForm, Field, Identity, Info, Oddity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184.xml import ElementLike

__all__ = ["info_of"]


def info_of(query: ElementLike, lang: str | None, /) -> tuple[Info, tuple[Oddity, ...]]:
    """Return what a query element says, and its oddities.

    Args:
        query: A disco#info query.
        lang: The ``xml:lang`` to inherit if no parent of the element has one.

    >>> from xml.etree import ElementTree
    >>> query = ElementTree.fromstring(
    ...     "<query xmlns='http://jabber.org/protocol/disco#info'>"
    ...     "<feature var='a'/></query>")
    >>> info_of(query, None)[0].features
    ('a',)
    """
    identities: list[Identity] = []
    features: list[str] = []
    forms: list[DataForm] = []
    extensions: list[str] = []
    odd: set[Oddity] = set()
    for child in query:
        tag = child.tag
        if tag == ns.FEATURE_TAG:
            var = child.get("var")
            if var and not len(child):
                features.append(var)
            else:
                odd.add(Oddity.INCOMPLETE_FEATURE)
        elif tag == ns.IDENTITY_TAG:
            identity = _identity(child)
            if identity.category and identity.type:
                identities.append(identity)
            else:
                odd.add(Oddity.INCOMPLETE_IDENTITY)
        elif tag == ns.FORM_TAG:
            forms.append(_form(child))
        else:
            extensions.append(tag)
    info = Info(
        identities=tuple(identities),
        features=tuple(features),
        forms=tuple(forms),
        lang=_language(query, lang),
        extensions=tuple(extensions),
    )
    odd.update(_odd_items(info), _odd_forms(info))
    return info, tuple(oddity for oddity in Oddity if oddity in odd)


def _language(query: ElementLike, lang: str | None) -> str | None:
    own = query.get(ns.LANG)
    parents = getattr(query, "iterancestors", None)  # only elements of lxml have it
    if own is None and parents is not None:
        inherited = (parent.get(ns.LANG) for parent in parents())
        own = next((each for each in inherited if each is not None), None)
    return lang if own is None else own


def _identity(element: ElementLike) -> Identity:
    get = element.get
    return Identity(
        category=get("category") or "",
        type=get("type") or "",
        lang=get(ns.LANG),
        name=get("name"),
    )


def _form(element: ElementLike) -> DataForm:
    fields = tuple(_field(child) for child in element if child.tag == ns.FIELD_TAG)
    tabular = any(child.tag in {ns.REPORTED_TAG, ns.ITEM_TAG} for child in element)
    return DataForm(fields=fields, type=element.get("type"), tabular=tabular)


def _field(element: ElementLike) -> Field:
    values = tuple(child.text or "" for child in element if child.tag == ns.VALUE_TAG)
    return Field(var=element.get("var"), values=values, type=element.get("type"))


def _odd_items(info: Info) -> Iterator[Oddity]:
    if not info.identities:
        yield Oddity.NO_IDENTITY
    if ns.DISCO_INFO not in info.features:
        yield Oddity.NO_DISCO_FEATURE
    if len(set(info.features)) < len(info.features):
        yield Oddity.DUPLICATE_FEATURE
    distinct = set(info.identities)
    if len(distinct) < len(info.identities):
        yield Oddity.DUPLICATE_IDENTITY
    if len(info.identity_keys) < len(distinct):
        yield Oddity.CONFLICTING_NAMES
    if info.extensions:
        yield Oddity.FOREIGN_CHILD


def _odd_forms(info: Info) -> Iterator[Oddity]:
    seen: set[str] = set()
    for form in info.forms:
        types = form.types
        if form.tabular:
            yield Oddity.TABULAR_FORM
        if len(types) != 1:
            yield Oddity.AMBIGUOUS_FORM if types else Oddity.UNTYPED_FORM
        elif types[0] in seen:
            yield Oddity.DUPLICATE_FORM
        seen.update(types)
