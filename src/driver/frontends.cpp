#include "driver/frontends.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "frontends/pt2/pt2_reader.hpp"
#include "frontends/tflite/tflite_reader.hpp"

namespace pudu::driver {
namespace {

struct Frontend {
  std::string_view extension;
  std::string_view writes;  ///< what makes such files, for messages
  bool may_be_quantized;
  bool is_nhwc;
  Result<ir::Graph> (*read)(const std::filesystem::path& file, std::optional<std::int64_t> batch);
};

/// One line per frontend.
constexpr std::array frontend_table = {
    Frontend{".pt2", "torch.export.save", true, false,
             [](const std::filesystem::path& file, std::optional<std::int64_t> batch) {
               return frontends::read_pt2(file, frontends::Pt2Options{.batch = batch});
             }},
    Frontend{".tflite", "TensorFlow Lite's converter", true, true,
             [](const std::filesystem::path& file, std::optional<std::int64_t> batch) -> Result<ir::Graph> {
               if (batch) {
                 return usage_error({.where = "--batch",
                                     .found = "the batch of a .tflite model is fixed",
                                     .allowed = "models of .pt2 files with a dynamic batch"});
               }
               return frontends::read_tflite(file);
             }},
};

const Frontend* find_frontend(const std::filesystem::path& file) {
  const auto* const found = std::find_if(frontend_table.begin(), frontend_table.end(), [&](const Frontend& frontend) {
    return file.extension() == frontend.extension;
  });
  return found == frontend_table.end() ? nullptr : found;
}

/// How to come by a file that can be read, from one of a kind that is often tried.
std::string_view kind_hint(const std::filesystem::path& file) {
  struct Kind {
    std::string_view extension, hint;
  };
  constexpr std::string_view from_python =
      "in Python: torch.export.save(torch.export.export(model.eval(), (example_input,)), \"model.pt2\")";
  constexpr std::string_view from_origin =
      "export the PyTorch network itself: torch.export.save(torch.export.export(model.eval(), (example_input,)), "
      "\"model.pt2\")";
  constexpr std::string_view from_keras =
      "tf.lite.TFLiteConverter with a representative_dataset makes an int8 .tflite of it";
  constexpr std::array kinds = {
      Kind{".pt", from_python},   Kind{".pth", from_python}, Kind{".ckpt", from_python},
      Kind{".bin", from_python},  Kind{".ptl", from_python}, Kind{".safetensors", from_python},
      Kind{".onnx", from_origin}, Kind{".h5", from_keras},   Kind{".keras", from_keras},
      Kind{".pb", from_keras},    Kind{".hdf5", from_keras},
  };
  const auto* const found =
      std::find_if(kinds.begin(), kinds.end(), [&](const Kind& kind) { return file.extension() == kind.extension; });
  return found == kinds.end() ? std::string_view() : found->hint;
}

/// The reader of a file that is there and whose name says what it is.
Result<const Frontend*> frontend_of(const std::filesystem::path& file) {
  std::error_code code;
  if (!std::filesystem::exists(file, code)) return invalid_input({.file = file.string(), .found = "no such file"});
  if (std::filesystem::is_directory(file, code)) {
    return invalid_input({.file = file.string(),
                          .found = "is a folder",
                          .allowed = "a model file",
                          .hint = "`pudu run`, `bench` and `inspect` take compiled folders"});
  }
  if (const Frontend* frontend = find_frontend(file)) return frontend;
  std::string allowed;
  for (const Frontend& frontend : frontend_table) {
    if (!allowed.empty()) allowed += " or ";
    allowed += std::string(frontend.extension) + " (" + std::string(frontend.writes) + ")";
  }
  const std::string extension = file.extension().string();
  return invalid_input({.file = file.string(),
                        .found = extension.empty() ? "has no extension, which tells the kind of model"
                                                   : "unknown kind of model '" + extension + "'",
                        .allowed = "a model file ending in " + allowed,
                        .hint = std::string(kind_hint(file))});
}

}  // namespace

Result<ir::Graph> read_model(const std::filesystem::path& file, std::optional<std::int64_t> batch) {
  PUDU_TRY_ASSIGN(const Frontend* const frontend, frontend_of(file));
  return frontend->read(file, batch);
}

bool is_quantized(const ir::Graph& graph) {
  return std::any_of(graph.values().begin(), graph.values().end(),
                     [](const ir::Value& value) { return value.quant.has_value(); });
}

Result<bool> is_quantized_model(const std::filesystem::path& file) {
  PUDU_TRY_ASSIGN(const Frontend* const frontend, frontend_of(file));
  if (!frontend->may_be_quantized) return false;
  PUDU_TRY_ASSIGN(const ir::Graph graph, frontend->read(file, std::nullopt));
  return is_quantized(graph);
}

bool is_nhwc_model(const std::filesystem::path& file) {
  const Frontend* frontend = find_frontend(file);
  return frontend != nullptr && frontend->is_nhwc;
}

}  // namespace pudu::driver
