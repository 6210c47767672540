"""Our plugin of slixmpp and slixmpp's own, in a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .scenario import Scenario


@pytest.mark.core
def test_each_answers_the_other(scenario: Scenario) -> None:
    """With the same events."""
    scenario.befriend("romeo", "juliet")
    ours = scenario.bot("romeo")
    theirs = scenario.bot("juliet", receipts="slixmpp")
    ours.wire.received(name="presence", from_=theirs.full)

    for asking, answering in ((ours, theirs), (theirs, ours)):
        id_ = asking.say(answering.full, "o speak again")
        assert answering.wire.received(id=id_).asks
        assert answering.wire.sent(confirms=id_).to == asking.full
        asking.wire.received(confirms=id_)
        assert asking.wait("delivered", id=id_)["sender"] == answering.full
        assert answering.shown == ["o speak again"]
