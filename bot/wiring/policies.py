"""The policies that answers are quoted from: read out of files, put in force, and asked."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from bot.errors import BadSetting
from bot.settings import Settings
from bot.store import Store
from bot.wiring.base import bytes_of, utc_now
from bot.wiring.brands import make_brand
from policy_faq import Answerer, Policy, PolicyAnswer, PolicyError, import_policy
from policy_faq.encoder import load_encoder
from policy_faq.topic_map import TopicMap


class PolicyOracle:
    """Answers from the policy in force; each version is read once and kept by its hash."""

    def __init__(self, store: Store, answerer: Callable[[], Answerer]) -> None:
        """`answerer` is asked for at the first question."""
        self._store = store
        self._answerer = answerer
        self._read: dict[str, Policy] = {}

    async def answer(self, brand: str, question: str, *, language: str, about: str = "") -> PolicyAnswer | None:
        policy = await self._in_force(brand)
        if policy is None:
            return None
        return await asyncio.to_thread(
            lambda: self._answerer().answer(question, policy, language=language, about=about)
        )

    async def topics(self, brand: str) -> tuple[Policy, TopicMap] | None:
        """The policy in force and which of its lines answer which topic."""
        policy = await self._in_force(brand)
        if policy is None:
            return None
        return policy, await asyncio.to_thread(lambda: self._answerer().topic_map(policy))

    async def _in_force(self, brand: str) -> Policy | None:
        stored = await self._store.policy_in_force(brand)
        if stored is None:
            return None
        policy = self._read.get(stored.sha256)
        if policy is None:
            policy = await asyncio.to_thread(import_policy, stored.raw, name=stored.name)
            self._read[stored.sha256] = policy
        return policy


def make_answerer(settings: Settings) -> Answerer:
    """The shipped answerer with the sentence encoder, or without where its file is missing."""
    return Answerer.load(load_encoder(), folders=(settings.brands_dir,), cache=settings.data_dir / "policies")


def read_policy(file: Path, raw: bytes) -> Policy:
    """The policy in `file`, whose bytes are `raw`. Raises `BadSetting`."""
    try:
        return import_policy(raw, name=file.name)
    except PolicyError as error:
        raise BadSetting(f"{file}: {error}") from error


async def install_policies(settings: Settings, store: Store) -> None:
    """A policy that lies in its brand's own folder is in force from the start, until another one is imported."""
    for chosen in settings.brands:
        file = make_brand(settings, chosen.name).policy_file
        if file is not None and await store.policy_in_force(chosen.name) is None:
            raw = bytes_of(file)
            policy = read_policy(file, raw)
            await store.import_policy_row(chosen.name, policy.sha256, file.name, raw, utc_now())
