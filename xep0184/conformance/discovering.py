"""The suites ``disco`` and ``caps``, run on this library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from xep0184 import caps, disco, jid, ns, xml
from xep0184.caps import CapsVerdict, HashSet
from xep0184.disco import Condition, DataForm, Field, Identity, Info, Match, Query
from xep0184.errors import BuildError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = [
    "asked",
    "discovered",
    "hashing",
    "matching",
    "splitting",
    "verifying",
    "writing",
]


def discovered(given: Mapping[str, Any], /) -> dict[str, Any]:
    """Return what an iq says about support, and about the entity.

    Args:
        given: The input of a vector of ``disco``, with its defaults.

    >>> iq = "<iq xmlns='jabber:client' type='error'/>"
    >>> discovered({"xml": iq, "lang": None})["support"]
    'unknown'
    """
    answer = disco.parse(given["xml"], lang=given["lang"])
    names = ("to", "id", "type", "node", "condition")
    return {
        "support": disco.support(answer.info).value,
        "oddities": [it.value for it in answer.oddities],
        "from": answer.from_,
        **{name: getattr(answer, name) for name in names},
    }


def matching(given: Mapping[str, Any], /) -> dict[str, Any]:
    """Return whether an iq answers a query.

    Args:
        given: The input of a vector of ``disco``, with its defaults.
    """
    found = disco.match(
        _query(given["query"]),
        disco.parse(given["xml"]),
        account=jid.parse(given["account"]),
    )
    return {"answers": found is Match.YES, "match": found.value}


def asked(given: Mapping[str, Any], /) -> dict[str, Any]:
    """Return the query that a stanza is.

    Args:
        given: The input of a vector of ``disco``.
    """
    query = disco.query_of(xml.parse(given["xml"]))
    if query is None:
        return {"asked": None}
    facts: dict[str, Any] = {
        "to": query.to,
        "id": query.id,
        "from": query.from_,
        "node": query.node,
    }
    return {"asked": {name: it for name, it in facts.items() if it is not None}}


def writing(given: Mapping[str, Any], /) -> dict[str, Any]:
    """Return the octets of a query, of an answer or of a refusal.

    Args:
        given: The input of a vector of ``disco``, with its defaults.
    """
    namespace = given["namespace"]
    if "reply_to" in given:
        query, info = _query(given["reply_to"]), _info(given["info"])
        octets = disco.reply(query, info, namespace=namespace)
    elif "refuse" in given:
        condition = Condition(given.get("condition", "item-not-found"))
        query = _query(given["refuse"])
        octets = disco.refuse(query, condition=condition, namespace=namespace)
    else:
        octets = disco.query(**_named(given["query"]), namespace=namespace)
    return {"xml": octets.decode()}


def hashing(given: Mapping[str, Any], /) -> dict[str, Any]:
    """Return the hashes of an answer by both XEPs.

    Args:
        given: The input of a vector of ``caps``, with its defaults.
    """
    info = _answered(given)
    names = [*caps.SIZES]
    return {
        **_hashed("ver", lambda name: caps.ver(info, name), names),
        **_hashed("digest", lambda name: caps.digest(info, name), names),
        "conceals": caps.conceals(info),
    }


def _hashed(
    fact: str, function: Callable[[str], str], names: list[str]
) -> dict[str, Any]:
    try:
        return {fact: {name: function(name) for name in names}}
    except BuildError as error:
        return {f"{fact}_error": error.code.value}


def verifying(given: Mapping[str, Any], /) -> dict[str, Any]:
    """Return whether an answer matches what was advertised.

    Args:
        given: The input of a vector of ``caps``, with its defaults.
    """
    element = xml.parse(given["advertised"])
    advertised = caps.caps_of(element) or caps.hash_set_of(element)
    if advertised is None:
        return {"valid": False}
    verdict = caps.verify(advertised, _answered(given))
    facts: dict[str, Any] = {
        "valid": verdict is CapsVerdict.OK,
        "verdict": verdict.value,
    }
    if isinstance(advertised, HashSet):
        facts["usable"] = [it.algo for it in caps.checkable_hashes(advertised)]
    return facts


def splitting(given: Mapping[str, Any], /) -> dict[str, Any]:
    """Return the hash function and the value in a node.

    Args:
        given: The input of a vector of ``caps``.
    """
    hash_ = caps.split_node(given["node"])
    return {"split": None if hash_ is None else [hash_.algo, hash_.value]}


def _answered(given: Mapping[str, Any]) -> Info:
    """Return the answer in a query element or in an iq."""
    element = xml.parse(given["answer"])
    read = disco.answer_of if element.tag == ns.QUERY_TAG else disco.from_element
    return read(element, lang=given["lang"]).info or Info()


def _named(query: Mapping[str, Any]) -> dict[str, Any]:
    """Return a query as keyword arguments."""
    named = {"to": None, "id": None, "node": None, **query}
    named["from_"] = named.pop("from", None)
    return named


def _query(query: Mapping[str, Any]) -> Query:
    return Query(**_named(query))


def _info(info: Mapping[str, Any]) -> Info:
    return Info(
        identities=tuple(Identity(**it) for it in info.get("identities", ())),
        features=tuple(info.get("features", ())),
        forms=tuple(map(_form, info.get("forms", ()))),
        lang=info.get("lang"),
        extensions=tuple(info.get("extensions", ())),
    )


def _form(form: Mapping[str, Any]) -> DataForm:
    fields = tuple(
        Field(
            var=it.get("var"), values=tuple(it.get("values", ())), type=it.get("type")
        )
        for it in form.get("fields", ())
    )
    return DataForm(
        fields=fields, type=form.get("type"), tabular=form.get("tabular", False)
    )
