"""Two resources of one account, which get carbons of each other's messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .terminals import Profanity

if TYPE_CHECKING:
    from .bot import Bot
    from .scenario import Scenario
    from .terminals import Terminal


def clients(scenario: Scenario) -> tuple[Bot, Bot, Terminal]:
    """Return two bots of one account, which have carbons (XEP-0280), and a contact."""
    scenario.befriend("romeo", "juliet")
    desk, phone = scenario.bot("romeo", "desk"), scenario.bot("romeo", "phone")
    for bot in (desk, phone):
        bot.query("set", bot.bare, "<enable xmlns='urn:xmpp:carbons:2'/>")
    juliet = scenario.terminal(Profanity, "juliet")
    desk.wire.received(name="presence", from_=juliet.full)
    juliet.wire.received(name="presence", from_=phone.full)
    return desk, phone, juliet


@pytest.mark.core
def test_one_of_two_resources_answers(scenario: Scenario) -> None:
    """What the other one gets as a carbon is not answered by it."""
    desk, phone, juliet = clients(scenario)
    juliet.say(desk.full, "ay me")
    request = desk.wire.received(body="ay me")
    carbon = phone.wire.received(child="{urn:xmpp:carbons:2}received")
    assert carbon.inner is not None
    assert (carbon.inner.id, carbon.inner.asks) == (request.id, True)
    juliet.wire.received(confirms=request.id, from_=desk.full)
    phone.settle()
    assert phone.shown == ["ay me"]
    assert phone.wire.all("sent", confirms=request.id) == []


def test_a_message_to_the_account_reaches_both(scenario: Scenario) -> None:
    """Servers may deliver it to both; then both answer, each once."""
    desk, phone, juliet = clients(scenario)
    juliet.say(desk.bare, "ay me")
    request = juliet.wire.sent(body="ay me")
    juliet.wire.received(confirms=request.id)
    for bot in (desk, phone):
        bot.settle()
        came = bot.wire.all("received", body="ay me")
        assert len(bot.wire.all("sent", confirms=request.id)) == len(came) <= 1


def test_a_receipt_for_another_resource_is_no_forgery(scenario: Scenario) -> None:
    """The one that asked matches it; the other one sees carbons and stays quiet."""
    desk, phone, juliet = clients(scenario)
    id_ = desk.say(juliet.bare, "o speak again")
    sent = phone.wire.received(child="{urn:xmpp:carbons:2}sent")
    assert sent.inner is not None
    assert (sent.inner.id, sent.inner.asks) == (id_, True)
    juliet.wire.sent(confirms=id_, to=desk.full)
    desk.wait("delivered", id=id_)
    phone.settle()
    assert phone.wire.all("sent", name="message") == []
