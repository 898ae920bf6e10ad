// The entries of a .pt2 archive by their role. Every entry stands below one root folder, whose name is that of the file
// when it was saved; the model's own name is "model" unless torch's package_pt2 was given another.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "frontends/zip/zip_archive.hpp"

namespace pudu::frontends {

class ModelArchive {
 public:
  /// Finds the model in an archive, whose bytes must outlive the result. InvalidInput when this is no .pt2 file, holds
  /// several models, or is big-endian; Unsupported for the format of older torch versions.
  static Result<ModelArchive> open(std::span<const std::byte> archive);

  std::string model_json_name() const { return "models/" + model_name_ + ".json"; }
  std::string weights_config_name() const { return "data/weights/" + model_name_ + "_weights_config.json"; }
  std::string constants_config_name() const { return "data/constants/" + model_name_ + "_constants_config.json"; }

  bool contains(std::string_view name) const { return index_by_name_.find(name) != index_by_name_.end(); }
  /// The entry `name`, relative to the root. InvalidInput when it is missing or damaged; `where` is the entry's name.
  Result<std::vector<std::byte>> read(std::string_view name);

 private:
  explicit ModelArchive(ZipReader zip) : zip_(std::move(zip)) {}
  Status find_model();
  Status check_byte_order();

  ZipReader zip_;
  std::map<std::string, std::size_t, std::less<>> index_by_name_;  ///< names relative to the root
  std::string model_name_;
};

}  // namespace pudu::frontends
