"""Writes disco#info queries and answers.

Writing is strict: a hash of what is written has to be well-formed (XEP-0115 §5.4).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from xep0184 import ns, xml
from xep0184.disco.info import (
    FORM_TYPE,
    Condition,
    DataForm,
    Field,
    Identity,
    Info,
    Query,
)
from xep0184.errors import BuildCode, BuildError

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["complete", "ensure_distinct", "query", "refuse", "reply", "serialize"]


def query(
    to: str,
    id: str,  # noqa: A002  # wire name
    node: str | None = None,
    *,
    from_: str | None = None,
    namespace: str = ns.CLIENT,
) -> bytes:
    """Write a disco#info query (XEP-0030 §3.1).

    Args:
        to: The entity to ask.
        id: A fresh id.
        node: The node to ask about; None for the entity itself.
        from_: The sender; None for a client, whose server adds it.
        namespace: The content namespace.

    Returns:
        One iq in UTF-8.

    Raises:
        BuildError: EMPTY for an empty `to` or `id`; NOT_TEXT, ILLEGAL_CHARACTER,
            NAMESPACE.

    >>> query("n@shakespeare.lit/westminster", "disco1").decode()
    '<iq xmlns="jabber:client" type="get" to="n@shakespeare.lit/westminster" \
id="disco1"><query xmlns="http://jabber.org/protocol/disco#info"/></iq>'
    """
    content = _element("query", {"xmlns": ns.DISCO_INFO, "node": node})
    _ensure_named("to", to)
    addresses = {"to": to, "from": from_, "id": id}
    return _iq("get", addresses, content, namespace)


def reply(
    query: Query, info: Info, /, *, from_: str | None = None, namespace: str = ns.CLIENT
) -> bytes:
    """Write the answer to a query, with the node of the query (XEP-0030 §3.1, §3.2).

    Args:
        query: The query to answer.
        info: The answer; the disco#info feature is added.
        from_: The sender; None for a client, whose server adds it.
        namespace: The content namespace.

    Returns:
        One iq in UTF-8.

    Raises:
        BuildError: As `complete`; EMPTY for a query without id; NOT_TEXT,
            ILLEGAL_CHARACTER, NAMESPACE.

    >>> info = Info(identities=(Identity(category="client", type="pc"),))
    >>> reply(Query(to="a@b/c", id="1", from_="d@e/f"), info).decode()
    '<iq xmlns="jabber:client" type="result" to="d@e/f" id="1"><query \
xmlns="http://jabber.org/protocol/disco#info"><identity category="client" \
type="pc"/><feature var="http://jabber.org/protocol/disco#info"/></query></iq>'
    """
    content = serialize(complete(info), node=query.node).decode()
    addresses = {"to": query.from_, "from": from_, "id": query.id}
    return _iq("result", addresses, content, namespace)


def refuse(
    query: Query,
    /,
    *,
    condition: Condition = Condition.ITEM_NOT_FOUND,
    from_: str | None = None,
    namespace: str = ns.CLIENT,
) -> bytes:
    """Write an error as the answer to a query (XEP-0030 §7, §8).

    Args:
        query: The query to refuse.
        condition: The error condition.
        from_: The sender; None for a client, whose server adds it.
        namespace: The content namespace.

    Returns:
        One iq in UTF-8.

    Raises:
        BuildError: EMPTY for a query without id; NOT_TEXT, ILLEGAL_CHARACTER,
            NAMESPACE.

    >>> refuse(Query(to="a@b/c", id="1", node="n", from_="d@e/f")).decode()
    '<iq xmlns="jabber:client" type="error" to="d@e/f" id="1"><query \
xmlns="http://jabber.org/protocol/disco#info" node="n"/><error type="cancel">\
<item-not-found xmlns="urn:ietf:params:xml:ns:xmpp-stanzas"/></error></iq>'
    """
    asked = _element("query", {"xmlns": ns.DISCO_INFO, "node": query.node})
    reason = _element(condition.value, {"xmlns": ns.STANZA_ERRORS})
    error = _element("error", {"type": "cancel"}, reason)
    addresses = {"to": query.from_, "from": from_, "id": query.id}
    return _iq("error", addresses, asked + error, namespace)


def serialize(info: Info, /, *, node: str | None = None) -> bytes:
    """Write the query element of a result, without the checks of `complete`.

    Args:
        info: The answer.
        node: The node that the answer is about; None for the entity itself.

    Returns:
        One element in UTF-8. The content that `Info.extensions` and
        `DataForm.tabular` stand for is not kept, so it is missing.

    Raises:
        BuildError: NOT_TEXT, ILLEGAL_CHARACTER.

    >>> serialize(Info(features=("a",))).decode()
    '<query xmlns="http://jabber.org/protocol/disco#info"><feature var="a"/></query>'
    """
    children = (
        *map(_identity, info.identities),
        *(_element("feature", {"var": feature}) for feature in info.features),
        *map(_form, info.forms),
    )
    attributes = {"xmlns": ns.DISCO_INFO, "node": node, "xml:lang": info.lang}
    return _element("query", attributes, "".join(children)).encode()


def complete(info: Info, /) -> Info:
    """Check an answer, and add the disco#info feature if it is missing.

    Args:
        info: What an entity wants to answer.

    Returns:
        The same value, or a copy with that feature at the end.

    Raises:
        BuildError: NO_IDENTITY; EMPTY names; DUPLICATE identities, features, forms
            or fields; CONFLICTING_NAMES; FORM_TYPE; FOREIGN (XEP-0030 §3.1,
            XEP-0115 §5.4, XEP-0128 §2, XEP-0390 §4.1).

    >>> identity = Identity(category="client", type="pc")
    >>> complete(Info(identities=(identity,), features=("a",))).features
    ('a', 'http://jabber.org/protocol/disco#info')
    """
    _ensure_identities(info)
    ensure_distinct("feature", info.features)
    for feature in info.features:
        _ensure_named("feature@var", feature)
    _ensure_forms(info)
    if info.extensions:
        raise BuildError(BuildCode.FOREIGN, "extensions")
    if ns.DISCO_INFO in info.features:
        return info
    return replace(info, features=(*info.features, ns.DISCO_INFO))


def _ensure_identities(info: Info) -> None:
    if not info.identities:
        raise BuildError(BuildCode.NO_IDENTITY, "identities")
    for identity in info.identities:
        _ensure_named("identity@category", identity.category)
        _ensure_named("identity@type", identity.type)
    ensure_distinct("identity", info.identities)
    if len(info.identity_keys) < len(info.identities):
        raise BuildError(BuildCode.CONFLICTING_NAMES, "identity")


def _ensure_forms(info: Info) -> None:
    for form in info.forms:
        names = [field.var for field in form.fields]
        hidden = [field for field in form.fields if field.var == FORM_TYPE]
        if len(form.types) != 1 or len(hidden) != 1:
            raise BuildError(BuildCode.FORM_TYPE, "form")
        if form.tabular:
            raise BuildError(BuildCode.FOREIGN, "form")
        for name in names:
            _ensure_named("field@var", name)
        ensure_distinct("field", names)
    ensure_distinct("form", [form.types for form in info.forms])


def ensure_distinct(field: str, items: Collection[object], /) -> None:
    """Check that no item occurs twice.

    Args:
        field: The name to give the items in an error.
        items: The items.

    Raises:
        BuildError: DUPLICATE (XEP-0115 §5.4).

    >>> ensure_distinct("feature", ("a", "b"))
    """
    if len(set(items)) < len(items):
        raise BuildError(BuildCode.DUPLICATE, field)


def _ensure_named(field: str, name: str | None) -> None:
    if not name:
        raise BuildError(BuildCode.EMPTY, field)


def _iq(
    type_: str, addresses: dict[str, str | None], content: str, namespace: str
) -> bytes:
    if namespace not in ns.CONTENT:
        raise BuildError(BuildCode.NAMESPACE, "namespace")
    _ensure_named("id", addresses["id"])
    attributes = {"xmlns": namespace or None, "type": type_, **addresses}
    return _element("iq", attributes, content).encode()


def _identity(identity: Identity) -> str:
    attributes = {
        "category": identity.category,
        "type": identity.type,
        "xml:lang": identity.lang,
        "name": identity.name,
    }
    return _element("identity", attributes)


def _form(form: DataForm) -> str:
    attributes = {"xmlns": ns.DATA_FORMS, "type": form.type}
    return _element("x", attributes, "".join(map(_field, form.fields)))


def _field(field: Field) -> str:
    values = (
        f"<value>{xml.escape_text(value, 'value')}</value>" for value in field.values
    )
    return _element("field", {"var": field.var, "type": field.type}, "".join(values))


def _element(name: str, attributes: dict[str, str | None], content: str = "") -> str:
    written = "".join(
        f' {key}="{xml.escape_attribute(value, key)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"
