#!/usr/bin/env bash
# The MNIST demo: compiles the trained float network for a Cortex-M55 and classifies held-out images on an emulated one.
#
# usage: examples/mnist/demo.sh PUDU OUTPUT_DIR
#   PUDU        the compiler, build/release/bin/pudu
#   OUTPUT_DIR  where the C++, the report and the outputs go
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: examples/mnist/demo.sh PUDU OUTPUT_DIR" >&2; exit 1; }
pudu=$1 output=$2
here=$(dirname "${BASH_SOURCE[0]}")
mkdir -p "$output"

# Prints a command the way a reader would type it, then runs it.
show() {
  printf '\n$ pudu'
  printf ' %s' "${@:2}"
  printf '\n'
  "$@"
}

echo "A float network, and 64 of its training images to calibrate with, become C++ for a Cortex-M55:"
show "$pudu" compile "$here/mnist.pt2" --target cortex-m55 --calibration "$here/calibration.npy" -o "$output/mnist"

echo
echo "The float network on 500 held-out images, on this machine:"
show "$pudu" run "$here/mnist.pt2" --input "$here/test_images.npy" --labels "$here/test_labels.npy" \
  --output "$output/float_outputs.npy"

echo
echo "The compiled network on the same images, on an emulated Cortex-M55:"
show "$pudu" run "$output/mnist" --on qemu --input "$here/test_images.npy" --labels "$here/test_labels.npy" \
  --output "$output/int8_outputs.npy"

echo
echo "C++:    $output/mnist/model.cpp"
echo "Report: $output/mnist/report.html (opens offline: memory map, layers, quantization)"
