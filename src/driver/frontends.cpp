#include "driver/frontends.hpp"

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
  Result<ir::Graph> (*read)(const std::filesystem::path& file, std::optional<std::int64_t> batch);
};

/// One line per frontend.
constexpr std::array frontend_table = {
    Frontend{".pt2", "torch.export.save",
             [](const std::filesystem::path& file, std::optional<std::int64_t> batch) {
               return frontends::read_pt2(file, frontends::Pt2Options{.batch = batch});
             }},
    Frontend{".tflite", "TensorFlow Lite's converter",
             [](const std::filesystem::path& file, std::optional<std::int64_t> batch) -> Result<ir::Graph> {
               if (batch) {
                 return usage_error({.where = "--batch",
                                     .found = "the batch of a .tflite model is fixed",
                                     .allowed = "models of .pt2 files with a dynamic batch"});
               }
               return frontends::read_tflite(file);
             }},
};

}  // namespace

Result<ir::Graph> read_model(const std::filesystem::path& file, std::optional<std::int64_t> batch) {
  std::error_code code;
  if (!std::filesystem::exists(file, code)) return invalid_input({.file = file.string(), .found = "no such file"});
  if (std::filesystem::is_directory(file, code)) {
    return invalid_input({.file = file.string(),
                          .found = "is a folder",
                          .allowed = "a model file",
                          .hint = "`pudu run`, `bench` and `inspect` take compiled folders"});
  }
  std::string allowed;
  for (const Frontend& frontend : frontend_table) {
    if (file.extension() == frontend.extension) return frontend.read(file, batch);
    if (!allowed.empty()) allowed += " or ";
    allowed += std::string(frontend.extension) + " (" + std::string(frontend.writes) + ")";
  }
  const std::string extension = file.extension().string();
  return invalid_input({.file = file.string(),
                        .found = extension.empty() ? "has no extension, which tells the kind of model"
                                                   : "unknown kind of model '" + extension + "'",
                        .allowed = "a model file ending in " + allowed});
}

}  // namespace pudu::driver
