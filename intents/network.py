"""The sentence model as it is taught: the encoder and one output per intent.

Each intent looks at the tokens by itself: its log odds are a mean over the tokens, weighed by how much each of them
concerns it, so that a second wish is not drowned by the first and every intent can say which words carry it.
"""

import torch
from torch import Tensor, nn

_FIRST_BIAS = -2.5
_NEVER = -1e4


class Network(nn.Module):  # type: ignore[misc]
    """Token ids and their mask in, log odds out."""

    def __init__(self, encoder: nn.Module, width: int, intents: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.drop = nn.Dropout(0.1)
        self.head = nn.Linear(width, intents)
        self.focus = nn.Linear(width, intents, bias=False)
        nn.init.constant_(self.head.bias, _FIRST_BIAS)
        # All tokens weigh the same until something else is learned.
        nn.init.zeros_(self.focus.weight)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Log odds, shape (texts, intents)."""
        return self.told(input_ids, attention_mask).sum(1)

    def told(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """What each token adds to the log odds, shape (texts, tokens, intents)."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        hidden = self.drop(hidden.float())
        focus = self.focus(hidden) + (1 - attention_mask.unsqueeze(-1).float()) * _NEVER
        told: Tensor = torch.softmax(focus, 1) * self.head(hidden)
        return told
