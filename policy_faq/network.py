"""The sentence model as it is taught: one vector a text, and what the vector tells of its topic.

Only the vectors are read in use; the two heads are there to teach them.
"""

import torch
from torch import Tensor, nn

_FIRST_SCALE = 20.0


class SentenceNetwork(nn.Module):  # type: ignore[misc]
    """Token ids and their mask in, vectors of length 1 out."""

    def __init__(self, encoder: nn.Module, width: int, topics: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.drop = nn.Dropout(0.1)
        self.questions = _head(width, topics)
        self.statements = _head(width, topics)
        self.scale = nn.Parameter(torch.tensor(_FIRST_SCALE))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """The mean of the token vectors, of length 1; shape (texts, width)."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state.float()
        mask = attention_mask.unsqueeze(-1).float()
        mean = (hidden * mask).sum(1) / mask.sum(1)
        vectors: Tensor = nn.functional.normalize(mean, dim=-1)
        return vectors

    def topics(self, vectors: Tensor, head: nn.Linear) -> Tensor:
        """Log odds of the topics, shape (texts, topics)."""
        scores: Tensor = self.scale * nn.functional.linear(self.drop(vectors), head.weight) + head.bias
        return scores


def _head(width: int, topics: int) -> nn.Linear:
    head = nn.Linear(width, topics)
    nn.init.normal_(head.weight, std=0.02)
    nn.init.zeros_(head.bias)
    return head
