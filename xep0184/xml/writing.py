"""Writes an element as the octets of a stanza."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xep0184 import ns
from xep0184.xml.escapes import escape_attribute, escape_text

if TYPE_CHECKING:
    from xep0184.xml.elements import ElementLike

__all__ = ["to_octets"]


def to_octets(element: ElementLike, /) -> bytes:
    r"""Return the octets of an element, as XMPP wants a stanza to be written.

    Elements have no prefixes, as RFC 6120 §4.8.5 demands for stanzas, but for ``xml:``
    (XML Namespaces §3). TAB, LF and CR in attributes survive. What surrounds the
    element is not written.

    Args:
        element: An element of lxml or of the standard library without comments and
            processing instructions.

    Returns:
        The octets, in UTF-8. `parse` makes an equal element of them.

    Raises:
        BuildError: NOT_TEXT; ILLEGAL_CHARACTER, if XML cannot carry a character. Names
            are not checked.

    >>> from xml.etree import ElementTree
    >>> to_octets(ElementTree.fromstring("<a:iq xmlns:a='jabber:client' id='1&#10;'/>"))
    b'<iq xmlns="jabber:client" id="1&#10;"/>'
    """
    written: list[str] = []
    # What is still to be written, the next one last: text, or an element with the
    # namespace that surrounds it. Stanzas of the stack may be nested deeply.
    pending: list[str | tuple[ElementLike, str]] = [(element, "")]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            written.append(item)
            continue
        each, outer = item
        namespace, name = ns.split(each.tag)
        if namespace == ns.XML:  # bound to its prefix, and to no other
            namespace, name = outer, f"xml:{name}"
        written.append(f"<{name}{_declarations(each, namespace, outer)}")
        if not each.text and not len(each):
            written.append("/>")
            continue
        written.append(f">{escape_text(each.text or '', 'text')}")
        pending.append(f"</{name}>")
        for child in reversed(list(each)):
            pending += escape_text(child.tail or "", "text"), (child, namespace)
    return "".join(written).encode()


def _declarations(element: ElementLike, namespace: str, outer: str) -> str:
    """Return the attributes of an element, and the namespaces it declares."""
    written = ""
    if namespace != outer:
        written = f' xmlns="{escape_attribute(namespace, "namespace")}"'
    prefixes = {ns.XML: "xml"}
    for key, value in element.items():
        owner, name = ns.split(key)
        if owner and owner not in prefixes:
            prefixes[owner] = f"n{len(prefixes)}"
            uri = escape_attribute(owner, "namespace")
            written += f' xmlns:{prefixes[owner]}="{uri}"'
        prefix = f"{prefixes[owner]}:" if owner else ""
        written += f' {prefix}{name}="{escape_attribute(value, name)}"'
    return written
