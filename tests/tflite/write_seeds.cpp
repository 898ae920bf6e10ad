// Writes the seeds of the .tflite fuzz target: two small models of every family of the oracle test, which are made of
// random numbers alone.
//
// usage: tflite_seeds fuzz/corpus/tflite_reader
#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "base/files.hpp"
#include "tflite/case_builder.hpp"

int main(int argc, char** argv) {
  using namespace pudu;
  if (argc != 2) return 1;
  constexpr std::size_t largest_seed_bytes = 4096;
  const std::filesystem::path folder = argv[1];
  std::filesystem::create_directories(folder);
  for (const auto& families : {testing::convolution_families(), testing::elementwise_families(),
                               testing::reduction_families(), testing::movement_families()}) {
    for (const testing::Family& family : families) {
      int written = 0;
      for (std::uint32_t seed = 0; written < 2 && seed < 100; ++seed) {
        testing::Random random(seed);
        testing::CaseBuilder builder(random);
        family.build(builder);
        const testing::Case entry = builder.finish();
        if (entry.model.size() > largest_seed_bytes) continue;
        std::string name = family.name + "_" + std::to_string(written++);
        std::replace(name.begin(), name.end(), ' ', '_');
        if (Status status = base::write_file(folder / name, entry.model); !status) {
          std::fprintf(stderr, "%s\n", to_string(status.error()).c_str());
          return 1;
        }
      }
    }
  }
  return 0;
}
