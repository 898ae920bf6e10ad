// A workspace with one small network of several channels, for the tests of the command line.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>

#include "base/npy.hpp"
#include "e2e/cli_workspace.hpp"
#include "frontends/numpy/npz.hpp"
#include "support/models.hpp"

namespace pudu::testing {

template <class T>
T value_of(Result<T> result) {
  EXPECT_TRUE(result.ok()) << to_string(result.error());
  return std::move(result).value();
}

inline base::Array read_array(const std::filesystem::path& file) {
  return value_of(base::read_npy(file));
}

/// A workspace with one network of several channels, `net.pt2`, as [N, C, H, W] data, and its compiled folder `out`.
class Cli : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto arrays = value_of(frontends::read_npz(test_data("reader/decomposed_residual.npz")));
    work_.copy(test_data("reader/decomposed_residual.pt2"), "net.pt2");
    base::Array calibration = arrays.at("calib0");
    write("calib5.npy", calibration);
    calibration.shape.erase(calibration.shape.begin() + 1);
    write("calib.npy", calibration);
    write("expected.npy", arrays.at("out0"));
    write("input.npy", arrays.at("in0"));
  }

  void write(const std::string& name, const base::Array& array) const {
    ASSERT_TRUE(base::write_npy(work_.path(name), array).ok());
  }
  base::Array array(const std::string& name) const { return read_array(work_.path(name)); }
  std::string text(const std::string& name) const { return read_text(work_.path(name)); }
  void compile(const std::string& more = "-o out") const {
    EXPECT_EQ(work_.pudu_ok("compile net.pt2 --calibration calib.npy --quiet " + more), "");
  }

  CliWorkspace work_;
};

}  // namespace pudu::testing
