// NumPy's .npz files: a ZIP archive of .npy files, one for each named array (numpy.savez, numpy.savez_compressed).
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "base/npy.hpp"
#include "base/result.hpp"

namespace pudu::frontends {

/// Arrays by name, without the `.npy` of the entry.
using NamedArrays = std::map<std::string, base::Array>;

/// InvalidInput with `file` filled in and the array's name in `where`.
Result<NamedArrays> read_npz(const std::filesystem::path& file);
Result<NamedArrays> parse_npz(std::span<const std::byte> bytes, const std::string& file_name);

/// The arrays' .npy files by name, to be read piece by piece. Errors as of read_npz, but for what only reading shows.
Result<std::map<std::string, base::ByteSource>> open_npz(const std::filesystem::path& file);

/// Writes the arrays uncompressed, by name. Equal arrays give equal bytes.
Status write_npz(const std::filesystem::path& file, const NamedArrays& arrays);

}  // namespace pudu::frontends
