"""The shops that a desk serves, and what they know about their customers."""

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from bot.settings.section import EVERYBODYS, Section, is_address

#: The values of `bot.core.playbook.Mode`, as the file spells them.
ModeName = Literal["shadow", "approve", "automatic"]

#: The acts that close a request, or give its data out.
FourEyesAct = Literal["complete", "deny", "cancel", "offer"]


class BrandSettings(Section):
    """One shop that this desk serves."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    #: The addresses whose mail is this brand's; the first is what it writes from.
    addresses: tuple[str, ...] = ()
    mode: ModeName = "shadow"
    #: The shop's own people, by address or domain, whose authenticated answers silence the bot; empty is the domains
    #: of `addresses`, but for those that everybody can have an address at.
    colleagues: tuple[str, ...] = ()
    #: Intent -> mode, where it differs.
    modes: dict[str, ModeName] = Field(default_factory=dict)
    #: Right -> the acts of staff for which a second person must give leave, e.g. {"deletion": ["complete", "deny"]}.
    four_eyes: dict[str, tuple[FourEyesAct, ...]] = Field(default_factory=dict)
    #: Where the shop shows its policy, named below what is quoted from it.
    policy_url: str = Field(default="", pattern=r"^(?:https://[^\s<>\"]{1,500})?$")

    @field_validator("addresses")
    @classmethod
    def _are_addresses(cls, addresses: tuple[str, ...]) -> tuple[str, ...]:
        for address in addresses:
            if not is_address(address):
                raise ValueError(f"{address!r} is not an e-mail address")
        return addresses

    def own_people(self) -> tuple[str, ...]:
        """Addresses and domains of the shop's own people, in lower case."""
        domains = {address.rpartition("@")[2].lower() for address in self.addresses} - EVERYBODYS
        return tuple(name.lower().removeprefix("@") for name in self.colleagues) or tuple(sorted(domains))

    @model_validator(mode="after")
    def _can_answer(self) -> Self:
        if not self.addresses and any(mode != "shadow" for mode in (self.mode, *self.modes.values())):
            raise ValueError("addresses must name the address to answer from; without one, only shadow mode works")
        return self


class DirectorySettings(Section):
    """What a shop knows about its customers: a CSV file that it exports, or a query to its database."""

    brand: str
    #: A CSV file in UTF-8 with a header line; "" where a query is asked.
    file: str = ""
    #: Name of the environment variable with the SQLAlchemy URL of the shop's database.
    url_from: str = ""
    #: Asked with the parameter :address, e.g. SELECT ... FROM orders WHERE email = :address.
    query: str = ""
    #: Column of the mailbox in the CSV file.
    address: str = ""
    #: Detail -> its column, in the order in which they are asked for: order_number, postcode, ...
    points: dict[Literal["order_number", "invoice_number", "customer_number", "postcode", "phone"], str]

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if len(self.points) < 2:
            raise ValueError("points must name two details at the least; one alone is guessed too easily")
        if bool(self.file) == bool(self.query) or bool(self.query) != bool(self.url_from):
            raise ValueError("give either file, or query and url_from")
        if self.file and not self.address:
            raise ValueError("address must name the column of the mailbox in the file")
        return self
