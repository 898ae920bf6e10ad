// Distances against ones counted by hand, which of several names as near is proposed, and the limit beyond which
// nothing is proposed.
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

TEST(NearestName, OfSeveralAsNearIsTheLikeliest) {
  constexpr std::array<std::string_view, 7> names = {"m3", "m4", "m33", "m35p", "m52", "m55", "m85"};
  EXPECT_EQ(nearest_name("m54", names, 2), "m55");  // one character for another, before "m4"; 5 is nearer than 2
  EXPECT_EQ(nearest_name("m53", names, 2), "m52");  // nearer than "m33" and "m55"
  EXPECT_EQ(nearest_name("m86", names, 2), "m85");
  EXPECT_EQ(nearest_name("m35", names, 2), "m35p");  // goes on, before "m33" and "m3"
  EXPECT_EQ(nearest_name("m555", names, 2), "m55");
  EXPECT_EQ(nearest_name("m4", names, 0), "m4");
  EXPECT_EQ(nearest_name("m44", names, 0), std::nullopt);
  EXPECT_EQ(nearest_name("m4", {}, 2), std::nullopt);
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
