"""Normalisers for `xep0184.jid`, made of the tables that servers use.

`precis` follows RFC 7622 and needs the extra ``precis``. `stringprep` follows its
predecessor RFC 6122, which many servers still use, and needs nothing.

Give a normaliser once, when you parse the address of your account. Functions and
classes that take the account compare all other addresses by the same normaliser:

>>> from xep0184 import jid, may_request
>>> from xep0184.message import Message
>>> account = jid.parse("Stra\u00dfe@example.org", normaliser=stringprep)
>>> may_request(Message(to="strasse@example.org"), account=account).reason
'self'
"""

from __future__ import annotations

from encodings.idna import nameprep
from functools import cache
from stringprep import in_table_b1
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import ucd_3_2_0

from xep0184.errors import MissingExtraError
from xep0184.jid import Part, normalise

if TYPE_CHECKING:
    from collections.abc import Callable

    from precis_i18n.profile import Profile

__all__ = ["precis", "stringprep"]


class _Tools(NamedTuple):
    username: Profile
    opaque: Profile
    u_label: Callable[[str], str]
    a_label: Callable[[str], bytes]


def precis(part: Part, text: str, /) -> str:
    """Return one part of a JID as a server that follows RFC 7622 compares it.

    The local part is enforced by the profile UsernameCaseMapped and the resource by
    OpaqueString (RFC 8265 §3.3, §4.2). Labels of a domain become U-labels, after the
    mappings of RFC 5895. Case is mapped by `xep0184.jid.normalise`: a capital sigma
    that may be the end of a word equals no small sigma, and is refused in a domain.
    An A-label of Cherokee letters stays as it is, and the letters are refused.
    A label in ASCII that is no A-label is left to `xep0184.jid.parse`, which accepts
    underscores.

    Args:
        part: Which part it is.
        text: The part as it was sent.

    Returns:
        The part in the form in which it is compared.

    Raises:
        ValueError: The part has a character or a combination of characters that
            PRECIS or IDNA2008 forbids.
        MissingExtraError: precis-i18n or idna is not installed.

    >>> precis(Part.LOCAL, "Stra\u00dfe") == "stra\u00dfe"
    True
    """
    tools = _tools()
    if part is Part.RESOURCE:
        return tools.opaque.enforce(text)
    text = normalise(part, tools.username.width_mapping_rule(text))
    if part is Part.LOCAL:
        return tools.username.enforce(text)
    return ".".join(map(_u_label, text.split(".")))


def stringprep(part: Part, text: str, /) -> str:
    """Return one part of a JID as a server that follows RFC 6122 compares it.

    The profiles are Nodeprep, Nameprep for each label, and Resourceprep, all of
    Unicode 3.2. Later characters are accepted and not mapped, as by most servers.
    A-labels stay as they are.

    Do not use it for an account on a server that follows RFC 7622: it makes addresses
    equal that such a server keeps apart, like U+00DF (sharp s) and ``ss``.

    Args:
        part: Which part it is.
        text: The part as it was sent.

    Returns:
        The part in the form in which it is compared.

    Raises:
        ValueError: The part has a character that its profile prohibits, or mixes
            directions.
    """
    if part is Part.LOCAL:
        return nameprep(text)  # what only Nodeprep prohibits, `jid.parse` refuses
    if part is Part.DOMAIN:
        return ".".join(map(nameprep, text.split(".")))
    kept = "".join(letter for letter in text if not in_table_b1(letter))
    prepared = ucd_3_2_0.normalize("NFKC", kept)
    nameprep(prepared)  # which refuses the same, and maps case in addition
    return prepared


@cache
def _tools() -> _Tools:
    try:
        from idna import alabel, ulabel
        from precis_i18n import get_profile
    except ImportError as error:
        raise MissingExtraError(extra="precis", module=str(error.name)) from None
    # The profile that preserves case, because case is mapped before.
    username = get_profile("UsernameCasePreserved")
    return _Tools(username, get_profile("OpaqueString"), ulabel, alabel)


def _u_label(label: str) -> str:
    tools = _tools()
    if not label.isascii():
        return tools.u_label(label)
    if not label.startswith("xn--"):
        return label
    made = tools.u_label(label)
    if tools.a_label(made).decode() != label:  # older versions of idna do not check it
        raise ValueError
    # Of the Cherokee letters IDNA allows those that mapping of case replaces.
    return made if normalise(Part.DOMAIN, made) == made else label
