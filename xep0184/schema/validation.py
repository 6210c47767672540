"""The doors: the verdict, the explanation, and both in one.

Which engine does what is the business of the modules below.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from xep0184.errors import MissingExtraError, SchemaError
from xep0184.schema.explanation import explain
from xep0184.schema.judge import UNJUDGED, as_lxml, compiled, complaints, matches
from xep0184.schema.problem import Problem, Revision

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree

    from xep0184.xml import ElementLike

__all__ = ["ensure_valid", "is_valid", "problems"]


def is_valid(
    element: ElementLike, /, *, revision: Revision | str = Revision.V1_4_0
) -> bool:
    """Whether an element matches its schema; what is beyond `DEFAULT_LIMITS` never.

    Args:
        element: A stanza or a payload, of lxml or of the standard library. The
            latter keeps no prefixes, so there an ``xsi:type`` has to be without.
        revision: The revision of XEP-0184 by which receipts are judged.

    Raises:
        BuildError: REVISION, if there is no such revision.

    >>> from lxml import etree
    >>> received = etree.fromstring("<received xmlns='urn:xmpp:receipts'/>")
    >>> is_valid(received), is_valid(received, revision="1.2")
    (False, True)
    """
    schema = compiled(revision)
    try:
        return matches(as_lxml(element), schema)
    except UNJUDGED:
        return False


def problems(
    element: ElementLike, /, *, revision: Revision | str = Revision.V1_4_0
) -> Iterator[Problem]:
    """Say what is wrong with an element; nothing, if it is valid.

    Args:
        element: As for `is_valid`.
        revision: As for `is_valid`.

    Returns:
        The problems, found as they are asked for: all of them, unless the element
        is large. Then they are those of its beginning, and the first one, whose
        reason begins with ``excerpt``, says how far that goes.

    Raises:
        BuildError: REVISION, if there is no such revision.
        MissingExtraError: If xmlschema is not installed.

    >>> from lxml import etree
    >>> received = etree.fromstring("<received xmlns='urn:xmpp:receipts'/>")
    >>> [problem.reason for problem in problems(received)]
    ["missing required attribute 'id'"]
    """
    schema = compiled(revision)
    if find_spec("xmlschema") is None:
        raise MissingExtraError(extra="schema", module="xmlschema")
    return _problems(element, schema, Revision(revision))


def _problems(
    element: ElementLike, schema: etree.XMLSchema, revision: Revision
) -> Iterator[Problem]:
    try:
        tree = as_lxml(element)
        is_valid = matches(tree, schema)
    except UNJUDGED as error:
        yield Problem(path=".", reason=str(error), element=str(element.tag))
        return
    if not is_valid:
        yield from explain(tree, revision) or complaints(tree, schema)


def ensure_valid(
    element: ElementLike, /, *, revision: Revision | str = Revision.V1_4_0
) -> None:
    """Refuse an element that does not match its schema.

    Args:
        element: As for `is_valid`.
        revision: As for `is_valid`.

    Raises:
        BuildError: REVISION, if there is no such revision.
        MissingExtraError: If xmlschema is not installed.
        SchemaError: With all `problems`, if there are any.

    >>> from lxml import etree
    >>> ensure_valid(etree.fromstring("<request xmlns='urn:xmpp:receipts'/>"))
    """
    if found := tuple(problems(element, revision=revision)):
        raise SchemaError(found)
