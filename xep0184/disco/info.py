"""What an entity says of itself, as frozen values (XEP-0030, XEP-0128).

A value is inert and may hold what the XEPs forbid, for that is what peers send.
What was odd about it is a list of codes beside it.
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
"""The field that names what a form is about (XEP-0068 §3)."""


class Oddity(StrEnum):
    """What is odd about an answer; none of it keeps the rest from being read."""

    NO_QUERY = "no-query"
    MULTIPLE_QUERY = "multiple-query"
    NO_IDENTITY = "no-identity"
    NO_DISCO_FEATURE = "no-disco-feature"
    INCOMPLETE_IDENTITY = "incomplete-identity"
    INCOMPLETE_FEATURE = "incomplete-feature"
    DUPLICATE_IDENTITY = "duplicate-identity"
    DUPLICATE_FEATURE = "duplicate-feature"
    CONFLICTING_NAMES = "conflicting-names"
    UNTYPED_FORM = "untyped-form"
    AMBIGUOUS_FORM = "ambiguous-form"
    DUPLICATE_FORM = "duplicate-form"
    TABULAR_FORM = "tabular-form"
    FOREIGN_CHILD = "foreign-child"


ODDITIES: Final[Mapping[Oddity, str]] = {
    Oddity.NO_QUERY: "The result holds no disco#info query (XEP-0030 §3.1).",
    Oddity.MULTIPLE_QUERY: "Only the first of several queries counts"
    " (RFC 6120 §8.2.3).",
    Oddity.NO_IDENTITY: "An entity has at least one identity (XEP-0030 §3.1).",
    Oddity.NO_DISCO_FEATURE: "An entity that answers supports disco#info and says so"
    " (XEP-0030 §3.1).",
    Oddity.INCOMPLETE_IDENTITY: "An identity without category or type was passed over"
    " (XEP-0030 §3.1).",
    Oddity.INCOMPLETE_FEATURE: "A feature without var, or with children, was passed"
    " over (XEP-0030 §3.1).",
    Oddity.DUPLICATE_IDENTITY: "An identity stands twice, which makes its caps"
    " ill-formed (XEP-0115 §5.4).",
    Oddity.DUPLICATE_FEATURE: "A feature stands twice, which makes its caps"
    " ill-formed (XEP-0115 §5.4).",
    Oddity.CONFLICTING_NAMES: "One category, type and language has two names"
    " (XEP-0030 §3.1).",
    Oddity.UNTYPED_FORM: "A form has no hidden FORM_TYPE (XEP-0128 §2).",
    Oddity.AMBIGUOUS_FORM: "A FORM_TYPE has several values, which makes the caps"
    " ill-formed (XEP-0115 §5.4).",
    Oddity.DUPLICATE_FORM: "Two forms have one FORM_TYPE, which makes the caps"
    " ill-formed (XEP-0115 §5.4).",
    Oddity.TABULAR_FORM: "A form holds reported fields or items, which were passed"
    " over (XEP-0390 §4.1).",
    Oddity.FOREIGN_CHILD: "The query holds something else, which was passed over"
    " (XEP-0390 §4.1).",
}
"""What each oddity means, with its source."""


class Condition(StrEnum):
    """Why a query is refused (XEP-0030 §7, §8); for what peers send see `Answer`."""

    ITEM_NOT_FOUND = "item-not-found"
    SERVICE_UNAVAILABLE = "service-unavailable"


class Match(StrEnum):
    """Whether an iq answers a query (RFC 6120 §8.1.3, XEP-0030 §3.2)."""

    YES = "yes"
    NO_NODE = "no-node"
    OTHER_NODE = "other-node"
    OTHER_SENDER = "other-sender"
    OTHER_ID = "other-id"
    NOT_AN_ANSWER = "not-an-answer"


@value(kw_only=True)
class Identity:
    """What kind of thing an entity is.

    Attributes:
        category: Such as ``client``.
        type: Such as ``pc``.
        lang: The ``xml:lang`` of the element itself; None if it has none and
            therefore the language of its `Info`.
        name: What a person may call it; None if absent.

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
        var: Its name; None if absent.
        values: The text of its values in document order.
        type: Its type, unchanged; None if absent.

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
        fields: Its fields in document order.
        type: The type of the form, unchanged; None if absent.
        tabular: Whether it also held reported fields or items, which are not
            kept (XEP-0004 §3.4).
    """

    fields: tuple[Field, ...] = ()
    type: str | None = "result"
    tabular: bool = False

    @property
    def types(self) -> tuple[str, ...]:
        """The distinct values of its hidden FORM_TYPE: one, if all is well."""
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

    Attributes:
        identities: In document order, repetitions included, as are the others.
        features: The names of the features.
        forms: The forms that extend it.
        lang: The language that an identity without one inherits.
        extensions: The expanded names of all other children; their content is
            not kept.

    >>> "urn:xmpp:receipts" in Info(features=("urn:xmpp:receipts",)).features
    True
    """

    identities: tuple[Identity, ...] = ()
    features: tuple[str, ...] = ()
    forms: tuple[DataForm, ...] = ()
    lang: str | None = None
    extensions: tuple[str, ...] = ()

    @property
    def kinds(self) -> frozenset[tuple[str, str, str]]:
        """Category, type and effective language of every identity."""
        return frozenset(
            (each.category, each.type, self.language(each)) for each in self.identities
        )

    def language(self, identity: Identity) -> str:
        """Return the language of an identity, its own or the inherited one."""
        return (self.lang if identity.lang is None else identity.lang) or ""


@value(kw_only=True)
class Query:
    """A question about one entity.

    Attributes:
        to: The entity asked.
        id: The id of the iq.
        node: The node asked about; None for the entity itself.
        from_: Who asks; None where the server fills it in.
    """

    to: str | None
    id: str | None
    node: str | None = None
    from_: str | None = None


@value(kw_only=True)
class Answer:
    """An iq, as far as it answers such a question.

    Attributes:
        from_: The ``from`` attribute, unchanged; None if absent.
        to: The ``to`` attribute, unchanged; None if absent.
        id: The id of the iq; None if absent.
        type: The type of the iq, unchanged; only a ``result`` informs.
        node: The node that is spoken of; None if absent or empty.
        info: What was said; None unless it is a result with a query.
        condition: The condition of an error; None if there is none.
        oddities: What is odd about it, each once.
    """

    from_: str | None = None
    to: str | None = None
    id: str | None = None
    type: str | None = None
    node: str | None = None
    info: Info | None = None
    condition: str | None = None
    oddities: tuple[Oddity, ...] = ()
