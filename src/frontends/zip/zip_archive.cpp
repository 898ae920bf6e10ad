#include "frontends/zip/zip_archive.hpp"

#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <cstring>

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

bool starts_like_zip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{'P'} && bytes[1] == std::byte{'K'};
}

}  // namespace

void ZipReader::Closer::operator()(zip* archive) const {
  zip_discard(archive);
}

Result<ZipReader> ZipReader::open(std::span<const std::byte> archive) {
  if (archive.empty()) return archive_error("the file is empty");
  if (!starts_like_zip(archive)) return archive_error("not a ZIP archive");
  ZipError error;
  constexpr int keep_buffer = 0;
  zip_source_t* source = zip_source_buffer_create(archive.data(), archive.size(), keep_buffer, &error.value);
  if (source == nullptr) return archive_error("the archive cannot be read: " + error.text());
  ZipReader reader;
  reader.archive_.reset(zip_open_from_source(source, ZIP_RDONLY, &error.value));
  if (!reader.archive_) {
    zip_source_free(source);
    return archive_error(fmt::format("the ZIP archive is truncated or damaged ({})", error.text()));
  }
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
  reader.unpack_budget_bytes_ = free_archive_bytes + max_archive_ratio * archive.size();
  return reader;
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
