// A JSON document whose readers report faults by the path of the field: "field 'graph_module.graph.nodes[3].name' is
// missing". A thin layer over simdjson, which bounds the nesting depth.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace pudu::frontends {

/// One value of a document; valid as long as the document lives.
class JsonValue {
 public:
  /// The member `key` of an object; InvalidInput when this is no object or has none.
  Result<JsonValue> field(std::string_view key) const;
  /// As field, but nothing when the member is missing or null.
  Result<std::optional<JsonValue>> optional_field(std::string_view key) const;

  Result<std::vector<JsonValue>> elements() const;
  Result<std::vector<std::pair<std::string, JsonValue>>> members() const;
  /// The one member of an object that stands for a union.
  Result<std::pair<std::string, JsonValue>> only_member() const;

  Result<std::string> text() const;
  Result<std::int64_t> integer() const;
  /// A number, or one of the texts "Infinity", "-Infinity", "NaN" that torch writes for the others.
  Result<double> real() const;
  Result<bool> boolean() const;
  bool is_null() const;

  /// An error that names this value.
  Error fault(std::string_view expected) const;

 private:
  friend class JsonDocument;
  JsonValue(const simdjson::dom::element& element, std::string entry, std::string path)
      : element_(element), entry_(std::move(entry)), path_(std::move(path)) {}
  JsonValue member(std::string_view key, const simdjson::dom::element& element) const;

  simdjson::dom::element element_;
  std::string entry_;
  std::string path_;
};

class JsonDocument {
 public:
  /// Parses UTF-8 text. `entry` names the document in errors.
  static Result<JsonDocument> parse(std::span<const std::byte> text, std::string_view entry);
  JsonValue root() const { return {root_, entry_, ""}; }

 private:
  JsonDocument() = default;

  std::unique_ptr<simdjson::dom::parser> parser_;  ///< owns what elements refer to
  simdjson::dom::element root_;
  std::string entry_;
};

}  // namespace pudu::frontends
