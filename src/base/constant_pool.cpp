#include "base/constant_pool.hpp"

namespace pudu::base {

std::string ConstantWriter::add(const SharedBytes& data) {
  const auto [place, is_new] = offsets_.try_emplace(data.get(), bytes_.size());
  if (is_new) bytes_.insert(bytes_.end(), data->begin(), data->end());
  return "@" + std::to_string(place->second) + "+" + std::to_string(data->size());
}

Result<SharedBytes> ConstantReader::read(TextCursor& cursor) {
  PUDU_TRY(cursor.expect("@"));
  PUDU_TRY_ASSIGN(const auto offset, cursor.integer("an offset into the constants", 0));
  PUDU_TRY(cursor.expect("+"));
  PUDU_TRY_ASSIGN(const auto count, cursor.integer("a number of bytes", 0));
  const std::pair place{static_cast<std::size_t>(offset), static_cast<std::size_t>(count)};
  const auto earlier = known_.find(place);
  if (earlier != known_.end()) return earlier->second;

  const std::string shown = "@" + std::to_string(offset) + "+" + std::to_string(count);
  if (place.first != end_) {
    return cursor.fault("constant at " + shown,
                        "the next one is at @" + std::to_string(end_) + ", or it is the place of an earlier one");
  }
  if (place.second > bytes_.size() - end_) {
    return cursor.fault("constant at " + shown, "there are " + std::to_string(bytes_.size()) + " bytes of constants");
  }
  const auto content = bytes_.subspan(place.first, place.second);
  auto data = std::make_shared<const std::vector<std::byte>>(content.begin(), content.end());
  end_ += place.second;
  known_.emplace(place, data);
  return SharedBytes(data);
}

Status ConstantReader::expect_all_read() const {
  if (end_ == bytes_.size()) return {};
  return invalid_input({.file = "",
                        .where = "constants",
                        .found = std::to_string(bytes_.size()) + " bytes",
                        .allowed = "the text refers to the first " + std::to_string(end_) + " only",
                        .hint = ""});
}

}  // namespace pudu::base
