"""The chats of others, Telegram and Meta, with their secrets out of the environment."""

from bot.channels.meta.channel import MetaChannel
from bot.channels.meta.graph import GraphAccount
from bot.channels.meta.signing import Account as MetaAccount
from bot.channels.telegram.api import BotApi
from bot.channels.telegram.channel import TelegramChannel, Webhook
from bot.channels.telegram.listening import path_of
from bot.channels.telegram.pace import Pace, Turns
from bot.errors import BadSetting
from bot.settings import Settings, password

#: An empty or short secret would let anybody speak as Meta.
_SHORTEST_SECRET = 16


def make_telegram_channel(settings: Settings, turns: Turns | None = None) -> tuple[TelegramChannel, ...]:
    """The bots on Telegram, nothing where none is configured; `turns` are shared with other processes.

    Raises `BadSetting`.
    """
    if not settings.telegram:
        return ()
    try:
        # The library is an extra: without it, everything but these bots must work.
        from bot.channels.telegram.account import Account
    except ImportError as error:
        raise BadSetting("telegram: its library is missing; install privacy-desk[telegram]") from error
    bots: dict[str, BotApi] = {}
    webhooks: dict[str, Webhook] = {}
    for chosen in settings.telegram:
        token = password(chosen.token_from)
        bots[chosen.brand] = Account(brand=chosen.brand, token=token, base_url=chosen.base_url)
        if chosen.mode == "webhook":
            url = f"{settings.web.public_url}{path_of(chosen.brand)}"
            webhooks[chosen.brand] = Webhook(url=url, secret=password(chosen.secret_from))
    pace = {brand: Pace(turns=turns, bot=bot.id) for brand, bot in bots.items()}
    return (TelegramChannel(bots, webhooks=webhooks, pace=pace),)


def make_meta_channels(settings: Settings) -> tuple[MetaChannel, ...]:
    """A channel for each of Meta's platforms that is configured. Raises `BadSetting`."""
    accounts: dict[str, dict[str, GraphAccount]] = {}
    for chosen in settings.meta:
        account = GraphAccount(
            brand=chosen.brand, id=chosen.id, token=password(chosen.token_from), base_url=chosen.base_url
        )
        accounts.setdefault(chosen.platform, {})[chosen.brand] = account
    return tuple(MetaChannel(platform, of_brands) for platform, of_brands in accounts.items())


def make_meta_accounts(settings: Settings) -> list[MetaAccount]:
    """What the pages that Meta calls must know. Raises `BadSetting`."""
    accounts = []
    for chosen in settings.meta:
        secret, verify = password(chosen.secret_from), password(chosen.verify_from)
        if len(secret) < _SHORTEST_SECRET or len(verify) < _SHORTEST_SECRET:
            raise BadSetting(
                f"meta: {chosen.secret_from} and {chosen.verify_from} need {_SHORTEST_SECRET} signs or more"
            )
        account = MetaAccount(brand=chosen.brand, platform=chosen.platform, id=chosen.id, secret=secret, verify=verify)
        accounts.append(account)
    return accounts
