"""Writes the seeds of the .pt2 fuzz target to fuzz/corpus/pt2_reader: exported probes of tests/data in the form that
pt2_reader_fuzzer.cpp reads, without stack traces and whatever else the reader skips, so that they are small. All tensors
are windows into one storage file, which the fuzz target makes by repeating a few small numbers.

Usage: make_pt2_seeds.py
"""

import json
import pathlib
import struct
import zipfile

HERE = pathlib.Path(__file__).parent
DATA = HERE.parent / "tests" / "data"
STORAGE = b"".join(struct.pack("<f", (i * 37 % 101) / 101 + 0.01) for i in range(64))

SEEDS = [
    "models/tiny_cnn_dynbatch",
    "probes/adaptive_avg3of8",
    "probes/cat",
    "probes/channel_shuffle",
    "probes/chunk_add",
    "probes/conv1d",
    "probes/maxpool_dil",
    "probes/mha",
    "probes/mul_broadcast_c11_se",
    "probes/pixel_shuffle",
    "quantized/affine",
    "quantized/partly_float",
    "quantized/residual_per_tensor",
    "quantized/residual_uint8",
    "reader/act_softplus",
    "reader/batch_norm_1d",
    "reader/constant_in_forward",
    "reader/constant_input",
    "reader/conv_padding_same_even_kernel",
    "reader/decomposed_residual",
    "reader/dynamic_batch_arithmetic",
    "reader/inplace_through_view",
    "reader/linear_addmm",
    "reader/old_names_add_used_by_name",
    "reader/old_names_chain",
    "reader/pad_constant",
    "reader/pool_avg_divisor",
    "reader/reshape_family",
    "reader/two_inputs_two_outputs",
    "reader/unsupported_branch",
    "reader/viewed_buffers",
]


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


def strip_meta(meta):
    return {key: meta[key] for key in ("dtype", "layout", "sizes", "strides", "storage_offset")}


def strip_input(given):
    """The storage file's bytes are any codes, and no zero points: where these are tensors, they are left out, as 0."""
    if given["name"] in ("zero_point", "zero_points") and "as_tensor" in given["arg"]:
        return given | {"arg": {"as_none": True}}
    if given["name"] == "quant_min" and given["arg"] == {"as_int": -127}:
        return given | {"arg": {"as_int": -128}}
    return given


def strip_node(node):
    kept = {key: node[key] for key in ("name", "target", "inputs", "outputs")}
    return kept | {"inputs": [strip_input(given) for given in node["inputs"]], "metadata": {}}


def strip_model(model):
    module = model["graph_module"]
    nodes = [strip_node(node) for node in module["graph"]["nodes"]]
    tensors = {name: strip_meta(meta) for name, meta in module["graph"]["tensor_values"].items()}
    return {
        "schema_version": {"major": model["schema_version"]["major"]},
        "range_constraints": model["range_constraints"],
        "graph_module": {
            "graph": {"nodes": nodes, "tensor_values": tensors},
            "signature": {key: module["signature"][key] for key in ("input_specs", "output_specs")},
        },
    }


def strip_config(config, file_name):
    return {
        "config": {
            name: {"path_name": file_name, "use_pickle": False, "tensor_meta": strip_meta(payload["tensor_meta"])}
            for name, payload in config["config"].items()
        }
    }


def main():
    folder = HERE / "corpus" / "pt2_reader"
    folder.mkdir(parents=True, exist_ok=True)
    for seed in SEEDS:
        with zipfile.ZipFile(DATA / f"{seed}.pt2") as archive:
            entry = {name.split("/", 1)[1]: name for name in archive.namelist()}

            def read(name, archive=archive, entry=entry):
                return json.loads(archive.read(entry[name]))

            parts = [
                compact(strip_model(read("models/model.json"))),
                compact(strip_config(read("data/weights/model_weights_config.json"), "weight_0")),
                compact(strip_config(read("data/constants/model_constants_config.json"), "tensor_0")),
                STORAGE,
            ]
        batch = b"2" if "dyn" in seed else b"0"
        (folder / pathlib.Path(seed).name).write_bytes(batch + b"\0".join(parts))
    (folder / "archive").write_bytes((DATA / "probes" / "relu_alone.pt2").read_bytes())


if __name__ == "__main__":
    main()
