"""Answers questions with a policy's own words, or says that the policy does not say."""
