"""Policies and an answerer for the tests: the fictional shop's, and the five real ones where their texts are."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from policy_faq import Answerer, Policy, import_policy, load_brand
from policy_faq.encoder import load_encoder

REAL = Path(__file__).resolve().parents[3] / "shared/policies"
REAL_NAMES = ("je-taime", "cest-moi", "just-elegance", "jane-ellen", "james-allen")


@pytest.fixture(scope="session")
def marigold() -> Policy:
    brand = load_brand("marigold")
    assert brand.policy_file is not None
    return import_policy(brand.policy_file.read_bytes(), name="marigold")


@pytest.fixture(scope="session")
def policies(marigold: Policy) -> Mapping[str, Policy]:
    """All policies that are present."""
    found = {"marigold": marigold}
    for name in REAL_NAMES:
        path = REAL / f"{name}.txt"
        if path.is_file():
            found[name] = import_policy(path.read_bytes(), name=name)
    return found


@pytest.fixture(scope="session")
def real(policies: Mapping[str, Policy]) -> Mapping[str, Policy]:
    """The five real policies; the test is skipped, and says so, where their texts are not present."""
    missing = [name for name in REAL_NAMES if name not in policies]
    if missing:
        pytest.skip(f"NOT TESTED: the texts of {', '.join(missing)} are not in {REAL}")
    return policies


@pytest.fixture(scope="session")
def answerer() -> Answerer:
    return Answerer.load(load_encoder())
