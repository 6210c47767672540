"""The hashes of capabilities again, as the texts say it and as slowly as they do.

Nothing of `xep0184.caps` is used; the steps are those of XEP-0115 §5.1 and
XEP-0390 §4.1.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xep0184.disco import DataForm, Info


def ver(info: Info) -> str | None:
    """Return the verification string by SHA-1; None for an ill-formed answer."""
    forms = [form for form in info.forms if form_types(form)]
    kinds = [
        (it.category, it.type, it.lang or "", it.name or "") for it in info.identities
    ]
    names = [form_types(form) for form in forms]
    if any(len(each) > 1 for each in names) or repeats(names):
        return None
    if repeats(kinds) or repeats(info.features):
        return None
    parts = ["/".join(kind) for kind in sorted(kinds, key=octets_of_each)]
    parts += sorted(info.features, key=str.encode)
    for form in sorted(forms, key=lambda it: form_types(it)[0].encode()):
        parts += form_types(form)
        fields = [it for it in form.fields if it.var != "FORM_TYPE"]
        for name, values in sorted(
            ((it.var or "").encode(), sorted(value.encode() for value in it.values))
            for it in fields
        ):
            parts += [name.decode(), *(value.decode() for value in values)]
    if any("<" in part for part in parts):
        return None
    text = "".join(f"{part}<" for part in parts)
    return base64.b64encode(hashlib.sha1(text.encode()).digest()).decode()  # noqa: S324  # XEP-0115


def digest(info: Info) -> str | None:
    """Return the hash of XEP-0390 by SHA-256; None for an answer that has none."""
    if info.extensions or len(info.lang or "") > 1023:
        return None
    if any(form.tabular or not form_types(form) for form in info.forms):
        return None
    texts: list[str] = [*info.features, info.lang or ""]
    for it in info.identities:
        texts += [it.category, it.type, it.lang or "", it.name or ""]
    for form in info.forms:
        for field in form.fields:
            texts += [field.var or "", *field.values]
    if any(mark in text for text in texts for mark in "\x1c\x1d\x1e\x1f"):
        return None
    features = b"".join(sorted(f"{it}\x1f".encode() for it in info.features))
    identities = b"".join(
        sorted(
            b"".join(
                f"{text}\x1f".encode()
                for text in (it.category, it.type, info.language(it), it.name or "")
            )
            + b"\x1e"
            for it in info.identities
        )
    )
    forms = b"".join(sorted(form_string(form) + b"\x1d" for form in info.forms))
    text = features + b"\x1c" + identities + b"\x1c" + forms + b"\x1c"
    return base64.b64encode(hashlib.sha256(text).digest()).decode()


def form_string(form: DataForm) -> bytes:
    """Return the fields of a form, sorted as octets."""
    return b"".join(
        sorted(
            f"{field.var or ''}\x1f".encode()
            + b"".join(sorted(f"{value}\x1f".encode() for value in field.values))
            + b"\x1e"
            for field in form.fields
        )
    )


def form_types(form: DataForm) -> list[str]:
    """Return the distinct values of the hidden FORM_TYPE of a form."""
    found: list[str] = []
    for field in form.fields:
        if field.var == "FORM_TYPE" and field.type == "hidden":
            found += field.values
    return list(dict.fromkeys(found))


def octets_of_each(parts: tuple[str, ...]) -> list[bytes]:
    """Return the octets of each part, to sort by."""
    return [part.encode() for part in parts]


def repeats(items: Sequence[object]) -> bool:
    """Check whether an item occurs twice; compares each with each."""
    return any(it in items[:index] for index, it in enumerate(items))
