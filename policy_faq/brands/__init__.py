"""The shops' facts and figures, each with the policy line that it stands on.

Shipped folders come first, the operator's folders lie over them; what a policy does not say is not there.
"""

from policy_faq.brands.brand import (
    AgeRule,
    Brand,
    Contact,
    Fact,
    OptOutRoute,
    Override,
    Promise,
    Regulator,
    Retention,
)
from policy_faq.brands.loading import load_brand, shipped_brands

__all__ = [
    "AgeRule",
    "Brand",
    "Contact",
    "Fact",
    "OptOutRoute",
    "Override",
    "Promise",
    "Regulator",
    "Retention",
    "load_brand",
    "shipped_brands",
]
