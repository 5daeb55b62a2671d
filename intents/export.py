"""Writes a taught network as ONNX: attention fused, weights with 8 bits."""

import tempfile
from pathlib import Path

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.transformers import optimizer
from torch import Tensor, nn


class SmallTable(nn.Module):  # type: ignore[misc]
    """A table of word vectors with 8 bits a number and one scale a row: a quarter of the size."""

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        scale = table.abs().amax(dim=1, keepdim=True).clamp(min=1e-8) / 127
        self.register_buffer("scale", scale)
        self.register_buffer("rows", torch.round(table / scale).to(torch.int8))

    def forward(self, ids: Tensor) -> Tensor:
        rows: Tensor = self.rows[ids].float() * self.scale[ids]
        return rows


def write_onnx(network: nn.Module, encoder: nn.Module, *, heads: int, width: int, file: Path) -> None:
    """What `network` makes of token ids and their mask, for inference; it and its `encoder` can no longer be taught."""
    network.eval()
    encoder.set_attn_implementation("eager")
    embeddings = encoder.embeddings
    embeddings.word_embeddings = SmallTable(embeddings.word_embeddings.weight.detach())
    ids = torch.randint(5, 1000, (2, 9))
    axes = {0: "texts", 1: "tokens"}
    with tempfile.TemporaryDirectory() as place:
        plain, fused = Path(place, "plain.onnx"), Path(place, "fused.onnx")
        torch.onnx.export(
            network,
            (ids, torch.ones_like(ids)),
            str(plain),
            input_names=["input_ids", "attention_mask"],
            output_names=["told"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "told": axes},
            opset_version=17,
            dynamo=False,
        )
        model = optimizer.optimize_model(str(plain), "bert", num_heads=heads, hidden_size=width)
        model.save_model_to_file(str(fused))
        quantize_dynamic(
            fused,
            file,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul", "Attention"],
            nodes_to_exclude=_heads_of(fused),
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
    part_the_norms(file)


def part_the_norms(file: Path) -> None:
    """Sums and layer norms as operations of their own: what fuses them is slower than both by a quarter of all time."""
    model = onnx.load(file)
    nodes = [new for node in model.graph.node for new in _parted(node)]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, file)


def _parted(node: onnx.NodeProto) -> list[onnx.NodeProto]:
    if node.op_type != "SkipLayerNormalization":
        return [node]
    first, second, scale, shift, *bias = node.input
    total, biased = f"{node.name}_sum", f"{node.name}_biased"
    nodes = [onnx.helper.make_node("Add", [first, second], [total])]
    if bias:
        nodes.append(onnx.helper.make_node("Add", [total, *bias], [biased]))
    epsilon = next(attribute.f for attribute in node.attribute if attribute.name == "epsilon")
    normed = [biased if bias else total, scale, shift]
    nodes.append(onnx.helper.make_node("LayerNormalization", normed, [node.output[0]], axis=-1, epsilon=epsilon))
    return nodes


def _heads_of(file: Path) -> list[str]:
    """The products that give the outputs: small, and kept exact."""
    nodes = onnx.load(file).graph.node
    return [node.name for node in nodes if node.op_type == "MatMul" and not node.name.count("encoder/")]
