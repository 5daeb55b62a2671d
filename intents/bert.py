"""The published encoder as a network that can be taught, with the word pieces that are kept."""

from collections.abc import Sequence

import torch
from torch import nn
from transformers import BertConfig, BertModel

from intents.e5_weights import Packed, bert_weights

#: The token id that fills up short texts.
PADDING = 1


def bert_encoder(packed: Packed, kept: Sequence[int]) -> nn.Module:
    """An encoder whose token ids are the places in `kept`."""
    shape = packed.shape
    config = BertConfig(
        vocab_size=len(kept),
        hidden_size=shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        intermediate_size=shape.inner,
        max_position_embeddings=shape.positions,
        type_vocab_size=shape.types,
        pad_token_id=PADDING,
    )
    encoder: nn.Module = BertModel(config, add_pooling_layer=False)
    encoder.load_state_dict({name: torch.tensor(tensor) for name, tensor in bert_weights(packed, kept).items()})
    return encoder
