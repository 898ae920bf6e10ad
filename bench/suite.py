"""What is measured: the networks that a bare clone has, with their data, and the CPUs each is compiled for."""

from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
MODELS = REPOSITORY / "tests" / "data" / "models"
MNIST = REPOSITORY / "examples" / "mnist"

CPUS = ("cortex-m0", "cortex-m4", "cortex-m55")
MLPERF_TINY = REPOSITORY / "tests" / "data" / "mlperf_tiny"

ALL_CPUS = ("cortex-m0", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55")

# Those that MLPerf Tiny's networks are measured on, which TFLM was, too (but for the M7).
TFLITE_CPUS = ("cortex-m0", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55")

# Compile time, memory and accuracy are measured for this CPU; accuracy is the same for all, whose bytes are equal.
HOST_CPU = "cortex-m55"


@dataclass(frozen=True)
class Network:
    """A network and its files. `inputs` and `float_outputs` (torch's) are the samples that SQNR is measured on."""

    name: str
    model: Path
    calibration: Path
    inputs: Path
    float_outputs: Path
    labels: Path | None = None
    cpus: tuple[str, ...] = CPUS


def _random_weights(name: str) -> Network:
    return Network(name, MODELS / f"{name}.pt2", MODELS / f"{name}.calib0.npy", MODELS / f"{name}.in0.npy",
                   MODELS / f"{name}.out0.npy")


def _digits(name: str) -> Network:
    return Network(name, MODELS / f"{name}.pt2", MODELS / "digits_calib.npy", MODELS / "digits_test_inputs.npy",
                   MODELS / f"{name}.test_float_out.npy", MODELS / "digits_test_labels.npy")


def networks(generated: Path) -> list[Network]:
    """All networks. `generated` is the folder for mv2_96.pt2, which is too large to commit."""
    mv2 = _random_weights("mv2_96")
    return [
        _random_weights("tiny_cnn"),
        _random_weights("ds_cnn"),
        _random_weights("resnet8"),
        _random_weights("mobilenet_v1_025"),
        _random_weights("deep_autoencoder"),
        _digits("digits_cnn"),
        _digits("digits_ds"),
        Network("mv2_96", generated / "mv2_96.pt2", mv2.calibration, mv2.inputs, mv2.float_outputs),
        Network("mnist", MNIST / "mnist.pt2", MNIST / "calibration.npy", MNIST / "test_images.npy",
                MNIST / "float_outputs.npy", MNIST / "test_labels.npy", ALL_CPUS),
    ]


@dataclass(frozen=True)
class TfliteNetwork:
    """An int8 .tflite file with inputs and the outputs of TensorFlow Lite's interpreter, raw codes all."""

    name: str
    model: Path
    inputs: tuple[Path, ...]
    outputs: tuple[Path, ...]
    cpus: tuple[str, ...] = TFLITE_CPUS


def tflite_networks() -> list[TfliteNetwork]:
    """The networks of MLPerf Tiny."""
    def files(name: str, kind: str) -> tuple[Path, ...]:
        return tuple(MLPERF_TINY / f"{name}_{kind}{index}.bin" for index in range(2))

    return [TfliteNetwork(name, MLPERF_TINY / f"{name}.tflite", files(name, "in"), files(name, "out"))
            for name in ("kws", "ic", "vww", "ad", "sww")]


# The quick run: compile time of the largest network, and two small ones on one board.
QUICK_NETWORKS = ("tiny_cnn", "mnist", "mv2_96")
QUICK_TFLITE_NETWORKS = ("kws", "ad")
QUICK_CPUS = ("cortex-m55",)
