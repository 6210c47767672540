"""The table ``[tool.xep0184]`` of the nearest pyproject.toml: defaults for a check."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final, cast

import click

__all__ = ["CommandWithSettings", "defaults"]

_KEYS: Final = {"select": list, "ignore": list, "level": str, "exit-zero": bool}
_TYPES: Final = {list: "an array of strings", str: "a string", bool: "true or false"}


class CommandWithSettings(click.Command):
    """A command whose options have the defaults of the nearest pyproject.toml."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,  # noqa: ANN401  # click's
    ) -> click.Context:
        """Return the context of a call; the table is not read for help."""
        if {"-h", "--help"}.isdisjoint(args):
            extra["default_map"] = defaults()
        return super().make_context(info_name, args, parent, **extra)


def defaults() -> dict[str, Any]:
    """Return the defaults for the options of ``xep0184 check``.

    Raises:
        UsageError: A key is unknown, or has a value of another type.
    """
    here = Path.cwd()
    paths = (folder / "pyproject.toml" for folder in (here, *here.parents))
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        return {}
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        message = f"{path} cannot be read: {error}"
        raise click.UsageError(message) from None
    for name in ("tool", "xep0184"):
        table = found.get(name, {})
        if not isinstance(table, dict):
            message = f"{path}: {name} is not a table."
            raise click.UsageError(message)
        found = cast("dict[str, Any]", table)
    for key, value in found.items():
        _ensure_known(path, key, value)
    return {key.replace("-", "_"): value for key, value in found.items()}


def _ensure_known(path: Path, key: str, value: object) -> None:
    if key not in _KEYS:
        keys = ", ".join(_KEYS)
        message = f"{path}: [tool.xep0184] has no key {key!r}; its keys are {keys}."
        raise click.UsageError(message)
    is_right = isinstance(value, _KEYS[key])
    if isinstance(value, list):
        items = cast("list[object]", value)
        is_right &= all(isinstance(it, str) for it in items)
    if not is_right:
        message = f"{path}: [tool.xep0184] {key} is not {_TYPES[_KEYS[key]]}."
        raise click.UsageError(message)
