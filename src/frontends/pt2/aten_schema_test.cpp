#include "frontends/pt2/aten_schema.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.hpp"
#include "frontends/pt2/aten_table.hpp"

namespace pudu::frontends {
namespace {

TEST(AtenSchema, ReadsTypesAndDefaults) {
  const Schema schema = parse_schema(
      "Tensor self, Tensor? bias=None, int[2] stride=[], int[2] padding=0, bool ceil_mode=False, float eps=1e-5, "
      "str mode=constant, Tensor|Scalar other, Device? device=None");
  ASSERT_EQ(schema.size(), 9u);
  EXPECT_EQ(schema[0].name, "self");
  EXPECT_EQ(schema[0].type, ParameterType::Tensor);
  EXPECT_FALSE(schema[0].default_value.has_value());
  EXPECT_TRUE(schema[1].is_optional);
  EXPECT_TRUE(std::holds_alternative<NoneArgument>(*schema[1].default_value));
  EXPECT_EQ(schema[2].type, ParameterType::IntList);
  EXPECT_TRUE(std::get<IntListArgument>(*schema[2].default_value).elements.empty());
  EXPECT_EQ(schema[3].list_length, 2u);
  EXPECT_EQ(std::get<IntListArgument>(*schema[3].default_value).elements.size(), 2u);
  EXPECT_FALSE(std::get<bool>(*schema[4].default_value));
  EXPECT_EQ(std::get<double>(*schema[5].default_value), 1e-5);
  EXPECT_EQ(std::get<std::string>(*schema[6].default_value), "constant");
  EXPECT_EQ(schema[7].type, ParameterType::Operand);
  EXPECT_EQ(schema[8].type, ParameterType::Ignored);
}

TEST(AtenSchema, RefusesMistakes) {
  for (const std::string_view text : {"Tensr self", "Tensor", "int[2 stride=1", "bool flag=maybe", "bool[] flags"}) {
    EXPECT_THROW(parse_schema(text), std::logic_error) << text;
  }
}

/// Every row of the table: its schema parses, it has exactly one translator, and an in-place form changes a tensor.
TEST(AtenTable, EveryRowIsComplete) {
  ASSERT_GT(all_aten_rows().size(), 100u);
  for (const AtenRow* row : all_aten_rows()) {
    const Schema schema = parse_schema(row->schema);
    ASSERT_FALSE(schema.empty()) << row->name;
    EXPECT_NE(row->translate == nullptr, row->translate_list == nullptr) << row->name;
    if (row->in_place == InPlaceForm::Yes) {
      EXPECT_EQ(schema[0].type, ParameterType::Tensor) << row->name;
    }
    const std::string name(row->name);
    const bool is_aten = name.find("quantize_") == std::string::npos;
    EXPECT_EQ(find_aten_operator((is_aten ? "torch.ops.aten." : "torch.ops.") + name).row, row) << name;
    EXPECT_EQ(find_aten_operator((is_aten ? "torch.ops." : "torch.ops.aten.") + name).row, nullptr) << name;
  }
}

TEST(AtenTable, EveryRowIsDocumented) {
  const Result<std::vector<std::byte>> page = base::read_file(PUDU_SOURCE_DIR "/docs/pt2.md");
  ASSERT_TRUE(page.ok());
  const std::string_view text(reinterpret_cast<const char*>(page->data()), page->size());
  for (const AtenRow* row : all_aten_rows()) {
    EXPECT_NE(text.find("`" + std::string(row->name) + "`"), std::string_view::npos) << row->name;
  }
}

TEST(AtenTable, FindsOverloadsAndInPlaceForms) {
  EXPECT_EQ(find_aten_operator("torch.ops.aten.conv2d.default").row->name, "conv2d");
  EXPECT_EQ(find_aten_operator("torch.ops.aten.conv2d.padding").row->name, "conv2d.padding");
  EXPECT_TRUE(find_aten_operator("torch.ops.aten.add_.Tensor").is_in_place);
  EXPECT_TRUE(find_aten_operator("torch.ops.aten.relu_.default").is_in_place);
  EXPECT_FALSE(find_aten_operator("torch.ops.aten.detach_.default").is_in_place);
  EXPECT_EQ(find_aten_operator("torch.ops.aten.conv2d_.default").row, nullptr);
  EXPECT_EQ(find_aten_operator("torch.ops.aten.hardtanh.Tensor").row, nullptr);
  EXPECT_EQ(find_aten_operator("torch.ops.other.relu.default").row, nullptr);
  EXPECT_EQ(find_aten_operator("torch.ops.aten._.default").row, nullptr);
}

}  // namespace
}  // namespace pudu::frontends
