"""The real parts for recorded conversations: each is made when a conversation first needs it, and then shared."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from bot.core.playbook import Mode, Playbook
from bot.settings import BrandSettings, GivenSettings
from bot.wiring import bytes_of, make_answerer, make_brand, make_classifier, make_playbook, read_policy
from intents.artefact import ARTEFACT_FOLDER, CARD_FILE
from intents.digest import sha256_of
from intents.reader import Reader
from policy_faq import Answerer, Policy


class Laboratory:
    """Protocol `House` of `bot.replay.stage`; `brands_dir` holds brands of one's own."""

    def __init__(self, brands_dir: Path = Path("brands")) -> None:
        self._settings = GivenSettings(brands_dir=brands_dir)
        self._playbooks: dict[str, Playbook] = {}
        self._policies: dict[tuple[str, str], Policy | None] = {}

    def playbook(self, brand: str, mode: Mode, modes: Mapping[str, Mode]) -> Playbook:
        if brand not in self._playbooks:
            self._playbooks[brand] = make_playbook(self._settings, BrandSettings(name=brand))
        return replace(self._playbooks[brand], mode=mode, modes=modes)

    def policy(self, brand: str, path: str) -> Policy | None:
        if (brand, path) not in self._policies:
            self._policies[brand, path] = self._read_policy(brand, path)
        return self._policies[brand, path]

    @cached_property
    def _reader(self) -> Reader:
        return make_classifier()

    @cached_property
    def _answerer(self) -> Answerer:
        return make_answerer(self._settings)

    def classifier(self) -> Reader:
        return self._reader

    def answerer(self) -> Answerer:
        return self._answerer

    @staticmethod
    def model_sha256() -> str:
        """Of the reader's card, which names the hashes of all its files."""
        return sha256_of(ARTEFACT_FOLDER / CARD_FILE)

    def _read_policy(self, brand: str, path: str) -> Policy | None:
        if path == "none":
            return None
        file = Path(path) if path else make_brand(self._settings, brand).policy_file
        return read_policy(file, bytes_of(file)) if file is not None else None
