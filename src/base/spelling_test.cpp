// Distances against ones counted by hand, and the limit beyond which nothing is proposed.
#include "base/spelling.hpp"

#include <gtest/gtest.h>

#include <array>

namespace pudu::base {
namespace {

TEST(EditDistance, CountsInsertionsDeletionsAndReplacements) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("lower", "lower"), 0U);
  EXPECT_EQ(edit_distance("", "plan"), 4U);
  EXPECT_EQ(edit_distance("plan", ""), 4U);
  EXPECT_EQ(edit_distance("plane", "plan"), 1U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("fold-batch-norm", "fold_batch_norm"), 2U);
}

TEST(DidYouMean, ProposesTheNearestNameThatIsNear) {
  constexpr std::array<std::string_view, 3> names = {"fuse_pad", "fold_affine", "plan"};
  EXPECT_EQ(did_you_mean("fuse_pads", names), "did you mean 'fuse_pad'?");
  EXPECT_EQ(did_you_mean("foldaffin", names), "did you mean 'fold_affine'?");
  EXPECT_EQ(did_you_mean("pla", names), "did you mean 'plan'?");
  EXPECT_EQ(did_you_mean("p", names), "");
  EXPECT_EQ(did_you_mean("unroll", names), "");
  EXPECT_EQ(did_you_mean("", names), "");
  EXPECT_EQ(did_you_mean("plan", {}), "");
}

}  // namespace
}  // namespace pudu::base
