"""Draws the diagrams from the tables of the code, as SVG."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from xep0184 import Receipts, Resend, jid, receipts
from xep0184.receipts import Host, ReceiptsPolicy
from xep0184.tracker.claims import TRANSITIONS, Event
from xep0184.tracker.entries import State

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xep0184 import JID

_ROOT: Final = Path(__file__).parent.parent
_STYLE: Final = """\
<style>
  text { font: 14px system-ui, sans-serif; fill: #222 }
  .mono { font-family: ui-monospace, monospace; font-size: 13px }
  .small { font-size: 12px; fill: #555; paint-order: stroke;
    stroke: #fff; stroke-width: 5px; stroke-linejoin: round }
  rect { fill: #f3f6fa; stroke: #5b7a9d; rx: 6px }
  .line { stroke: #5b7a9d; stroke-width: 1.5; fill: none; marker-end: url(#tip) }
  .life { stroke: #bbb; stroke-dasharray: 4 4 }
</style>
<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7"
 markerHeight="7" orient="auto-start-reverse"><path d="M0 0 10 5 0 10z" fill="#5b7a9d"/>
</marker></defs>"""


def layers() -> str:
    """Return the layers of the package, from the table that the tests enforce."""
    source = (_ROOT / "tests" / "test_architecture.py").read_text("utf-8")
    (table,) = (
        node.value
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign)
        and getattr(node.targets[0], "id", 0) == "LAYERS"
    )
    rows = ast.literal_eval(table)[::-1]
    parts = []
    for at, rooms in enumerate(rows):
        taken = sum(map(_width, rooms)) + 16 * (len(rooms) - 1)
        y, left = 20 + at * 54, (760 - taken) // 2
        for room in rooms:
            parts.append(_box(left, y, _width(room), room))
            left += _width(room) + 16
        if at + 1 < len(rows):
            parts.append(_arrow(380, y + 36, 380, y + 52))
    return _svg(760, 20 + len(rows) * 54, "An import may only point down.", parts)


_PLACES: Final = {
    State.PENDING: (20, 150),
    State.UNCONFIRMED: (330, 20),
    State.BOUNCED: (330, 280),
    State.DELIVERED: (620, 150),
}


def states() -> str:
    """Return the states of a sent message, from the table of the tracker."""
    parts = [_box(*_PLACES[it], 120, it.value) for it in State]
    moves: dict[tuple[State, State], list[str]] = {
        (State.PENDING, State.UNCONFIRMED): ["timeout: Unconfirmed"]
    }
    for (before, event), (outcome, after) in TRANSITIONS.items():
        name = "receipt" if event is Event.CONFIRMED else "error"
        moves.setdefault((before, after), []).append(f"{name}: {outcome.value}")
    for (before, after), names in moves.items():
        parts += _move(_PLACES[before], _PLACES[after], names)
    title = "An arrow has what comes, and the outcome that is reported."
    return _svg(860, 350, title, parts)


def _move(
    before: tuple[int, int], after: tuple[int, int], names: list[str]
) -> Iterable[str]:
    (x, y), (to_x, to_y) = before, after
    if before == after:  # a loop, below the box
        yield f'<path class="line" d="M{x + 40} {y + 34}c-8 34 48 34 40 2"/>'
        yield from _label(x + 60, y + 66 + 16 * len(names), names)
    elif x == to_x:  # down through the middle
        yield _arrow(x + 60, y + 34, to_x + 60, to_y - 2)
        yield from _label(x + 60, (2 * y + to_y) // 3 + 17, names)
    else:
        slope = (to_y > y) - (to_y < y)
        yield _arrow(x + 120, y + 17 + slope * 8, to_x - 2, to_y + 17 - slope * 8)
        middle = (x + 120 + to_x) // 2 if slope else (3 * x + to_x) // 4 + 60
        yield from _label(middle, (y + to_y) // 2 + 14, names)


class _Person(Host):
    """A client that answers everybody and sends a message again after 30 seconds."""

    def __init__(self, account: str) -> None:
        policy = ReceiptsPolicy(resend=Resend(delay=30), resend_bare=True, timeout=90)
        self.receipts = Receipts(self, jid.parse(account), policy)

    def enabled(self, _: JID) -> bool:
        return True

    def authorized(self, _: JID) -> bool:
        return True


def flow() -> str:
    """Return what two `Receipts` do about a message, as they do it here.

    The first copy of the message is lost, so that it is sent again.
    """
    romeo, juliet = _Person("romeo@montague.lit/o"), _Person("juliet@capulet.lit/b")
    steps: list[tuple[int, int, str]] = []  # from a column, to a column, what
    stanza = (
        "<message xmlns='jabber:client' to='juliet@capulet.lit' type='chat' id='a'"
        " from='romeo@montague.lit/o'><body>O, speak again</body></message>"
    )
    sent = romeo.receipts.outgoing(stanza, 0.0, token=1)
    element = sent.stanza
    steps += [(0, 1, "outgoing(stanza, token)"), (0, 3, "message + request (lost)")]
    steps.insert(1, (1, 0, f"stanza, asks={sent.asks}"))
    romeo.receipts.handle_timer(romeo.receipts.next_deadline or 0.0)
    steps.append((0, 1, "handle_timer(30 s)"))
    (again,) = romeo.receipts.actions()
    steps += [(1, 0, f"{type(again).__name__}(token)"), (0, 3, "message + request")]
    with juliet.receipts.incoming(element, 1.0) as incoming:
        steps.append((3, 2, "incoming(stanza)"))
        steps.append((2, 3, f"key, asks={incoming.asks}"))
        steps.append((3, 2, "processed(key)"))
    sends = (it for it in juliet.receipts.actions() if isinstance(it, receipts.Send))
    answer = next(sends)
    octets = answer.octets.replace(
        b"<message ", b"<message from='juliet@capulet.lit/b' "
    )
    steps += [(2, 3, f"Send({answer.reason.value})"), (3, 0, "ack message")]
    romeo.receipts.incoming(octets, 31.0)
    steps.append((0, 1, "incoming(stanza)"))
    (told,) = romeo.receipts.actions()
    steps.append((1, 0, f"{type(told).__name__}(token)"))
    return _sequence(("Romeo's stack", "Receipts", "Receipts", "Juliet's stack"), steps)


def _sequence(columns: tuple[str, ...], steps: list[tuple[int, int, str]]) -> str:
    places, height = (90, 290, 490, 690), 80 + 44 * len(steps)
    parts = []
    for x, name in zip(places, columns, strict=True):
        parts.append(f'<path class="life" d="M{x} 54V{height - 16}"/>')
        parts.append(_box(x - 70, 20, 140, name))
    for at, (start, end, what) in enumerate(steps):
        y, x, to_x = 94 + 44 * at, places[start], places[end]
        middle = (x + to_x) // 2
        if what.endswith("(lost)"):
            to_x = middle + 100
            parts.append(f'<text x="{to_x}" y="{y + 5}">\N{MULTIPLICATION X}</text>')
        parts.append(_arrow(x, y, to_x, y))
        parts += _label(middle, y, [what])
    return _svg(780, height, "A message that is lost once, and its receipt.", parts)


def _width(text: str) -> int:
    return 24 + 9 * len(text)


def _box(x: int, y: int, width: int, text: str) -> str:
    middle = x + width // 2
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="34"/>'
        f'<text class="mono" x="{middle}" y="{y + 22}" text-anchor="middle">'
        f"{escape(text)}</text>"
    )


def _arrow(x: int, y: int, to_x: int, to_y: int) -> str:
    return f'<path class="line" d="M{x} {y}L{to_x} {to_y}"/>'


def _label(x: int, y: int, names: list[str]) -> Iterable[str]:
    for at, name in enumerate(names):
        above = y - 7 - 16 * (len(names) - 1 - at)
        yield (
            f'<text class="small" x="{x}" y="{above}" text-anchor="middle">'
            f"{escape(name)}</text>"
        )


def _svg(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    lines = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" role="img" aria-label="{escape(title)}">\n'
        f'<rect width="100%" height="100%" style="fill: #fff; stroke: none"/>\n'
        f"{_STYLE}\n{lines}\n</svg>\n"
    )
