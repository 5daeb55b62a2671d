"""Answers questions with a policy's own words, or says that the policy does not say."""

from policy_faq.answer_values import PolicyAnswer, Quote
from policy_faq.answering import Answerer, Limits
from policy_faq.brands import Brand, load_brand, shipped_brands
from policy_faq.catalogue import Topic, load_topics
from policy_faq.errors import BrandError, CatalogueError, NotAPolicy, PolicyError, QuestionFileError
from policy_faq.features import Encoder
from policy_faq.importing import import_policy
from policy_faq.policy import Dropped, Policy, Section, Unit
from policy_faq.question_parts import goes_on_asking
from policy_faq.topic_map import TopicMap, find_map

__all__ = [
    "Answerer",
    "Brand",
    "BrandError",
    "CatalogueError",
    "Dropped",
    "Encoder",
    "Limits",
    "NotAPolicy",
    "Policy",
    "PolicyAnswer",
    "PolicyError",
    "QuestionFileError",
    "Quote",
    "Section",
    "Topic",
    "TopicMap",
    "Unit",
    "find_map",
    "goes_on_asking",
    "import_policy",
    "load_brand",
    "load_topics",
    "shipped_brands",
]
