"""Answers questions with a policy's own words, or says that the policy does not say."""

from policy_faq.answer_values import PolicyAnswer, Quote
from policy_faq.brands import Brand, load_brand, shipped_brands
from policy_faq.errors import BrandError, CatalogueError, NotAPolicy, PolicyError, QuestionFileError
from policy_faq.importing import import_policy
from policy_faq.policy import Dropped, Policy, Section, Unit

__all__ = [
    "Brand",
    "BrandError",
    "CatalogueError",
    "Dropped",
    "NotAPolicy",
    "Policy",
    "PolicyAnswer",
    "PolicyError",
    "QuestionFileError",
    "Quote",
    "Section",
    "Unit",
    "import_policy",
    "load_brand",
    "shipped_brands",
]
