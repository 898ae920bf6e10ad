#include "frontends/tflite/tflite_reader.hpp"

#include <exception>
#include <new>
#include <utility>
#include <vector>

#include "base/files.hpp"
#include "frontends/common/checks.hpp"
#include "frontends/tflite/file.hpp"
#include "frontends/tflite/model_importer.hpp"

namespace pudu::frontends {
namespace {

Result<ir::Graph> read(std::span<const std::byte> bytes, const std::string& graph_name) {
  PUDU_TRY_ASSIGN(const tflite::File file, tflite::File::open(bytes));
  return tflite::import_model(file, graph_name);
}

}  // namespace

Result<ir::Graph> read_tflite(std::span<const std::byte> bytes, const std::string& file_name) {
  const std::string graph_name = to_identifier(std::filesystem::path(file_name).stem().string());
  try {
    Result<ir::Graph> graph = read(bytes, graph_name);
    if (!graph) return std::move(graph).error().in_file(file_name);
    return graph;
  } catch (const std::bad_alloc&) {
    return invalid_input({.file = file_name, .found = "the model needs more memory than there is"});
  } catch (const std::exception& failure) {
    return internal_error({.file = file_name, .found = failure.what()});
  }
}

Result<ir::Graph> read_tflite(const std::filesystem::path& file) {
  PUDU_TRY_ASSIGN(const std::vector<std::byte> bytes, base::read_file(file));
  return read_tflite(bytes, file.string());
}

}  // namespace pudu::frontends
