"""`keys rotate`: a new key, while the desk runs on."""

import asyncio

import typer

from bot.cli.console import say
from bot.errors import BadSetting
from bot.keys import VARIABLE, replace_key
from bot.settings import Settings, load_settings
from bot.wiring import make_keys, open_store

group = typer.Typer(help="The installation's secret keys.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="keys")


@group.command()
def rotate() -> None:
    """Put a new key in use and seal everything anew with it. Old keys stay: old suppressions are found by them."""
    settings = load_settings()
    if make_keys(settings).file is None:
        raise BadSetting(f"the keys stand in {VARIABLE}; put a new one before them there, and run `keys reseal`")
    replace_key(settings.keys_file)
    say(f"A new key is in use. {asyncio.run(_reseal(settings))} rows were sealed anew with it.")
    say(f"Take a new backup of {settings.keys_file}; without it nothing that is sealed can be read.")


@group.command()
def reseal() -> None:
    """Seal everything anew with the newest key."""
    say(f"{asyncio.run(_reseal(load_settings()))} rows were sealed anew with the newest key.")


async def _reseal(settings: Settings) -> int:
    async with open_store(settings) as store:
        return await store.reseal()
