"""A clerk for the demo's console, made anew at each start."""

from dataclasses import dataclass, replace

from bot.console.credentials import code_of, new_account, secret_of
from bot.engine.desk import Desk
from bot.store.accounts import EVERY_BRAND, Accounts

NAME = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What its reader needs to come in."""

    name: str
    password: str
    #: The secret of the one-time passwords, and the one that is good now.
    secret: str
    code: str


async def hire_a_clerk(desk: Desk) -> SignIn:
    """An admin of every brand, whose password is told to whoever watches the demo."""
    accounts = Accounts(desk.store.database, desk.keys)
    made, password = new_account(NAME, {EVERY_BRAND: "admin"})
    account = replace(made, must_change=False)
    if await accounts.find(NAME) is None:
        await accounts.add(account, now=desk.now())
    else:
        await accounts.set_password(NAME, account.password, must_change=False, totp_nonce=account.totp_nonce)
    return SignIn(
        name=NAME,
        password=password,
        secret=secret_of(desk.keys, account.totp_nonce),
        code=code_of(desk.keys, account.totp_nonce, desk.now()),
    )
