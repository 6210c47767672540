"""The table ``[tool.xep0184]`` of the nearest pyproject.toml: defaults for a check."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final, cast

import click

from xep0184.quoting import printable

__all__ = ["CommandWithSettings", "defaults"]

_REPEATED: Final = ("select", "ignore")
_KEYS: Final = (*_REPEATED, "level", "exit-zero")


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

    Their values are read as those on the command line are.

    Raises:
        UsageError: The table cannot be read, or has an unknown key.
    """
    here = Path.cwd()
    paths = (folder / "pyproject.toml" for folder in (here, *here.parents))
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        return {}
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        table: dict[str, Any] = {**found.get("tool", {}).get("xep0184", {})}
    except (AttributeError, OSError, TypeError, ValueError) as error:
        message = f"{path}: [tool.xep0184] cannot be read: {error}"
        raise click.UsageError(message) from None
    if unknown := table.keys() - {*_KEYS}:
        names, keys = printable(", ".join(sorted(unknown))), ", ".join(_KEYS)
        message = f"{path}: [tool.xep0184] has no key {names}; its keys are {keys}."
        raise click.UsageError(message)
    return {key.replace("-", "_"): _written(key, it) for key, it in table.items()}


def _written(key: str, value: Any) -> str | list[str]:  # noqa: ANN401  # of TOML
    """Return a value as it is written on the command line."""
    if key not in _REPEATED:
        return str(value)
    codes = cast("list[object]", value) if isinstance(value, list) else [value]
    return [str(code) for code in codes]
