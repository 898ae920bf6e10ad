#include "frontends/pt2/pt2_reader.hpp"

#include <exception>
#include <new>
#include <utility>
#include <vector>

#include "base/files.hpp"
#include "frontends/pt2/graph_builder.hpp"
#include "frontends/pt2/model_archive.hpp"
#include "frontends/pt2/model_json.hpp"
#include "frontends/pt2/program_importer.hpp"
#include "frontends/pt2/subgraphs.hpp"
#include "frontends/pt2/symbols.hpp"
#include "frontends/pt2/tensor_store.hpp"

namespace pudu::frontends {

namespace {

Result<ir::Graph> read_archive(std::span<const std::byte> bytes, const std::string& graph_name,
                               const Pt2Options& options) {
  PUDU_TRY_ASSIGN(ModelArchive archive, ModelArchive::open(bytes));
  const std::string entry = archive.model_json_name();
  PUDU_TRY_ASSIGN(const std::vector<std::byte> text, archive.read(entry));
  PUDU_TRY_ASSIGN(ExportedProgram program, parse_model_json(text, entry));
  inline_subgraphs(program);
  PUDU_TRY_ASSIGN(TensorStore store, TensorStore::open(archive));
  PUDU_TRY_ASSIGN(SymbolValues symbols, choose_symbols(program, options.batch));
  const SizeEvaluator sizes(std::move(symbols), options.batch);
  return import_program(program, store, sizes, graph_name);
}

}  // namespace

Result<ir::Graph> read_pt2(std::span<const std::byte> bytes, const std::string& file_name, const Pt2Options& options) {
  const std::string graph_name = to_identifier(std::filesystem::path(file_name).stem().string());
  try {
    Result<ir::Graph> graph = read_archive(bytes, graph_name, options);
    if (!graph) return std::move(graph).error().in_file(file_name);
    return graph;
  } catch (const std::bad_alloc&) {
    return invalid_input({file_name, "", "the model needs more memory than there is", "", ""});
  } catch (const std::exception& failure) {
    return internal_error({file_name, "", failure.what(), "", ""});
  }
}

Result<ir::Graph> read_pt2(const std::filesystem::path& file, const Pt2Options& options) {
  PUDU_TRY_ASSIGN(const std::vector<std::byte> bytes, base::read_file(file));
  return read_pt2(bytes, file.string(), options);
}

}  // namespace pudu::frontends
