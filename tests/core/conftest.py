"""How long the property tests take: `--hypothesis-profile=long` plays 100,000 talks for each law."""

from hypothesis import settings

settings.register_profile("short", max_examples=100, deadline=None)
settings.register_profile("long", max_examples=100_000, deadline=None)

if settings.get_current_profile_name() == "default":
    settings.load_profile("short")
