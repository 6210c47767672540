"""Makes mutants: copies of a module with one small change.

Left out is what no test can or should see: annotations, the types of `cast`, the names
of type variables, docstrings, `__all__`, prose, which is for people and not asserted
word by word, and blocks that are run by type checkers, or in a process of their own.
"""

from __future__ import annotations

import ast
import copy
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SWAPS: Final[dict[type, tuple[type, ...]]] = {
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Lt: (ast.LtE, ast.Gt),
    ast.LtE: (ast.Lt,),
    ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.FloorDiv,),
    ast.FloorDiv: (ast.Mult,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitAnd: (ast.BitOr,),
}
PROSE: Final = re.compile(r"[^<>=|\\{}\[\]]*\w[,;:.]? [^<>=|\\{}\[\]]*", re.DOTALL)
NOT_RUN: Final = "TYPE_CHECKING|__name__"
UNSEEN: Final = {"annotation", "returns", "type_comment", "ctx"}


@dataclass(frozen=True)
class Mutant:
    """One change.

    Attributes:
        file: The name of the module, relative to the root.
        line: The line of the change.
        function: The qualified name and first line of the outermost function or method
            around the change; None if it is evaluated when the module is imported.
        before: The code that is changed.
        after: The code in its place.
        number: Its number among the changes of the module.
        code: The first line of the changed code, without blanks around it.
        constant: The name of the constant of the module that is changed, if it is one.
    """

    file: str
    line: int
    function: tuple[str, int] | None
    before: str
    after: str
    number: int
    code: str
    constant: str | None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.before}  ->  {self.after}"


@dataclass(frozen=True)
class _Place:
    """Where a node is: the path of fields and indices to it, and its function."""

    path: tuple[tuple[str, int | None], ...]
    function: tuple[str, int] | None
    names: tuple[str, ...] = ()
    constant: str | None = None


def mutants(root: Path, file: str) -> list[Mutant]:
    """Return all mutants of a module."""
    source = (root / file).read_text("utf-8")
    lines = source.splitlines()
    tree = ast.parse(source)
    found = []
    for number, (place, node, new) in enumerate(_changes(tree)):
        before, after = _shown(node), _shown(new)
        line: int = getattr(node, "lineno", 1)
        code = lines[line - 1].strip()
        found.append(
            Mutant(
                *(file, line, place.function, before, after, number, code),
                constant=place.constant,
            )
        )
    return found


def drawn(mutants: list[Mutant], number: int, seed: int) -> list[Mutant]:
    """Return a random sample.

    A change of the source exchanges few of them: each has a rank of its own.
    """
    ranks: dict[str, Mutant] = {}
    for it in mutants:
        text = f"{seed} {it.file} {it.code} {it.before} {it.after}"
        rank = hashlib.sha256(text.encode()).hexdigest()
        while rank in ranks:  # the same change of an equal line
            rank = hashlib.sha256(rank.encode()).hexdigest()
        ranks[rank] = it
    return [ranks[it] for it in sorted(ranks)[:number]]


def tree_of(root: Path, mutant: Mutant) -> ast.Module:
    """Return the syntax tree of a mutant, with the lines of the original."""
    tree = ast.parse((root / mutant.file).read_text("utf-8"))
    for number, (place, node, new) in enumerate(_changes(tree)):
        if number == mutant.number:
            ast.copy_location(new, node)
            _put(tree, place.path, new)
            return ast.fix_missing_locations(tree)
    raise LookupError(mutant)


def _shown(node: ast.AST) -> str:
    """Return the code of a node on one line; of a statement with a body, its head."""
    head = ast.unparse(node).strip().partition("\n")[0]
    return head if len(head) < 100 else f"{head[:96]} ..."


def _put(tree: ast.AST, path: tuple[tuple[str, int | None], ...], new: ast.AST) -> None:
    parent: Any = tree
    for name, index in path[:-1]:
        parent = getattr(parent, name)
        parent = parent if index is None else parent[index]
    name, index = path[-1]
    if index is None:
        setattr(parent, name, new)
    else:
        getattr(parent, name)[index] = new


def _changes(tree: ast.Module) -> Iterator[tuple[_Place, ast.AST, ast.AST]]:
    """Yield each place, its node and the node to put there."""
    for place, node in _walk(tree, _Place((), None)):
        for new in _replacements(node):
            yield place, node, new


def _walk(node: ast.AST, place: _Place) -> Iterator[tuple[_Place, ast.AST]]:
    for name, value in ast.iter_fields(node):
        if name in UNSEEN:
            continue
        several = isinstance(value, list)
        for index, child in enumerate(value if several else [value]):
            if name == "args" and index == 0 and _begins_with_a_type(node):
                continue
            if isinstance(child, ast.AST) and not _is_unseen(child):
                path = (*place.path, (name, index if several else None))
                inner = _inside(node, name, place, path)
                yield inner, child
                yield from _walk(child, inner)


def _inside(node: ast.AST, field: str, place: _Place, path: Any) -> _Place:
    """Return the place of a child; in the body of a function it gets its name."""
    names, function, constant = place.names, place.function, place.constant
    if isinstance(node, ast.ClassDef) and field == "body":
        names = (*names, node.name)
    if isinstance(node, ast.FunctionDef) and field == "body" and function is None:
        first = min([node.lineno, *(it.lineno for it in node.decorator_list)])
        function = ".".join((*names, node.name)), first
    if isinstance(node, ast.Assign | ast.AnnAssign) and len(place.path) == 1:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        constant = target.id if isinstance(target, ast.Name) else None
    return _Place(path, function, names, constant)


def _begins_with_a_type(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) in {"cast", "TypeVar"}


def _is_unseen(child: ast.AST) -> bool:
    if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
        return True  # a docstring
    if isinstance(child, ast.If) and re.search(NOT_RUN, ast.unparse(child.test)):
        return True
    if isinstance(child, ast.Import | ast.ImportFrom | ast.JoinedStr):
        return not isinstance(child, ast.JoinedStr) or _is_prose_of(child)
    if isinstance(child, ast.Assign | ast.AnnAssign):
        target = child.targets[0] if isinstance(child, ast.Assign) else child.target
        note = ast.unparse(child.annotation) if isinstance(child, ast.AnnAssign) else ""
        return ast.unparse(target) in {"__all__", "__slots__"} or "TypeAlias" in note
    return isinstance(child, ast.Constant) and _is_prose(child.value)


def _is_prose(value: object) -> bool:
    return isinstance(value, str) and bool(PROSE.fullmatch(value))


def _is_prose_of(text: ast.JoinedStr) -> bool:
    parts = [it.value for it in text.values if isinstance(it, ast.Constant)]
    return any(_is_prose(part) for part in parts)


def _replacements(node: ast.AST) -> Iterator[ast.AST]:  # noqa: C901, PLR0912  # a table
    match node:
        case ast.Compare(ops=[op], left=left, comparators=right):
            for swap in SWAPS.get(type(op), ()):
                yield ast.Compare(left, [swap()], right)
        case ast.BoolOp(op=op, values=values):
            yield ast.BoolOp(SWAPS[type(op)][0](), values)
            for index in range(len(values)):
                rest = values[:index] + values[index + 1 :]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in SWAPS:
            yield ast.BinOp(left, SWAPS[type(op)][0](), right)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            new = copy.copy(node)
            new.test = ast.UnaryOp(ast.Not(), test)
            yield new
        case ast.Constant(value=value):
            yield from (ast.Constant(it) for it in _other_values(value))
        case ast.Return(value=ast.AST() as value) if not _is_constant(value):
            yield ast.Return(ast.Constant(None))
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Delete():
            yield ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
        case _:
            return


def _is_constant(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant)


def _other_values(value: object) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
    elif isinstance(value, str):
        yield f"XX{value}"
    elif isinstance(value, bytes):
        yield b"XX" + value
