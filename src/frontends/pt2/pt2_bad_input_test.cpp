// What the reader refuses, with the exact text that the user sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include "base/files.hpp"
#include "frontends/pt2/pt2_reader.hpp"
#include "frontends/pt2/testing/patched_archive.hpp"

namespace pudu::frontends {
namespace {

using ::testing::HasSubstr;
using testing::PatchedArchive;
using ::testing::StartsWith;
using testing::test_data;

constexpr std::string_view model_json = "models/model.json";
constexpr std::string_view weights_config = "data/weights/model_weights_config.json";

std::vector<std::byte> to_bytes(std::string_view text) {
  const auto view = std::as_bytes(std::span(text.data(), text.size()));
  return {view.begin(), view.end()};
}

/// The error's text, in the terms of a file called net.pt2; checks its kind.
std::string error_of(std::span<const std::byte> bytes, ErrorKind kind, const Pt2Options& options = {}) {
  const Result<ir::Graph> graph = read_pt2(bytes, "net.pt2", options);
  if (graph) return "no error";
  EXPECT_EQ(graph.error().kind, kind);
  return to_string(graph.error());
}

std::string invalid(std::span<const std::byte> bytes, const Pt2Options& options = {}) {
  return error_of(bytes, ErrorKind::InvalidInput, options);
}
std::string invalid(const PatchedArchive& archive, const Pt2Options& options = {}) {
  return invalid(archive.bytes(), options);
}
std::string unsupported(const PatchedArchive& archive) {
  return error_of(archive.bytes(), ErrorKind::Unsupported);
}

PatchedArchive tiny_cnn() {
  return PatchedArchive("models/tiny_cnn.pt2");
}

void set_element(PatchedArchive& archive, std::string_view entry, std::size_t index, float element) {
  std::memcpy(archive.content(entry).data() + index * sizeof(float), &element, sizeof(float));
}

// ---- files

TEST(Pt2BadFile, Missing) {
  const Result<ir::Graph> graph = read_pt2(std::filesystem::path("no/such.pt2"), {});
  ASSERT_FALSE(graph.ok());
  EXPECT_EQ(graph.error().kind, ErrorKind::InvalidInput);
  EXPECT_EQ(to_string(graph.error()), "error: no/such.pt2: no such file");
}

TEST(Pt2BadFile, Folder) {
  const Result<ir::Graph> graph = read_pt2(std::filesystem::path("/"), {});
  ASSERT_FALSE(graph.ok());
  EXPECT_EQ(to_string(graph.error()), "error: /: is a folder, not a file");
}

TEST(Pt2BadFile, NotAZip) {
  EXPECT_EQ(invalid(to_bytes("import torch")), "error: net.pt2: not a ZIP archive");
  EXPECT_EQ(invalid(std::span<const std::byte>()), "error: net.pt2: the file is empty");
}

TEST(Pt2BadFile, ForeignZip) {
  EXPECT_EQ(invalid(tiny_cnn().remove(model_json)),
            "error: net.pt2: the ZIP archive holds no models/model.json; a .pt2 file, as torch.export.save writes it");
}

TEST(Pt2BadFile, PickledModule) {
  PatchedArchive archive = tiny_cnn();
  archive.remove(model_json).rename("archive_format", "data.pkl");
  EXPECT_EQ(invalid(archive),
            "error: net.pt2: was written by torch.save or torch.jit.save; a .pt2 file, as torch.export.save writes it\n"
            "hint: torch.export.save(torch.export.export(model.eval(), (example_input,)), \"model.pt2\")");
}

TEST(Pt2BadFile, TruncatedZip) {
  const Result<std::vector<std::byte>> whole = base::read_file(test_data("models/tiny_cnn.pt2"));
  ASSERT_TRUE(whole.ok());
  for (const std::size_t size : {std::size_t{4}, whole->size() / 3, whole->size() - 1}) {
    EXPECT_THAT(invalid(std::span(*whole).first(size)),
                HasSubstr("error: net.pt2: the ZIP archive is truncated or damaged"))
        << size;
  }
}

TEST(Pt2BadFile, FlippedBit) {
  PatchedArchive archive = tiny_cnn();
  std::vector<std::byte> bytes = archive.bytes();
  const std::vector<std::byte> weight = archive.content("data/weights/weight_0");
  const auto position = std::search(bytes.begin(), bytes.end(), weight.begin(), weight.end());
  ASSERT_NE(position, bytes.end());
  *position ^= std::byte{4};
  EXPECT_EQ(invalid(bytes), "error: net.pt2: data/weights/weight_0: is damaged: CRC error");
}

TEST(Pt2BadFile, BigEndian) {
  EXPECT_EQ(invalid(tiny_cnn().set("byteorder", to_bytes("big"))),
            "error: net.pt2: the file's tensors are not little-endian; a file saved on a little-endian machine");
}

// ---- JSON

TEST(Pt2BadJson, Malformed) {
  // What follows is the JSON library's own description.
  EXPECT_THAT(invalid(tiny_cnn().set(model_json, to_bytes("{\"graph_module\": "))),
              StartsWith("error: net.pt2: models/model.json: is not valid JSON: "));
}

TEST(Pt2BadJson, Empty) {
  EXPECT_EQ(invalid(tiny_cnn().set(model_json, {})), "error: net.pt2: models/model.json: is empty");
}

TEST(Pt2BadJson, MissingField) {
  EXPECT_EQ(invalid(tiny_cnn().replace(model_json, "\"signature\"", "\"signaturf\"")),
            "error: net.pt2: models/model.json: field 'graph_module.signature' is missing");
  EXPECT_EQ(invalid(tiny_cnn().replace(model_json, "\"target\"", "\"targex\"")),
            "error: net.pt2: models/model.json: field 'graph_module.graph.nodes[0].target' is missing");
}

TEST(Pt2BadJson, WrongType) {
  EXPECT_EQ(
      invalid(tiny_cnn().replace(model_json, "\"as_ints\": [1, 1]", "\"as_ints\": 7")),
      "error: net.pt2: models/model.json: field 'graph_module.graph.nodes[0].inputs[3].arg.as_ints' is not a list");
  EXPECT_EQ(invalid(tiny_cnn().replace(model_json, "\"as_ints\": [1, 1]", "\"as_ints\": [1, 9223372036854775808]")),
            "error: net.pt2: models/model.json: field 'graph_module.graph.nodes[0].inputs[3].arg.as_ints[1]' is not an "
            "integer of 64 bits");
}

TEST(Pt2BadJson, NestedTooDeeply) {
  const std::string deep = "{\"a\": " + std::string(5000, '[') + std::string(5000, ']') + "}";
  EXPECT_THAT(invalid(tiny_cnn().set(model_json, to_bytes(deep))),
              StartsWith("error: net.pt2: models/model.json: is not valid JSON: "));
}

TEST(Pt2BadJson, OtherSchemaVersion) {
  EXPECT_EQ(unsupported(tiny_cnn().replace(model_json, "\"major\": 8", "\"major\": 9")),
            "error: net.pt2: models/model.json: the export schema has version 9; version 8, as torch 2.13 writes it");
}

// ---- weights

TEST(Pt2BadWeights, FileShorterThanItsShape) {
  PatchedArchive archive = tiny_cnn();
  archive.content("data/weights/weight_0").resize(100);
  EXPECT_EQ(
      invalid(archive),
      "error: net.pt2: c1.weight: data/weights/weight_0 has 100 bytes, but float32 of shape [8, 1, 3, 3] needs 288");
}

TEST(Pt2BadWeights, FileMissing) {
  EXPECT_EQ(invalid(tiny_cnn().remove("data/weights/weight_0")),
            "error: net.pt2: data/weights/weight_0: is missing from the archive");
}

TEST(Pt2BadWeights, NotListed) {
  EXPECT_EQ(invalid(tiny_cnn().replace(weights_config, "\"c1.weight\"", "\"c1.height\"")),
            "error: net.pt2: c1.weight: is not listed in data/weights/model_weights_config.json");
}

TEST(Pt2BadWeights, NotANumber) {
  PatchedArchive archive = tiny_cnn();
  set_element(archive, "data/weights/weight_0", 5, std::numeric_limits<float>::quiet_NaN());
  EXPECT_EQ(invalid(archive), "error: net.pt2: c1.weight: holds NaN; finite numbers");
}

TEST(Pt2BadWeights, Infinite) {
  PatchedArchive archive = tiny_cnn();
  set_element(archive, "data/weights/weight_1", 0, std::numeric_limits<float>::infinity());
  EXPECT_EQ(invalid(archive),
            "error: net.pt2: c1.bias: holds an infinite number, or one too large for float32; finite numbers");
}

TEST(Pt2BadWeights, WindowBeyondTheStorage) {
  EXPECT_THAT(invalid(tiny_cnn().replace(weights_config, "\"storage_offset\": {\"as_int\": 0}",
                                         "\"storage_offset\": {\"as_int\": 9223372036854775807}")),
              HasSubstr("error: net.pt2: c1.weight: data/weights/weight_0 has 288 bytes, but float32 of shape "
                        "[8, 1, 3, 3] needs more than any file"));
  EXPECT_EQ(invalid(tiny_cnn().replace(weights_config, "{\"as_int\": 9}", "{\"as_int\": -9}")),
            "error: net.pt2: c1.weight: has sizes, strides or an offset that make no tensor");
}

TEST(Pt2BadWeights, TooManyElements) {
  PatchedArchive archive = tiny_cnn();
  archive.replace(weights_config, "\"sizes\": [{\"as_int\": 8}, {\"as_int\": 1}",
                  "\"sizes\": [{\"as_int\": 1000000}, {\"as_int\": 1000000}");
  EXPECT_EQ(invalid(archive),
            "error: net.pt2: c1.weight: has shape [1000000, 1000000, 3, 3], which is too large; 268435456 elements");
}

TEST(Pt2BadWeights, ManyElementsOutOfFewBytes) {
  PatchedArchive archive = tiny_cnn();
  archive.replace(weights_config, "\"sizes\": [{\"as_int\": 8}, {\"as_int\": 1}",
                  "\"sizes\": [{\"as_int\": 10000000}, {\"as_int\": 1}");
  archive.replace(weights_config, "\"strides\": [{\"as_int\": 9}", "\"strides\": [{\"as_int\": 0}");
  EXPECT_EQ(invalid(archive),
            "error: net.pt2: c1.weight: has shape [10000000, 1, 3, 3], which is too large; 4194304 elements");
}

TEST(Pt2BadWeights, Pickled) {
  EXPECT_EQ(unsupported(tiny_cnn().replace(weights_config, "\"use_pickle\": false", "\"use_pickle\": true")),
            "error: net.pt2: c1.weight: is stored as a Python pickle; plain tensors\n"
            "hint: at zoo.py:26 in forward: x = s.pool(torch.relu(s.b1(s.c1(x)))); x = "
            "s.pool(torch.relu(s.b2(s.c2(x))))");
}

// ---- nodes

TEST(Pt2Unsupported, EveryOperatorIsListedAtOnce) {
  PatchedArchive archive = tiny_cnn();
  archive.replace(model_json, "torch.ops.aten.relu.default", "torch.ops.aten.erfinv.default");
  archive.replace(model_json, "torch.ops.aten.flatten.using_ints", "torch.ops.mylib.flat.default");
  const std::string line = "x = s.pool(torch.relu(s.b1(s.c1(x)))); x = s.pool(torch.relu(s.b2(s.c2(x))))";
  EXPECT_EQ(
      unsupported(archive),
      "error: net.pt2: relu: operator aten.erfinv.default is not supported; at zoo.py:26 in forward: " + line +
          "\nerror: net.pt2: flatten: operator mylib.flat.default is not supported; at zoo.py:27 in forward: return "
          "s.fc(torch.flatten(x, 1))");
}

TEST(Pt2Unsupported, TrainingMode) {
  PatchedArchive archive = tiny_cnn();
  archive.replace(model_json, R"("name": "training", "arg": {"as_bool": false})",
                  R"("name": "training", "arg": {"as_bool": true})");
  EXPECT_THAT(unsupported(archive),
              HasSubstr("error: net.pt2: batch_norm: batch norm runs in training mode; evaluation mode\n"
                        "hint: call model.eval() before torch.export.export, at zoo.py:26 in forward"));
}

TEST(Pt2Unsupported, AStateOfIntegers) {
  PatchedArchive archive("reader/decomposed_buffer_mutation.pt2");
  archive.replace(model_json, R"("b_calls": {"dtype": 7)", R"("b_calls": {"dtype": 5)");
  EXPECT_THAT(unsupported(archive),
              HasSubstr("calls: the model changes this buffer of type int64; states of a float type"));
}

TEST(Pt2Unsupported, ViewChangedInPlaceAndBaseUsedLater) {
  // y.view(1, -1).relu_() becomes a change of a transposed view, whose base the second convolution reads.
  PatchedArchive archive("reader/inplace_through_view.pt2");
  archive.replace(model_json, "torch.ops.aten.view.default", "torch.ops.aten.expand.default");
  archive.replace(model_json, "\"as_ints\": [1, -1]", "\"as_ints\": [1, 4, 8, 8]");
  archive.replace_all(model_json, R"("sizes": [{"as_int": 1}, {"as_int": 256}])",
                      R"("sizes": [{"as_int": 1}, {"as_int": 4}, {"as_int": 8}, {"as_int": 8}])");
  EXPECT_THAT(unsupported(archive),
              HasSubstr("relu_: 'view' is changed in place, and 'conv2d', which shares its memory, is used later; "
                        "in-place operators on whole tensors"));
}

TEST(Pt2BadNode, UndefinedName) {
  EXPECT_EQ(invalid(tiny_cnn().replace(model_json, R"({"name": "input", "arg": {"as_tensor": {"name": "x"}})",
                                       R"({"name": "input", "arg": {"as_tensor": {"name": "y"}})")),
            "error: net.pt2: conv2d: 'y' is used, but no input or earlier node defines it");
}

TEST(Pt2BadNode, MissingArgument) {
  EXPECT_EQ(invalid(tiny_cnn().replace(model_json,
                                       R"({"name": "input", "arg": {"as_tensor": {"name": "x"}}, "kind": 1}, )", "")),
            "error: net.pt2: conv2d: argument 'input' is missing; a tensor");
}

TEST(Pt2BadNode, UnknownArgument) {
  EXPECT_THAT(
      unsupported(tiny_cnn().replace(model_json, R"("name": "stride", "arg")", R"("name": "output", "arg")")),
      StartsWith("error: net.pt2: conv2d: argument 'output' of aten.conv2d.default is not known; at zoo.py:26"));
}

TEST(Pt2BadNode, WrongArgumentType) {
  EXPECT_EQ(invalid(tiny_cnn().replace(model_json, "\"as_ints\": [1, 1]", "\"as_string\": \"same\"")),
            "error: net.pt2: conv2d: argument 'stride' is of another type; a list of integers");
}

TEST(Pt2BadNode, ShapeOtherThanTheFileStates) {
  PatchedArchive archive = tiny_cnn();
  archive.replace(model_json, "\"as_ints\": [1, 1]", "\"as_ints\": [2, 2]");
  EXPECT_EQ(invalid(archive),
            "error: net.pt2: conv2d: the result has shape [1, 8, 14, 14]; [1, 8, 28, 28], as the file states");
}

TEST(Pt2BadNode, HugeStride) {
  PatchedArchive archive = tiny_cnn();
  archive.replace(model_json, "\"as_ints\": [1, 1]", "\"as_ints\": [9223372036854775807, 1]");
  EXPECT_EQ(invalid(archive), "error: net.pt2: conv2d: argument 'stride' is 9223372036854775807; less than 2^31");
}

TEST(Pt2BadInput, OfBytes) {
  PatchedArchive archive = tiny_cnn();
  archive.replace(model_json, R"("x": {"dtype": 7)", R"("x": {"dtype": 1)");
  EXPECT_EQ(unsupported(archive),
            "error: net.pt2: x: the input has type uint8; float types, int64 and int32\n"
            "hint: export with the input as float32: the compiled model takes int8 codes of it");
}

// ---- batch

TEST(Pt2BadBatch, OutOfTheExportedRange) {
  EXPECT_EQ(invalid(PatchedArchive("models/tiny_cnn_dynbatch.pt2"), {.batch = 65}),
            "error: net.pt2: x: batch 65 is outside of the range that the model was exported for; 1 to 64");
  EXPECT_EQ(invalid(PatchedArchive("models/tiny_cnn_dynbatch.pt2"), {.batch = 0}),
            "error: net.pt2: batch 0; 1 or more");
}

TEST(Pt2BadBatch, OtherThanTheFixedOne) {
  EXPECT_EQ(invalid(tiny_cnn(), {.batch = 4}),
            "error: net.pt2: x: batch 4 was asked for, but the model was exported for batch 1; batch 1\n"
            "hint: export with dynamic_shapes and torch.export.Dim for a model of any batch");
}

TEST(Pt2BadBatch, HugeSize) {
  PatchedArchive archive = tiny_cnn();
  archive.replace_all(model_json, R"("sizes": [{"as_int": 1}, {"as_int": 1}, {"as_int": 28}, {"as_int": 28}])",
                      R"("sizes": [{"as_int": 4611686018427387904}, {"as_int": 1}, {"as_int": 28}, {"as_int": 28}])");
  EXPECT_EQ(unsupported(archive),
            "error: net.pt2: x: a tensor of shape [4611686018427387904, 1, 28, 28]; fewer than 2^31 elements");
}

}  // namespace
}  // namespace pudu::frontends
