// The folder in which the error cases run: sound models and data, and broken ones made from them.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/files.hpp"
#include "base/npy.hpp"
#include "e2e/cli_error_cases.hpp"
#include "frontends/numpy/npz.hpp"
#include "frontends/pt2/testing/patched_archive.hpp"
#include "support/models.hpp"

namespace pudu::testing {
namespace {

namespace fs = std::filesystem;
using frontends::testing::PatchedArchive;

constexpr const char* tiny_cnn = "models/tiny_cnn.pt2";

void write_bytes(const fs::path& file, const std::vector<std::byte>& bytes) {
  ASSERT_TRUE(base::write_file(file, bytes).ok());
}

void write_array(const fs::path& file, const base::Array& array) {
  ASSERT_TRUE(base::write_npy(file, array).ok());
}

base::Array zeros(std::vector<std::int64_t> shape, base::ArrayType type = base::ArrayType::Float32) {
  base::Array array{type, std::move(shape), {}};
  array.bytes.resize(static_cast<std::size_t>(array.elements()) * base::size_in_bytes(type));
  return array;
}

base::Array with_element(base::Array array, std::size_t index, float value) {
  std::memcpy(array.bytes.data() + index * sizeof value, &value, sizeof value);
  return array;
}

/// The first weight of the network becomes NaN.
std::vector<std::byte> with_nan_weight() {
  PatchedArchive archive(tiny_cnn);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(archive.content("data/weights/weight_0").data(), &nan, sizeof nan);
  return archive.bytes();
}

std::vector<std::byte> with_short_weights() {
  PatchedArchive archive(tiny_cnn);
  std::vector<std::byte>& weights = archive.content("data/weights/weight_0");
  weights.resize(weights.size() - 4);
  return archive.bytes();
}

/// Broken model files, each from a sound one.
void write_models(const CliWorkspace& work) {
  work.copy(test_data(tiny_cnn), "tiny.pt2");
  work.copy(test_data("models/tiny_cnn_dynbatch.pt2"), "dynamic.pt2");
  work.copy(test_data("reader/unsupported_operators.pt2"), "unsupported.pt2");
  work.copy(test_data("reader/two_inputs_two_outputs.pt2"), "two.pt2");
  work.copy(test_data("reader/two_inputs_two_outputs.npz"), "two.npz");
  const std::string sound = read_text(work.path("tiny.pt2"));
  write_text(work.path("truncated.pt2"), sound.substr(0, sound.size() / 2));
  write_text(work.path("text.pt2"), "this is no archive\n");
  write_text(work.path("empty.pt2"), "");
  write_bytes(work.path("field.pt2"),
              PatchedArchive(tiny_cnn).replace("models/model.json", "\"graph_module\"", "\"graph_nodule\"").bytes());
  write_bytes(work.path("short.pt2"), with_short_weights());
  write_bytes(work.path("nan.pt2"), with_nan_weight());
  write_text(work.path("net.onnx"), "");
  write_text(work.path("net.h5"), "");
  write_text(work.path("net"), "");
}

void write_data(const CliWorkspace& work) {
  work.copy(test_data("models/tiny_cnn.calib0.npy"), "calib.npy");
  write_array(work.path("rgb.npy"), zeros({2, 3, 28, 28}));
  write_array(work.path("gray.npy"), zeros({2, 28, 28}));
  write_array(work.path("first.npy"), zeros({5, 4, 8, 8}));
  write_array(work.path("second.npy"), zeros({5, 4}));
  EXPECT_TRUE(frontends::write_npz(work.path("last.npz"), {{"in0", zeros({5, 8, 8, 4})}, {"in1", zeros({5, 4})}}).ok());
  write_array(work.path("double.npy"), zeros({2, 1, 28, 28}, base::ArrayType::Float64));
  write_array(work.path("codes.npy"), zeros({2, 1, 28, 28}, base::ArrayType::Int8));
  write_array(work.path("none.npy"), zeros({0, 1, 28, 28}));
  write_array(work.path("nan.npy"), with_element(zeros({2, 1, 28, 28}), 800, NAN));
  write_array(work.path("infinite.npy"), with_element(zeros({2, 1, 28, 28}), 3, INFINITY));
  EXPECT_TRUE(frontends::write_npz(work.path("names.npz"), {{"images", zeros({2, 1, 28, 28})}}).ok());
  write_array(work.path("labels3.npy"), zeros({3}, base::ArrayType::Int64));
  write_array(work.path("labels_one_hot.npy"), zeros({4, 10}, base::ArrayType::Int64));
  base::Array beyond = zeros({4}, base::ArrayType::Int32);
  std::fill(beyond.bytes.begin(), beyond.bytes.end(), std::byte{1});
  write_array(work.path("labels_beyond.npy"), beyond);
  write_array(work.path("scores.npy"), zeros({4}));
  write_text(work.path("text.npy"), "0.1 0.2 0.3\n");
  write_text(work.path("text.npz"), "0.1 0.2 0.3\n");
  write_text(work.path("small.txt"), "dtcm ram 1K\n");
  write_text(work.path("wrong.txt"), "dtcm ram 1K\nsram rom 2K\n");
}

/// Compiled folders, sound and broken.
void write_folders(const CliWorkspace& work) {
  work.pudu_ok("compile tiny.pt2 --calibration calib.npy -o tiny");
  work.pudu_ok("compile two.pt2 --calibration two_calibration.npz -o two");
  work.pudu_ok("compile tiny.pt2 --calibration calib.npy --io float32 -o float");
  work.pudu_ok("compile tiny.pt2 --calibration calib.npy --memory streamed -o streamed");
  work.pudu_ok("compile tiny.pt2 --calibration calib.npy --feed rows -o fed");
  work.pudu_ok("compile tiny.pt2 --calibration calib.npy --memory layerwise --disable-pass prepare -o unprepared");
  work.copy(work.path("tiny"), "damaged");
  std::string model = read_text(work.path("damaged/model.pudu"));
  model[model.size() / 2] = static_cast<char>(model[model.size() / 2] ^ 1);
  write_text(work.path("damaged/model.pudu"), model);
  write_text(work.path("cut/model.pudu"), read_text(work.path("tiny/model.pudu")).substr(0, 25));
  write_text(work.path("foreign/model.pudu"), "hello\n");
  write_text(work.path("photos/holiday.txt"), "a user's file\n");
  write_text(work.path("project/CMakeLists.txt"), "project(firmware)\n");
  write_text(work.path("project/model.hpp"), "");
  write_text(work.path("tested/report.html"), "<title>report.html of a test runner</title>\n");
  write_text(work.path("exported/model.pte"), "ET12, of another compiler");
  write_text(work.path("sketches/README.md"), "# Sketches\n");
  work.copy(work.path("tiny"), "mine");
  write_text(work.path("mine/notes.txt"), "a user's file\n");
  fs::create_directories(work.path("blocked/model.cpp"));
  fs::create_directories(work.path("folder.npy"));
  fs::create_directories(work.path("reportless"));
  work.copy(work.path("tiny/model.pudu"), "reportless/model.pudu");
  fs::create_directories(work.path("reported"));
  work.copy(work.path("tiny/model.pudu"), "reported/model.pudu");
  write_text(work.path("reported/report.json"), "{\"colour\": \"green\"}\n");
}

std::string replaced(std::string text, const std::string& placeholder, const std::string& value) {
  for (std::size_t at = text.find(placeholder); at != std::string::npos; at = text.find(placeholder, at)) {
    text.replace(at, placeholder.size(), value);
  }
  return text;
}

/// The number in a field of the report of a compiled folder.
std::string reported(const CliWorkspace& work, const std::string& folder, const std::string& field) {
  const std::string report = read_text(work.path(folder + "/report.json"));
  const std::size_t begin = report.find(": ", report.find('"' + field + '"')) + 2;
  return report.substr(begin, report.find_first_not_of("0123456789", begin) - begin);
}

}  // namespace

const CliWorkspace& error_workspace() {
  static const CliWorkspace work;
  static const bool filled = [] {
    write_models(work);
    write_data(work);
    auto arrays = frontends::read_npz(work.path("two.npz")).value();
    const frontends::NamedArrays calibration = {{"in0", arrays.at("calib0")}, {"in1", arrays.at("calib1")}};
    EXPECT_TRUE(frontends::write_npz(work.path("two_calibration.npz"), calibration).ok());
    write_folders(work);
    return true;
  }();
  EXPECT_TRUE(filled);
  return work;
}

std::string expected_message(const CliWorkspace& work, std::string message) {
  message = replaced(message, "{arena}", reported(work, "tiny", "arena_bytes"));
  message = replaced(message, "{constants}", reported(work, "tiny", "weights_bytes"));
  message = replaced(message, "{streamed}", reported(work, "streamed", "arena_bytes"));
  message = replaced(message, "{fed}", reported(work, "fed", "arena_bytes"));
  message = replaced(message, "{unprepared}", reported(work, "unprepared", "arena_bytes"));
  return replaced(message, "{folder}", work.path().string()) + "\n";
}

}  // namespace pudu::testing
