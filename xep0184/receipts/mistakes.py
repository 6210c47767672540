"""The mistakes of a host that `Receipts` refuses at once."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from xep0184.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ReceiptsCode", "ReceiptsError"]


class ReceiptsCode(StrEnum):
    """Why `Receipts` refuses an argument."""

    ACCOUNT = "account"
    """The account is not the one this object was made for."""
    BAD_JID = "bad-jid"
    """The address is not a JID."""
    CLOCK = "clock"
    """The time is no finite number, or a year or more before the latest one."""
    HOST = "host"
    """The host lacks a method, or returned something else than it promises."""
    KEY = "key"
    """The text is not a key that `IncomingStanza.key` gave for this account."""
    POLICY = "policy"
    """A number in the policy is out of range."""
    PROCESSED = "processed"
    """The message of this key was reported as processed before."""
    SNAPSHOT = "snapshot"
    """The data is not a snapshot of this account."""
    SUPPORT = "support"
    """The value is no member of Support."""
    TOKEN = "token"  # noqa: S105  # no password
    """The token is neither a str nor an int of 64 bits."""


_TEXT: Final[Mapping[ReceiptsCode, str]] = {
    ReceiptsCode.ACCOUNT: "is another account; each has an object of its own",
    ReceiptsCode.BAD_JID: "is not a JID; make it with xep0184.jid.parse",
    ReceiptsCode.CLOCK: "must be a finite number of seconds of one clock; a restored"
    " object takes the time of the new clock",
    ReceiptsCode.HOST: "must be a method of the host that returns True or False, or"
    " None from authorized as long as the roster is not there",
    ReceiptsCode.KEY: "is not the key of an incoming message of this account",
    ReceiptsCode.POLICY: "must be a positive number of seconds",
    ReceiptsCode.PROCESSED: "was reported as processed before; report each incoming"
    " message once",
    ReceiptsCode.SNAPSHOT: "is not what the snapshot of this account holds",
    ReceiptsCode.SUPPORT: "must be a member of xep0184.Support",
    ReceiptsCode.TOKEN: "must be a str or an int of 64 bits, so that it can be stored",
}


class ReceiptsError(ArgumentError[ReceiptsCode]):
    """An argument that `Receipts` refuses. Nothing is changed then."""

    _texts = _TEXT
