#include "frontends/pt2/stack_trace.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pudu::frontends {
namespace {

TEST(StackTrace, FindsTheInnermostFrameOfTheUser) {
  const SourceLine line = find_source_line(
      "File \"/projects/nets/train.py\", line 3, in main\n    net(x)\n"
      "  File \"/projects/nets/zoo.py\", line 26, in forward\n    x = self.pool(x)\n"
      "  File \"/opt/venv/lib/python3.11/site-packages/torch/nn/modules/pooling.py\", line 9, in forward\n"
      "    return F.max_pool2d(input)");
  EXPECT_EQ(line.place, "zoo.py:26 in forward");
  EXPECT_EQ(line.code, "x = self.pool(x)");
}

TEST(StackTrace, KnowsTorchByRelativePathsToo) {
  const SourceLine line = find_source_line(
      "File \"zoo.py\", line 2, in forward\n    a\n  File \"torch/nn/modules/conv.py\", line 9, in forward\n    b");
  EXPECT_EQ(line.place, "zoo.py:2 in forward");
}

TEST(StackTrace, TakesALibrarysFrameWhenThereIsNoOther) {
  const SourceLine line = find_source_line(
      "File \"/x/site-packages/torchvision/models/resnet.py\", line 92, in forward\n    out += identity");
  EXPECT_EQ(line.place, "resnet.py:92 in forward");
  EXPECT_EQ(line.code, "out += identity");
}

TEST(StackTrace, GivesNothingForOtherText) {
  for (const std::string trace : {"", "\n\n", "no frames here", "File \"unfinished", "File \"a\", lin 3"}) {
    EXPECT_EQ(find_source_line(trace).place, "") << trace;
  }
}

TEST(StackTrace, KeepsTerminalsSafe) {
  const SourceLine line = find_source_line("File \"/a/\x1b[31mb.py\", line 1, in f\n    " + std::string(500, 'x'));
  EXPECT_EQ(line.place, "?[31mb.py:1 in f");
  EXPECT_EQ(line.code, std::string(120, 'x') + "...");
}

}  // namespace
}  // namespace pudu::frontends
