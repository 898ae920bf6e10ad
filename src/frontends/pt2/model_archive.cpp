#include "frontends/pt2/model_archive.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace pudu::frontends {

namespace {

constexpr std::string_view models_folder = "models/";
constexpr std::string_view json_suffix = ".json";

Error archive_error(std::string found, std::string allowed, std::string hint = {}) {
  return invalid_input({"", "", std::move(found), std::move(allowed), std::move(hint)});
}

/// "tiny_cnn" and "model" of "tiny_cnn/models/model.json".
struct ModelEntry {
  std::string root;
  std::string model;
};

std::optional<ModelEntry> parse_model_entry(std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const std::string_view rest = name.substr(slash + 1);
  if (!rest.starts_with(models_folder) || !rest.ends_with(json_suffix)) return std::nullopt;
  const std::string_view file = rest.substr(models_folder.size());
  if (file.size() <= json_suffix.size() || file.find('/') != std::string_view::npos) return std::nullopt;
  return ModelEntry{std::string(name.substr(0, slash + 1)),
                    std::string(file.substr(0, file.size() - json_suffix.size()))};
}

}  // namespace

Result<ModelArchive> ModelArchive::open(std::span<const std::byte> archive) {
  PUDU_TRY_ASSIGN(ZipReader zip, ZipReader::open(archive));
  ModelArchive result(std::move(zip));
  PUDU_TRY(result.find_model());
  PUDU_TRY(result.check_byte_order());
  return result;
}

Status ModelArchive::find_model() {
  std::optional<ModelEntry> found;
  bool is_old_format = false, is_pickle = false;
  for (const ZipEntry& entry : zip_.entries()) {
    if (entry.name.ends_with("serialized_exported_program.json")) is_old_format = true;
    if (entry.name.ends_with("data.pkl")) is_pickle = true;
    std::optional<ModelEntry> model = parse_model_entry(entry.name);
    if (!model) continue;
    if (found) {
      return archive_error(fmt::format("the archive holds several models: '{}' and '{}'", found->model, model->model),
                           "one model in a file");
    }
    found = std::move(model);
  }
  if (!found && is_old_format) {
    return unsupported({"", "", "the file is in the format of an older torch", "the format of torch 2.13",
                        "load and save it again with torch.export.load and torch.export.save of a newer torch"});
  }
  if (!found && is_pickle) {
    return invalid_input(
        {.found = "was written by torch.save or torch.jit.save",
         .allowed = "a .pt2 file, as torch.export.save writes it",
         .hint = "torch.export.save(torch.export.export(model.eval(), (example_input,)), \"model.pt2\")"});
  }
  if (!found) {
    return archive_error("the ZIP archive holds no models/model.json", "a .pt2 file, as torch.export.save writes it");
  }
  model_name_ = std::move(found->model);
  for (std::size_t index = 0; index < zip_.entries().size(); ++index) {
    const std::string& name = zip_.entries()[index].name;
    if (name.starts_with(found->root)) index_by_name_.emplace(name.substr(found->root.size()), index);
  }
  return {};
}

Status ModelArchive::check_byte_order() {
  if (!contains("byteorder")) return {};
  PUDU_TRY_ASSIGN(const std::vector<std::byte> content, read("byteorder"));
  const std::string_view order(reinterpret_cast<const char*>(content.data()), content.size());
  if (order.starts_with("little")) return {};
  return archive_error("the file's tensors are not little-endian", "a file saved on a little-endian machine");
}

Result<std::vector<std::byte>> ModelArchive::read(std::string_view name) {
  const auto found = index_by_name_.find(name);
  if (found == index_by_name_.end()) {
    return invalid_input({"", std::string(name), "is missing from the archive", "", ""});
  }
  Result<std::vector<std::byte>> content = zip_.read(found->second);
  if (content) return content;
  Error error = std::move(content).error();
  for (Diagnostic& diagnostic : error.diagnostics) diagnostic.where = name;  // without the root
  return error;
}

}  // namespace pudu::frontends
