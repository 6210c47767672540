"""The values of disco#info: queries, answers and what they hold (XEP-0030, XEP-0128).

The values check nothing: they hold what peers send, even if the XEPs forbid it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184._value import value

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "FORM_TYPE",
    "ODDITIES",
    "Answer",
    "Condition",
    "DataForm",
    "Field",
    "Identity",
    "Info",
    "Match",
    "Oddity",
    "Query",
]

FORM_TYPE: Final = "FORM_TYPE"
"""The name of the field that tells the type of a form (XEP-0068 §3)."""


class Oddity(StrEnum):
    """Something odd in an answer; the rest of the answer is read all the same."""

    NO_QUERY = "no-query"
    """A result without a disco#info query."""
    MULTIPLE_QUERY = "multiple-query"
    """More than one query in a result."""
    NO_IDENTITY = "no-identity"
    """No identity."""
    NO_DISCO_FEATURE = "no-disco-feature"
    """The feature disco#info is not listed."""
    INCOMPLETE_IDENTITY = "incomplete-identity"
    """An identity without category or type."""
    INCOMPLETE_FEATURE = "incomplete-feature"
    """A feature without ``var``, or with children."""
    DUPLICATE_IDENTITY = "duplicate-identity"
    """An identity that occurs more than once."""
    DUPLICATE_FEATURE = "duplicate-feature"
    """A feature that occurs more than once."""
    CONFLICTING_NAMES = "conflicting-names"
    """Two identities that differ in nothing but their names."""
    UNTYPED_FORM = "untyped-form"
    """A data form without a hidden FORM_TYPE."""
    AMBIGUOUS_FORM = "ambiguous-form"
    """A data form with several values of its FORM_TYPE."""
    DUPLICATE_FORM = "duplicate-form"
    """Two data forms with the same FORM_TYPE."""
    TABULAR_FORM = "tabular-form"
    """A data form with reported fields or items."""
    FOREIGN_CHILD = "foreign-child"
    """An element of another kind in the query."""


ODDITIES: Final[Mapping[Oddity, str]] = {
    Oddity.NO_QUERY: "The result holds no disco#info query (XEP-0030 §3.1).",
    Oddity.MULTIPLE_QUERY: "There are several queries; only the first counts"
    " (RFC 6120 §8.2.3).",
    Oddity.NO_IDENTITY: "An entity must have at least one identity (XEP-0030 §3.1).",
    Oddity.NO_DISCO_FEATURE: "The feature disco#info is missing, which every entity"
    " that answers must list (XEP-0030 §3.1).",
    Oddity.INCOMPLETE_IDENTITY: "An identity without category or type was ignored"
    " (XEP-0030 §3.1).",
    Oddity.INCOMPLETE_FEATURE: "A feature without var, or with children, was ignored"
    " (XEP-0030 §3.1).",
    Oddity.DUPLICATE_IDENTITY: "An identity is listed twice, which makes its caps"
    " ill-formed (XEP-0115 §5.4).",
    Oddity.DUPLICATE_FEATURE: "A feature is listed twice, which makes its caps"
    " ill-formed (XEP-0115 §5.4).",
    Oddity.CONFLICTING_NAMES: "Two identities have the same category, type and language"
    " but different names (XEP-0030 §3.1).",
    Oddity.UNTYPED_FORM: "A form has no hidden FORM_TYPE (XEP-0128 §2).",
    Oddity.AMBIGUOUS_FORM: "A FORM_TYPE has several values, which makes the caps"
    " ill-formed (XEP-0115 §5.4).",
    Oddity.DUPLICATE_FORM: "Two forms have the same FORM_TYPE, which makes the caps"
    " ill-formed (XEP-0115 §5.4).",
    Oddity.TABULAR_FORM: "A form holds reported fields or items, which were ignored"
    " (XEP-0390 §4.1).",
    Oddity.FOREIGN_CHILD: "The query holds other elements, which were ignored"
    " (XEP-0390 §4.1).",
}
"""What each oddity means, with its source."""


class Condition(StrEnum):
    """Why a query is refused (XEP-0030 §7, §8)."""

    ITEM_NOT_FOUND = "item-not-found"
    """There is no such node."""
    SERVICE_UNAVAILABLE = "service-unavailable"
    """The query is not answered, for example for lack of permission."""


class Match(StrEnum):
    """Whether an iq answers a query (RFC 6120 §8.1.3, XEP-0030 §3.2)."""

    YES = "yes"
    """It answers the query."""
    NO_NODE = "no-node"
    """It leaves out the node of the query."""
    OTHER_NODE = "other-node"
    """It names another node than the query."""
    OTHER_SENDER = "other-sender"
    """It comes from another entity than the one that was asked."""
    OTHER_ID = "other-id"
    """It has another id than the query."""
    NOT_AN_ANSWER = "not-an-answer"
    """Its type is neither ``result`` nor ``error``."""


@value(kw_only=True)
class Identity:
    """What kind of entity it is (XEP-0030 §3.1).

    Attributes:
        category: The category, such as ``client``.
        type: The type within the category, such as ``pc``.
        lang: The ``xml:lang`` of the element itself; None if it has none and
            inherits the language of its `Info`.
        name: The name for people; None if absent.

    >>> Identity(category="client", type="pc").name is None
    True
    """

    category: str
    type: str
    lang: str | None = None
    name: str | None = None


@value(kw_only=True)
class Field:
    """One field of a form (XEP-0004 §3.2).

    Attributes:
        var: The name; None if absent.
        values: The texts of the values, in document order.
        type: The type, unchanged; None if absent.

    >>> Field(var="os", values=("Mac",)).values
    ('Mac',)
    """

    var: str | None
    values: tuple[str, ...] = ()
    type: str | None = None


@value(kw_only=True)
class DataForm:
    """A data form that extends an answer (XEP-0128).

    Attributes:
        fields: The fields in document order.
        type: The type of the form, unchanged; None if absent.
        tabular: Whether the form also held reported fields or items, which are not
            kept (XEP-0004 §3.4).

    >>> type_ = Field(var="FORM_TYPE", type="hidden", values=("urn:example",))
    >>> DataForm(fields=(type_,)).types
    ('urn:example',)
    """

    fields: tuple[Field, ...] = ()
    type: str | None = "result"
    tabular: bool = False

    @property
    def types(self) -> tuple[str, ...]:
        """The distinct values of the hidden FORM_TYPE: one in a correct form."""
        values = (
            value
            for field in self.fields
            if field.var == FORM_TYPE and field.type == "hidden"
            for value in field.values
        )
        return tuple(dict.fromkeys(values))


@value(kw_only=True)
class Info:
    """What an entity is and what it supports.

    Items are in document order, and repeated items are kept.

    Attributes:
        identities: The identities.
        features: The names of the features.
        forms: The forms that extend the answer.
        lang: The language that an identity without one inherits.
        extensions: The expanded names of all other children, whose content is not
            kept.

    >>> "urn:xmpp:receipts" in Info(features=("urn:xmpp:receipts",)).features
    True
    """

    identities: tuple[Identity, ...] = ()
    features: tuple[str, ...] = ()
    forms: tuple[DataForm, ...] = ()
    lang: str | None = None
    extensions: tuple[str, ...] = ()

    @property
    def identity_keys(self) -> frozenset[tuple[str, str, str]]:
        """What distinct identities differ in: category, type and effective language."""
        return frozenset(
            (each.category, each.type, self.language(each)) for each in self.identities
        )

    def language(self, identity: Identity) -> str:
        """Return the effective language of an identity.

        Args:
            identity: One of the identities.

        >>> Info(lang="en").language(Identity(category="client", type="pc"))
        'en'
        """
        return (self.lang if identity.lang is None else identity.lang) or ""


@value(kw_only=True)
class Query:
    """A disco#info query.

    Attributes:
        to: The entity asked; None for the account of the sender.
        id: The id of the iq; None if absent.
        node: The node asked about; None for the entity itself.
        from_: The sender; None if the server adds it.

    >>> Query(to="shakespeare.lit", id="1").node is None
    True
    """

    to: str | None
    id: str | None
    node: str | None = None
    from_: str | None = None


@value(kw_only=True)
class Answer:
    """An iq, read as an answer to a disco#info query.

    Attributes:
        from_: The ``from`` attribute, unchanged; None if absent.
        to: The ``to`` attribute, unchanged; None if absent.
        id: The id of the iq; None if absent.
        type: The type of the iq, unchanged; only a ``result`` has an `Info`.
        node: The node that the answer is about; None if absent or empty.
        info: What the entity says; None unless the iq is a result with a query.
        condition: The condition of an error; None if there is none.
        oddities: What is odd about the answer, each once.

    >>> Answer(type="error", condition="item-not-found").info is None
    True
    """

    from_: str | None = None
    to: str | None = None
    id: str | None = None
    type: str | None = None
    node: str | None = None
    info: Info | None = None
    condition: str | None = None
    oddities: tuple[Oddity, ...] = ()
