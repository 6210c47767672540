"""Rooms, where the sender of a message is only known by an occupant JID."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .servers import ROOMS
from .terminals import Profanity

if TYPE_CHECKING:
    from .bot import Bot
    from .scenario import Scenario

REQUEST = "<request xmlns='urn:xmpp:receipts'/>"


def enter(room: str, bot: Bot, nickname: str) -> str:
    """Let a bot join a room; return its occupant JID."""
    occupant = f"{room}/{nickname}"
    join = "<x xmlns='http://jabber.org/protocol/muc'/>"
    bot.send(f"<presence to='{occupant}'>{join}</presence>")
    bot.wire.received(name="presence", from_=occupant)
    return occupant


def open_room(scenario: Scenario, bot: Bot, nickname: str) -> tuple[str, str]:
    """Let a bot make a room; return the room and the occupant JID."""
    room = f"{scenario.bare('orchard').partition('@')[0]}@{ROOMS}"
    occupant = enter(room, bot, nickname)
    form = "<x xmlns='jabber:x:data' type='submit'/>"
    owner = "http://jabber.org/protocol/muc#owner"
    bot.query("set", room, f"<query xmlns='{owner}'>{form}</query>")
    return room, occupant


def received(id_: str) -> str:
    """Return a receipt."""
    return f"<received xmlns='urn:xmpp:receipts' id='{id_}'/>"


@pytest.mark.core
def test_only_the_occupant_confirms_a_private_message(scenario: Scenario) -> None:
    """Another occupant who knows the id can forge nothing."""
    scenario.register("romeo", "juliet", "tybalt")
    romeo, juliet, tybalt = map(scenario.bot, ("romeo", "juliet", "tybalt"))
    room, romeos = open_room(scenario, romeo, "romeo")
    juliets, tybalts = enter(room, juliet, "juliet"), enter(room, tybalt, "tybalt")
    romeo.wire.received(name="presence", from_=tybalts)

    id_ = romeo.say(juliets, "o speak again")
    assert juliet.wire.received(id=id_).asks
    tybalt.say(romeos, "", more=received(id_))
    romeo.wire.received(confirms=id_, from_=tybalts)
    tybalt.say(room, "", type_="groupchat", more=received(id_))
    romeo.wire.received(confirms=id_, from_=tybalts, type="groupchat")
    romeo.settle()
    assert romeo.count("delivered") == 0

    juliet.say(romeos, "", more=received(id_))
    romeo.wire.received(confirms=id_, from_=juliets)
    assert romeo.wait("delivered", id=id_)["sender"] == juliets


@pytest.mark.core
def test_nothing_is_answered_in_a_room(scenario: Scenario) -> None:
    """Neither a message to all, nor a stranger's private one, nor our own."""
    scenario.register("romeo", "tybalt")
    romeo, tybalt = map(scenario.bot, ("romeo", "tybalt"))
    room, romeos = open_room(scenario, romeo, "romeo")
    enter(room, tybalt, "tybalt")

    to_all = tybalt.say(room, "boy", type_="groupchat", more=REQUEST)
    to_romeo = tybalt.say(romeos, "turn and draw", more=REQUEST)
    own = romeo.say(room, "tut", type_="groupchat", more=REQUEST)
    for id_ in (to_all, to_romeo, own):
        assert romeo.wire.received(id=id_).asks
    romeo.settle()
    assert sorted(romeo.shown) == ["boy", "turn and draw", "tut"]
    sent = romeo.wire.all("sent", name="message")
    assert [it.id for it in sent if it.confirms is not None] == []


def test_a_person_in_the_room_is_neither_asked_nor_answered(
    scenario: Scenario,
) -> None:
    """Profanity sees the messages of the room, and we see what it says."""
    scenario.befriend("romeo", "juliet")
    romeo = scenario.bot("romeo")
    room, _ = open_room(scenario, romeo, "romeo")
    juliet = scenario.terminal(Profanity, "juliet")
    juliet.type(f"/join {room} nick juliet")
    romeo.wire.received(name="presence", from_=f"{room}/juliet")

    asked = romeo.say(room, "o speak again", type_="groupchat")
    assert not juliet.wire.received(id=asked).asks
    romeo.ping(juliet.full)  # it shows the room then
    juliet.type("ay me")
    romeo.wire.received(body="ay me")
    romeo.settle()
    assert romeo.shown == ["o speak again", "ay me"]
    assert [it.id for it in romeo.wire.all("sent", name="message")] == [asked]
