"""Validates an element, lists its problems, or raises an error for them."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from xep0184 import xml
from xep0184.errors import BuildError, MissingExtraError, SchemaError
from xep0184.schema.explanation import explain
from xep0184.schema.problem import Problem, Revision
from xep0184.schema.verdict import JUDGING_ERRORS, compiled, matches, tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xep0184.xml import Source

__all__ = ["ensure_valid", "is_valid", "problems", "problems_of"]


def is_valid(source: Source, /, *, revision: Revision | str = Revision.V1_4_0) -> bool:
    """Check whether a stanza or payload matches its schema.

    Args:
        source: The element, or its octets. An element of the standard library keeps
            no prefixes, so the value of an ``xsi:type`` must have none.
        revision: The revision of XEP-0184 for receipts.

    Returns:
        Never true for an element that exceeds `xep0184.DEFAULT_LIMITS`.

    Raises:
        XMLError: Octets or text are not XMPP's XML.
        BuildError: REVISION, if there is no such revision.
        EngineError: The memory of libxml2 is exhausted.

    >>> received = "<received xmlns='urn:xmpp:receipts'/>"
    >>> is_valid(received), is_valid(received, revision="1.2")
    (False, True)
    """
    schema = compiled(revision)
    xml.unchecked_element_of(source)  # raises XMLError for octets and text
    try:
        return matches(tree_of(source), schema)
    except JUDGING_ERRORS:
        return False


def problems(
    source: Source, /, *, revision: Revision | str = Revision.V1_4_0
) -> Iterator[Problem]:
    """List what is wrong with a stanza or payload; nothing if it is valid.

    Args:
        source: As for `is_valid`.
        revision: As for `is_valid`.

    Returns:
        All problems of a small element, otherwise only the first, in document order.
        Small: at most 8192 octets, with few names and namespaces.

    Raises:
        XMLError: Octets or text are not XMPP's XML.
        BuildError: REVISION, if there is no such revision.
        EngineError: The memory of libxml2 is exhausted.
        MissingExtraError: xmlschema is not installed.

    >>> received = "<received xmlns='urn:xmpp:receipts'/>"
    >>> [problem.reason for problem in problems(received)]
    ["missing required attribute 'id'"]
    """
    compiled(revision)
    _ensure_explainable()
    xml.unchecked_element_of(source)  # raises XMLError for octets and text
    return problems_of(source, revision)


def _ensure_explainable() -> None:
    if find_spec("xmlschema") is None:
        raise MissingExtraError(extra="schema", module="xmlschema")


def problems_of(
    source: Source, revision: Revision | str, /, *, within: bytes = b""
) -> Iterator[Problem]:
    """Yield what is wrong with a stanza or payload that was read before.

    Args:
        source: As for `is_valid`, but octets that `xep0184.xml.parse` has accepted.
        revision: As for `is_valid`.
        within: The start tag of the parent that the octets were parsed within.

    Raises:
        BuildError: REVISION, if there is no such revision.
        EngineError: The memory of libxml2 is exhausted.
        MissingExtraError: There are problems and xmlschema is not installed.

    >>> list(problems_of(b"<request xmlns='urn:xmpp:receipts'/>", "1.4.0"))
    []
    """
    try:
        tree = tree_of(source, within=within)
        is_valid = matches(tree, compiled(revision))
        if not is_valid:
            _ensure_explainable()
            yield from explain(tree, Revision(revision))
    except JUDGING_ERRORS as error:
        if isinstance(error, BuildError):
            raise
        tag: Any = getattr(source, "tag", "")
        reason = str(error).partition(", line ")[0]  # lxml's place is in `line`
        line = getattr(error, "lineno", None)
        yield Problem(path=".", reason=reason, element=str(tag), line=line)


def ensure_valid(
    source: Source, /, *, revision: Revision | str = Revision.V1_4_0
) -> None:
    """Refuse a stanza or payload that does not match its schema.

    Args:
        source: As for `is_valid`.
        revision: As for `is_valid`.

    Raises:
        SchemaError: With all `problems`, if there are any.
        XMLError: Octets or text are not XMPP's XML.
        BuildError: REVISION, if there is no such revision.
        EngineError: The memory of libxml2 is exhausted.
        MissingExtraError: xmlschema is not installed.

    >>> ensure_valid("<request xmlns='urn:xmpp:receipts'/>")
    """
    if found := tuple(problems(source, revision=revision)):
        raise SchemaError(found)
