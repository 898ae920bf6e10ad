"""Writes operators/NAME.pt2 and operators/NAME.npz: small modules, each with an operator that the networks of probes/ and
reader/ lack, or another form of one. Files and arguments are those of make_reader_probes.py.
Usage: make_operator_probes.py [NAME...]
"""

import sys

import torch
from torch import nn
from torch.nn import functional

import make_reader_probes as common
from make_reader_probes import HERE, Function, conv, image

PROBES = {}


def probe(name, build, inputs=None, **options):
    PROBES[name] = common.Probe(build, inputs or image(), **options)


def function(name, body, inputs=None, **modules):
    """conv, then the function: activations of a network, not raw inputs."""
    probe(name, lambda: Function(lambda m, x: body(m, m.conv(x)), conv=conv(), **modules), inputs)


def sequence(channels=4, length=12):
    return lambda: (torch.randn(1, channels, length),)


def rows(*shape):
    return lambda: (torch.randn(*shape),)


# --- Upsampling -------------------------------------------------------------------------------------------------------

def put_rows(m, x):
    y = x * 2.0
    y[torch.tensor([4, 1])] = x[torch.tensor([0, 3])]
    y[torch.tensor([2])] = 0.25
    return y.index_copy(0, torch.tensor([5]), x[:1])


interpolate = functional.interpolate
function("nearest_scale_1_7", lambda m, x: interpolate(x, scale_factor=1.7, mode="nearest"))
function("nearest_size_5_11", lambda m, x: interpolate(x, size=(5, 11), mode="nearest"))
function("nearest_exact_size_5_11", lambda m, x: interpolate(x, size=(5, 11), mode="nearest-exact"))
probe("nearest1d", lambda: Function(lambda m, x: interpolate(x, scale_factor=3, mode="nearest")), sequence())
function("bilinear_scale_2", lambda m, x: interpolate(x, scale_factor=2, mode="bilinear"))
function("bilinear_scale_1_6", lambda m, x: interpolate(x, scale_factor=(1.6, 2.3), mode="bilinear"))
function("bilinear_corners", lambda m, x: interpolate(x, size=(13, 5), mode="bilinear", align_corners=True))
probe("linear1d", lambda: Function(lambda m, x: interpolate(x, size=20, mode="linear")), sequence())

# --- Padding and rearranging ------------------------------------------------------------------------------------------

function("pad_replicate", lambda m, x: functional.pad(x, (1, 3, 2, 0), mode="replicate"))
function("pad_reflect_and_crop", lambda m, x: functional.pad(x, (-2, 3, 2, -1), mode="reflect"))
probe("pad_circular_1d", lambda: Function(lambda m, x: functional.pad(x, (2, 5), mode="circular")), sequence())
function("pixel_unshuffle", lambda m, x: functional.pixel_unshuffle(x, 2))
function("flip", lambda m, x: x.flip(1, 2, 3))
function("roll", lambda m, x: torch.roll(x, (3, -2), (2, 3)))
function("roll_flat", lambda m, x: torch.roll(x, 5))
function("repeat", lambda m, x: x.repeat(1, 2, 1, 3))
function("repeat_interleave", lambda m, x: x.repeat_interleave(2, dim=2))
function("tile", lambda m, x: x.tile(2, 1))
function("index_select", lambda m, x: x.index_select(1, torch.tensor([2, 0, 0, 3, 1])))
function("expand_channels", lambda m, x: x[:, :1].expand(-1, 6, -1, -1).relu())
function("expand_into_mul", lambda m, x: x * x.mean((2, 3), keepdim=True).sigmoid().expand_as(x))
function("unfold_windows", lambda m, x: x.unfold(3, 4, 2).unfold(1, 2, 1))
function("gather_positions", lambda m, x: x.gather(2, m.index),
         buffers={"index": (torch.arange(192).reshape(1, 4, 6, 8) * 7) % 8})
function("max_min_along", lambda m, x: (x.max(1).values, x.min(2, keepdim=True)[0]))
probe("put_rows", lambda: Function(put_rows), rows(6, 5))
function("stack_unbind", lambda m, x: torch.stack([2 * y for y in x.unbind(1)], dim=2))

# --- Writing into parts of a tensor -----------------------------------------------------------------------------------


def fill_slices(m, x):
    """A mask of regions as shifted windows have it: all of it is constant."""
    regions = x.new_zeros((8, 8))
    for count, rows in enumerate((slice(0, -3), slice(-3, -1), slice(-1, None))):
        for columns in (slice(0, -2), slice(-2, None)):
            regions[rows, columns] = float(count)
    difference = regions.view(1, 64) - regions.view(64, 1)
    mask = difference.masked_fill(difference != 0, -4.0).masked_fill(difference == 0, 0.0)
    return torch.softmax(x.flatten(2) @ mask, 2)


def write_slices(m, x):
    x[:, 1:3] = x[:, :2] * 2.0
    x[:, :, ::2] = x[:, :, 1::2]
    x[:, 0] = 0.5
    x[:, :, 3:5, 6].add_(1.0)
    return x.relu()


def halves_in_place(m, x):
    left, right = x[:, :2], x[:, 2:]
    left.relu_()
    return torch.cat([right, left], 1) + x


function("fill_slices", fill_slices)
function("write_slices", write_slices)
function("halves_in_place", halves_in_place)
function("slice_scatter",
         lambda m, x: torch.select_scatter(torch.slice_scatter(x, x[:, :, 1:3], 2, 4, 8, 2), x[:, 0], 1, 3))
function("cumsum", lambda m, x: x.cumsum(1) + x.cumsum(3))
function("truth_values", lambda m, x: x * (~(x > 1.0) & ((x < 0.5) | (x > 0.75))).float())

# --- Normalization ----------------------------------------------------------------------------------------------------


def affine(norm):
    """Weight and bias away from 1 and 0."""
    with torch.no_grad():
        if norm.weight is not None:
            norm.weight.uniform_(0.5, 1.5)
        if getattr(norm, "bias", None) is not None:
            norm.bias.normal_(0.0, 0.3)
    return norm


def normalized(name, make, body=lambda m, x: m.norm(x), inputs=None):
    probe(name, lambda: Function(body, norm=affine(make())), inputs)


normalized("layer_norm", lambda: nn.LayerNorm(24), inputs=rows(3, 5, 24))
normalized("layer_norm_plain", lambda: nn.LayerNorm(24, elementwise_affine=False), inputs=rows(3, 24))
normalized("layer_norm_2_dims", lambda: nn.LayerNorm((5, 24)), inputs=rows(3, 5, 24))
normalized("layer_norm_channels", lambda: nn.LayerNorm(4),
           lambda m, x: m.norm(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2))
normalized("rms_norm", lambda: nn.RMSNorm(24), inputs=rows(3, 5, 24))
normalized("instance_norm", lambda: nn.InstanceNorm2d(4, affine=True))
normalized("instance_norm_plain", lambda: nn.InstanceNorm1d(4), inputs=sequence())
normalized("instance_norm_statistics", lambda: nn.InstanceNorm2d(4, affine=True, track_running_stats=True))
normalized("group_norm_1d", lambda: nn.GroupNorm(2, 4), inputs=sequence())

# --- Sums, softmax, functions -----------------------------------------------------------------------------------------

function("log_softmax_channels", lambda m, x: functional.log_softmax(3 * x, dim=1))
function("sum_spatial", lambda m, x: x.sum((2, 3)))
function("sum_keepdim", lambda m, x: x.sum(1, keepdim=True))
function("amax_amin", lambda m, x: (x.amax((2, 3)), x.amin(1, keepdim=True)))
function("sum_all", lambda m, x: x.sum())
function("vector_norm", lambda m, x: torch.linalg.vector_norm(x, dim=(1, 2), keepdim=True))
function("adaptive_max_3_5", lambda m, x: functional.adaptive_max_pool2d(x, (3, 5)))
function("adaptive_max_global", lambda m, x: functional.adaptive_max_pool2d(x, 1))
probe("adaptive_max_1d", lambda: Function(lambda m, x: functional.adaptive_max_pool1d(x, 5)), sequence())
function("sin_cos", lambda m, x: torch.sin(2 * x) + torch.cos(x))
function("rsqrt_of_square", lambda m, x: torch.rsqrt(x * x + 0.5))

# --- Products, extremes, quotients ------------------------------------------------------------------------------------

function("minimum_maximum", lambda m, x: torch.minimum(torch.maximum(x, x.mean((2, 3), keepdim=True)), m.second(x)),
         second=conv())
function("divide", lambda m, x: x / (m.second(x).sigmoid() + 0.5), second=conv())
function("divide_by_sum", lambda m, x: x.sigmoid() / x.sigmoid().sum(1, keepdim=True))
probe("conv_transpose_1d", lambda: nn.ConvTranspose1d(4, 6, 4, stride=2, padding=1), sequence())
probe("conv_transpose_depthwise", lambda: nn.ConvTranspose2d(12, 12, 3, stride=2, groups=12), image(channels=12))
probe("conv_transpose_norm_relu",
      lambda: nn.Sequential(nn.ConvTranspose2d(4, 6, 2, stride=2), nn.BatchNorm2d(6), nn.ReLU(), conv(6, 4)))
probe("conv_transpose_dilated", lambda: nn.ConvTranspose2d(4, 6, 3, stride=(1, 3), padding=(2, 1), dilation=(2, 1)))
probe("matmul_broadcast", lambda: Function(lambda m, a, b: a @ b),
      lambda: (torch.randn(1, 3, 4, 6), torch.randn(2, 3, 6, 5)))
probe("matmul_one_right", lambda: Function(lambda m, a, b: a @ b), lambda: (torch.randn(3, 4, 6), torch.randn(6, 5)))
attention = functional.scaled_dot_product_attention
heads = lambda: tuple(torch.randn(1, 2, 6, 8) for _ in range(3))  # noqa: E731
probe("attention", lambda: Function(lambda m, q, k, v: attention(q, k, v)), heads)
probe("attention_causal", lambda: Function(lambda m, q, k, v: attention(q, k, v, is_causal=True)), heads)
probe("attention_mask", lambda: Function(lambda m, q, k, v: attention(q, k, v, attn_mask=m.mask),
                                         buffers={"mask": torch.arange(36).reshape(6, 6) % 5 != 1}), heads)
signs = lambda: heads() + (torch.randint(0, 2, (1, 1, 6, 6)).float() * 2 - 1,)  # noqa: E731
probe("attention_computed_mask", lambda: Function(lambda m, q, k, v, x: attention(q, k, v, attn_mask=x > 0)), signs)
probe("attention_additive_mask", lambda: Function(
    lambda m, q, k, v, x: attention(q, k, v, attn_mask=torch.zeros_like(x).masked_fill(x < 0, -1e4) + 0.5 * x)), signs)
probe("encoder_layer", lambda: nn.TransformerEncoderLayer(16, 2, 32, batch_first=True), rows(1, 6, 16))

# --- Positions --------------------------------------------------------------------------------------------------------

WORDS = lambda: (torch.randint(0, 20, (1, 7)),)  # noqa: E731
probe("embedding_linear", lambda: nn.Sequential(nn.Embedding(20, 8), nn.Linear(8, 4)), WORDS)
probe("embedding_positions", lambda: Function(
    lambda m, x: m.head(m.words(x) + m.places(torch.arange(7))).mean(1), words=nn.Embedding(20, 8),
    places=nn.Embedding(7, 8), head=nn.Linear(8, 4)), WORDS)
function("index_channels", lambda m, x: x[:, torch.tensor([[3, 0], [-1, 2]])])
probe("relative_position_bias", lambda: Function(
    lambda m, x: x + m.table[m.index].view(6, 6, 2).permute(2, 0, 1).unsqueeze(0),
    parameters={"table": torch.randn(11, 2)},
    buffers={"index": (torch.arange(6)[:, None] - torch.arange(6)[None] + 5).flatten()}), rows(1, 2, 6, 6))
probe("sine_positions", lambda: Function(
    lambda m, x: x + torch.sin(torch.arange(6.0)[:, None] / 100 ** (2 * torch.div(torch.arange(8.0), 2, rounding_mode="floor") / 8))),
      rows(1, 6, 8))
function("argmax_channels", lambda m, x: x.argmax(1))

# --- Comparisons and choices ------------------------------------------------------------------------------------------

function("where_tensors", lambda m, x: torch.where(x > 0.1, x, x.mean((2, 3), keepdim=True)))
function("where_number", lambda m, x: torch.where(x.abs() < 0.3, 0.0, x))
probe("masked_fill", lambda: Function(lambda m, x: m.conv(x).masked_fill(m.mask, -1.0), conv=conv(),
                                      buffers={"mask": torch.arange(64).reshape(8, 8) % 3 == 0}))


def main():
    folder = HERE / "operators"
    folder.mkdir(exist_ok=True)
    for name in sys.argv[1:] or PROBES:
        print(name, flush=True)
        common.write(name, PROBES[name], folder)


if __name__ == "__main__":
    main()
