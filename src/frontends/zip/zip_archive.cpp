#include "frontends/zip/zip_archive.hpp"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace pudu::frontends {

namespace {

// Weights hardly shrink and JSON shrinks by 30 to 50; far beyond that, an entry is made to exhaust memory.
constexpr std::uint64_t max_entry_ratio = 100;
constexpr std::uint64_t max_archive_ratio = 32;
constexpr std::uint64_t free_entry_bytes = std::uint64_t{1} << 20;
constexpr std::uint64_t free_archive_bytes = std::uint64_t{1} << 24;
constexpr std::uint64_t max_entries = 100'000;

struct ZipError {
  zip_error_t value;
  ZipError() { zip_error_init(&value); }
  ~ZipError() { zip_error_fini(&value); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
  std::string text() { return zip_error_strerror(&value); }
};

struct FileCloser {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

Error archive_error(std::string found, std::string allowed = {}) {
  return invalid_input({"", "", std::move(found), std::move(allowed), ""});
}

Error entry_error(const ZipEntry& entry, std::string found) {
  return invalid_input({"", entry.name, std::move(found), "", ""});
}

/// What can be wrong before there is an archive.
Error damaged_archive(ZipError& error) {
  return archive_error(fmt::format("the ZIP archive is truncated or damaged ({})", error.text()));
}

/// One entry, unpacked from its beginning to where it has been read.
class EntryStream {
 public:
  EntryStream(std::shared_ptr<zip> archive, std::size_t index, ZipEntry entry)
      : archive_(std::move(archive)), index_(index), entry_(std::move(entry)) {}

  Status read(std::uint64_t offset, std::span<std::byte> target) {
    if (offset > entry_.unpacked_bytes || target.size() > entry_.unpacked_bytes - offset) {
      return entry_error(entry_, "ends before its size");
    }
    if (!file_ || offset < position_) PUDU_TRY(open());
    std::array<std::byte, 1 << 16> skipped;
    while (position_ < offset) {
      PUDU_TRY(read_on(std::span(skipped).first(std::min<std::uint64_t>(skipped.size(), offset - position_))));
    }
    PUDU_TRY(read_on(target));
    return position_ == entry_.unpacked_bytes ? check_end() : Status();
  }

 private:
  Status open() {
    file_.reset(zip_fopen_index(archive_.get(), index_, 0));
    position_ = 0;
    if (!file_) return entry_error(entry_, fmt::format("cannot be unpacked: {}", zip_strerror(archive_.get())));
    return {};
  }

  Status read_on(std::span<std::byte> target) {
    while (!target.empty()) {
      const std::int64_t got = zip_fread(file_.get(), target.data(), target.size());
      if (got < 0) return entry_error(entry_, fmt::format("is damaged: {}", zip_file_strerror(file_.get())));
      if (got == 0) return entry_error(entry_, "ends before its size");
      target = target.subspan(static_cast<std::size_t>(got));
      position_ += static_cast<std::uint64_t>(got);
    }
    return {};
  }

  /// Reading on past the end is what makes libzip compare the CRC.
  Status check_end() {
    std::byte beyond{};
    if (zip_fread(file_.get(), &beyond, 1) == 0) return {};
    return entry_error(entry_, fmt::format("is damaged: {}", zip_file_strerror(file_.get())));
  }

  std::shared_ptr<zip> archive_;
  std::size_t index_;
  ZipEntry entry_;
  std::unique_ptr<zip_file_t, FileCloser> file_;
  std::uint64_t position_ = 0;
};

bool starts_like_zip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{'P'} && bytes[1] == std::byte{'K'};
}

}  // namespace

Result<ZipReader> ZipReader::open(std::span<const std::byte> archive) {
  if (archive.empty()) return archive_error("the file is empty");
  if (!starts_like_zip(archive)) return archive_error("not a ZIP archive");
  ZipError error;
  constexpr int keep_buffer = 0;
  zip_source_t* source = zip_source_buffer_create(archive.data(), archive.size(), keep_buffer, &error.value);
  if (source == nullptr) return archive_error("the archive cannot be read: " + error.text());
  zip_t* opened = zip_open_from_source(source, ZIP_RDONLY, &error.value);
  if (opened == nullptr) {
    zip_source_free(source);
    return damaged_archive(error);
  }
  return from_archive(opened, archive.size());
}

Result<ZipReader> ZipReader::open_file(const std::filesystem::path& file) {
  PUDU_TRY_ASSIGN(const base::ByteSource bytes, base::open_byte_source(file));
  if (bytes.bytes == 0) return archive_error("the file is empty").in_file(file.string());
  std::array<std::byte, 2> start{};
  if (bytes.bytes >= start.size()) PUDU_TRY(bytes.read(0, start));
  if (!starts_like_zip(start)) return archive_error("not a ZIP archive").in_file(file.string());
  ZipError error;
  constexpr std::uint64_t from_begin = 0;
  constexpr std::int64_t to_end = 0;
  zip_source_t* source = zip_source_file_create(file.c_str(), from_begin, to_end, &error.value);
  if (source == nullptr) return archive_error("the archive cannot be read: " + error.text()).in_file(file.string());
  zip_t* opened = zip_open_from_source(source, ZIP_RDONLY, &error.value);
  if (opened == nullptr) {
    zip_source_free(source);
    return damaged_archive(error).in_file(file.string());
  }
  Result<ZipReader> reader = from_archive(opened, bytes.bytes);
  if (!reader) return std::move(reader).error().in_file(file.string());
  return reader;
}

Result<ZipReader> ZipReader::from_archive(zip* archive, std::uint64_t archive_bytes) {
  ZipReader reader;
  reader.archive_ = std::shared_ptr<zip>(archive, zip_discard);
  const auto count = static_cast<std::uint64_t>(zip_get_num_entries(reader.archive_.get(), 0));
  if (count > max_entries) {
    return archive_error(fmt::format("the archive has {} entries", count), fmt::format("at most {}", max_entries));
  }
  for (std::uint64_t index = 0; index < count; ++index) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    constexpr std::uint64_t wanted = ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
    if (zip_stat_index(reader.archive_.get(), index, 0, &stat) != 0 || (stat.valid & wanted) != wanted) {
      return archive_error("the ZIP archive is damaged: an entry has no name or size");
    }
    reader.entries_.push_back({stat.name, stat.size, stat.comp_size});
  }
  reader.unpack_budget_bytes_ = free_archive_bytes + max_archive_ratio * archive_bytes;
  return reader;
}

base::ByteSource ZipReader::source(std::size_t index) const {
  const auto stream = std::make_shared<EntryStream>(archive_, index, entries_[index]);
  return {entries_[index].unpacked_bytes,
          [stream](std::uint64_t offset, std::span<std::byte> target) { return stream->read(offset, target); }};
}

Result<std::vector<std::byte>> ZipReader::read(std::size_t index) {
  const ZipEntry& entry = entries_[index];
  const bool entry_too_large = entry.unpacked_bytes > free_entry_bytes &&
                               (entry.unpacked_bytes - free_entry_bytes) / max_entry_ratio > entry.packed_bytes;
  if (entry_too_large || entry.unpacked_bytes > unpack_budget_bytes_) {
    return entry_error(entry, fmt::format("would unpack {} bytes to {}, more than an honest archive does",
                                          entry.packed_bytes, entry.unpacked_bytes));
  }
  unpack_budget_bytes_ -= entry.unpacked_bytes;
  std::unique_ptr<zip_file_t, FileCloser> file(zip_fopen_index(archive_.get(), index, 0));
  if (!file) return entry_error(entry, fmt::format("cannot be unpacked: {}", zip_strerror(archive_.get())));
  std::vector<std::byte> bytes(entry.unpacked_bytes);
  std::uint64_t done = 0;
  while (done < bytes.size()) {
    const std::int64_t got = zip_fread(file.get(), bytes.data() + done, bytes.size() - done);
    if (got < 0) return entry_error(entry, fmt::format("is damaged: {}", zip_file_strerror(file.get())));
    if (got == 0) return entry_error(entry, "ends before its size");
    done += static_cast<std::uint64_t>(got);
  }
  // Reading on past the end is what makes libzip compare the CRC.
  std::byte beyond{};
  if (zip_fread(file.get(), &beyond, 1) != 0) {
    return entry_error(entry, fmt::format("is damaged: {}", zip_file_strerror(file.get())));
  }
  return bytes;
}

Result<std::vector<std::byte>> write_zip(std::span<const ZipItem> items, ZipMethod method) {
  ZipError error;
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error.value);
  if (target == nullptr) return internal_error({"", "", "libzip: " + error.text(), "", ""});
  zip_source_keep(target);  // zip_close would free it before the bytes are read back
  const std::unique_ptr<zip_source_t, void (*)(zip_source_t*)> target_owner(target, zip_source_free);
  zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &error.value);
  if (archive == nullptr) {
    zip_source_free(target);
    return internal_error({"", "", "libzip: " + error.text(), "", ""});
  }
  const auto fail = [&] {
    Error failure = internal_error({"", "", fmt::format("libzip: {}", zip_strerror(archive)), "", ""});
    zip_discard(archive);
    return failure;
  };
  constexpr std::uint16_t epoch_date = (0 << 9) | (1 << 5) | 1;  // 1980-01-01, the first day ZIP knows
  for (const ZipItem& item : items) {
    zip_source_t* source = zip_source_buffer(archive, item.bytes.data(), item.bytes.size(), 0);
    if (source == nullptr) return fail();
    const std::int64_t index = zip_file_add(archive, item.name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
      zip_source_free(source);
      return fail();
    }
    const auto position = static_cast<std::uint64_t>(index);
    const int compression = method == ZipMethod::Stored ? ZIP_CM_STORE : ZIP_CM_DEFLATE;
    if (zip_set_file_compression(archive, position, compression, 0) != 0 ||
        zip_file_set_dostime(archive, position, 0, epoch_date, 0) != 0) {
      return fail();
    }
  }
  if (zip_close(archive) != 0) return fail();

  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_source_stat(target, &stat) != 0 || zip_source_open(target) != 0) {
    return internal_error({"", "", "libzip: the archive cannot be read back", "", ""});
  }
  std::vector<std::byte> bytes(stat.size);
  const std::int64_t got = zip_source_read(target, bytes.data(), bytes.size());
  zip_source_close(target);
  if (got != static_cast<std::int64_t>(bytes.size())) {
    return internal_error({"", "", "libzip: the archive cannot be read back", "", ""});
  }
  return bytes;
}

}  // namespace pudu::frontends
