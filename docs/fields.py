"""The page about what vectors ask, made from their JSON Schema."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

from xep0184.conformance import asks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HEAD: Final = """\
# What vectors ask

What a vector gives, and the facts that an answer may have. Names and meanings are made
from `format.schema.json`, the defaults from `index.json`, by `python docs/generate.py`;
[Test vectors](../conformance.md) explains the rest. A vector that leaves a field out
has the default. Every answer has the facts in bold print."""
_RULE: Final = "|---|---|---|"
_SCHEMA: Final = json.loads(
    (resources.files("xep0184.conformance") / "format.schema.json").read_text("utf-8")
)["$defs"]


def fields_page() -> str:
    """Return the page about the fields, by what is asked."""
    lines = [_HEAD]
    for name, ask in asks().items():
        lines += ["", f"## {name}", "", "| given | default | meaning |", _RULE]
        lines += _rows(_SCHEMA[f"given-{name}"], ask.given)
        lines += ["", "| answer | default | meaning |", _RULE]
        lines += _rows(_SCHEMA[f"facts-{name}"], ask.expect, ask.required)
    return "\n".join(lines) + "\n"


def _rows(
    schema: Mapping[str, Any],
    defaults: Mapping[str, Any],
    required: tuple[str, ...] = (),
    prefix: str = "",
) -> Iterator[str]:
    for name, field in schema["properties"].items():
        shown = f"**`{name}`**" if name in required else f"`{prefix}{name}`"
        inner = [*_objects(field)]
        default = defaults.get(name, ...)
        is_simple = default is not ... and not (inner and default)
        value = f"`{json.dumps(default)}`" if is_simple else ""
        yield f"| {shown} | {value} | {field['description']} |"
        merged = {key: row for it in inner for key, row in it["properties"].items()}
        inside = default if isinstance(default, dict) else {}
        yield from _rows({"properties": merged}, inside, (), f"{prefix}{name}.")


def _objects(field: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the objects that a field is or holds."""
    if "properties" in field:
        yield field
    items = field.get("items")
    for it in (*field.get("anyOf", ()), *([items] if isinstance(items, dict) else ())):
        yield from _objects(it)
