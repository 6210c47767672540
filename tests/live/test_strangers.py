"""Who may not see the user's presence learns nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .terminals import Profanity

if TYPE_CHECKING:
    from .scenario import Scenario


@pytest.mark.core
def test_a_stranger_gets_no_receipt(scenario: Scenario) -> None:
    """The message is shown; neither a receipt nor a query shows that we are online."""
    scenario.register("romeo", "tybalt")
    bot = scenario.bot("romeo")
    tybalt = scenario.terminal(Profanity, "tybalt")

    tybalt.say(bot.bare, "boy")
    request = bot.wire.received(body="boy")
    assert request.asks
    bot.settle()
    assert bot.shown == ["boy"]
    assert [it for it in bot.wire.all("sent") if it.to and tybalt.bare in it.to] == []
