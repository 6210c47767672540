"""Says where a constant is used: only tests that may notice its change are run."""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@cache
def uses(root: Path, name: str) -> dict[str, set[int]] | None:
    """Return the lines of functions that use a constant, by file.

    None if it is also used while a module is imported, or for a result that is cached:
    any test may notice that.
    """
    found: dict[str, set[int]] = {}
    for path in root.glob("xep0184/**/*.py"):
        for used, line, is_inside in _names(path):
            if used == name and not is_inside:
                return None
            if used == name:
                found.setdefault(path.relative_to(root).as_posix(), set()).add(line)
    return found


@cache
def _names(path: Path) -> list[tuple[str, int, bool]]:
    tree = ast.parse(path.read_text("utf-8"))
    return list(_used(tree, is_inside=False))


def _used(node: ast.AST, *, is_inside: bool) -> Iterator[tuple[str, int, bool]]:
    """Yield each name that is read, its line, and whether a function reads it."""
    if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
        name = node.id if isinstance(node, ast.Name) else node.attr
        yield name, node.lineno, is_inside
    for field, value in ast.iter_fields(node):
        is_body = isinstance(node, ast.FunctionDef | ast.Lambda) and field == "body"
        is_body = is_body and not _is_cached(node)
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and field not in {"annotation", "returns"}:
                yield from _used(child, is_inside=is_inside or is_body)


@cache
def cached_lines(root: Path, file: str) -> set[int]:
    """Return the lines of the functions of a module whose results are cached."""
    tree = ast.parse((root / file).read_text("utf-8"))
    found: Any = (it for it in ast.walk(tree) if _is_cached(it))
    return {line for it in found for line in range(it.lineno, it.end_lineno + 1)}


def _is_cached(node: ast.AST) -> bool:
    decorators = getattr(node, "decorator_list", ())
    return any("cache" in ast.unparse(it) for it in decorators)
