// What cannot be added is refused by name. tests/docs compiles, runs and emulates a network with an operator that was.
#include "ops/extension.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/copy/copy_s8.hpp"
#include "ops/registry.hpp"

namespace pudu::ops {
namespace {

using testing::HasSubstr;

const KernelBinding& twin_kernel() {
  static const KernelBinding binding = [] {
    KernelBinding made = make_kernel_binding<kernels::CopyS8>("CopyS8");
    made.name = "twin_s8";
    return made;
  }();
  return binding;
}

const KernelBinding& copy_kernel() {
  static const KernelBinding binding = make_kernel_binding<kernels::CopyS8>("CopyS8");
  return binding;
}

void accept(Bounds&, const program::KernelCall&) {}

std::string refusal(const OpDefinition& definition, std::vector<AddedKernelCheck> checks) {
  const Status status = add_operator(definition, checks);
  return status.ok() ? "" : to_string(status.error());
}

TEST(Extension, TakenNamesAreRefused) {
  EXPECT_THAT(refusal({.name = "conv2d"}, {}), HasSubstr("the operator 'conv2d' is known already"));
  EXPECT_THAT(refusal({.name = "twin", .kernels = {&copy_kernel()}}, {{"copy_s8", accept}}),
              HasSubstr("the kernel 'copy_s8' is known already"));
}

TEST(Extension, EveryKernelNeedsACheck) {
  const OpDefinition twin{.name = "twin", .kernels = {&twin_kernel()}};
  EXPECT_THAT(refusal(twin, {}), HasSubstr("kernel 'twin_s8' without a check"));
  EXPECT_THAT(refusal(twin, {{"twin_s8", nullptr}}), HasSubstr("kernel 'twin_s8' without a check"));
}

TEST(Extension, NothingIsAddedBehindTheFirstQuestion) {
  ASSERT_FALSE(all_operators().empty());
  EXPECT_THAT(refusal({.name = "twin", .kernels = {&twin_kernel()}}, {{"twin_s8", accept}}),
              HasSubstr("added after the first graph was made"));
  EXPECT_EQ(find_operator("twin"), nullptr);
  EXPECT_EQ(find_added_check("twin_s8"), nullptr);
}

}  // namespace
}  // namespace pudu::ops
