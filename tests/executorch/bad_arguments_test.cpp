// Every operator with every argument damaged: an error code and a logged reason, never a crash and never a byte
// written.
#include <gmock/gmock.h>

#include <limits>

#include "executorch/log_capture.hpp"
#include "executorch/operator_calls.hpp"
#include "kernels/testing/random_data.hpp"
#include "pte/operators.hpp"

namespace pudu::testing {
namespace {

using ::testing::HasSubstr;

class BadArguments : public ::testing::TestWithParam<OperatorCall> {
 protected:
  std::unique_ptr<Call> make() { return GetParam().make(); }

  /// The call must be refused, say why, and leave its output alone.
  void expect_refused(Call& call, Error error, const std::string& what) {
    take_log();
    EXPECT_NE(error, Error::Ok) << what;
    EXPECT_TRUE(call.has_intact_guards()) << what;
    TestTensor& out = call.output();
    for (std::size_t i = 0; i < out.bytes(); ++i) ASSERT_EQ(out.data<std::uint8_t>()[i], 0x5a) << what;
  }

  /// Argument `index` replaced by `value`.
  void expect_refused_with(std::size_t index, EValue value, const std::string& what) {
    auto call = make();
    call->set(index, std::move(value));
    take_log();
    const Error error = call->run();
    EXPECT_THAT(take_log(LoggedLevel::Error), HasSubstr(call->name())) << what;
    expect_refused(*call, error, "argument " + std::to_string(index) + ": " + what);
  }

  void damage_tensor(std::size_t index, Kind kind) {
    expect_refused_with(index, EValue(std::int64_t{1}), "an integer");
    expect_refused_with(index, EValue(2.5), "a double");
    expect_refused_with(index, EValue(executorch::aten::Tensor(nullptr)), "a tensor of nothing");
    if (kind != Kind::OptionalTensor) expect_refused_with(index, EValue(), "none");
    TestTensor other_type(ScalarType::Double, {1});
    expect_refused_with(index, EValue(other_type.value()), "float64");
    auto call = make();
    if (call->tensor_at(index).bytes() > 0) {
      TestTensor& tensor = call->tensor_at(index);
      TestTensor no_memory(tensor.type(), tensor.sizes(), tensor.dim_order());
      no_memory.set_data(nullptr);
      expect_refused_with(index, EValue(no_memory.value()), "no memory");
      if (!tensor.sizes().empty()) {
        std::vector<executorch::aten::DimOrderType> order(tensor.dim_order());
        std::vector<executorch::aten::StridesType> strides(order.size(), 1);
        Sizes sizes = tensor.sizes();
        executorch::aten::TensorImpl damaged(tensor.type(), static_cast<ssize_t>(sizes.size()), sizes.data(),
                                             tensor.data<void*>(), order.data(), strides.data());
        sizes[0] = -sizes[0];
        expect_refused_with(index, EValue(executorch::aten::Tensor(&damaged)), "a negative extent");
        sizes[0] = -sizes[0];
        order.front() = 200;
        expect_refused_with(index, EValue(executorch::aten::Tensor(&damaged)), "a dim order outside of the dimensions");
      }
    }
  }

  void damage_tensor_shape(std::size_t index) {
    auto call = make();
    TestTensor& tensor = call->tensor_at(index);
    Sizes larger = tensor.sizes();
    if (larger.empty()) return;
    larger.back() += 1;
    TestTensor wider(tensor.type(), larger, tensor.dim_order());
    fill(*call, 1);
    call->set(index, EValue(wider.value()));
    expect_refused(*call, call->run(), "argument " + std::to_string(index) + " with one more column");
  }

  void damage_number(std::size_t index, Kind kind) {
    expect_refused_with(index, EValue(), "none");
    TestTensor tensor(ScalarType::Char, {1});
    expect_refused_with(index, EValue(tensor.value()), "a tensor");
    if (kind != Kind::Boolean) expect_refused_with(index, EValue(true), "a truth value");
    if (kind == Kind::Real) {
      expect_refused_with(index, EValue(std::int64_t{1}), "an integer");
      return;
    }
    expect_refused_with(index, EValue(0.5), "a double");
    if (kind == Kind::Boolean) {
      expect_refused_with(index, EValue(std::int64_t{1}), "an integer");
      return;
    }
    expect_refused_with(index, EValue(std::numeric_limits<std::int64_t>::min()), "the least integer");
    expect_refused_with(index, EValue(std::numeric_limits<std::int64_t>::max()), "the largest integer");
  }

  void expect_refused_list(std::size_t index, const std::vector<EValue>& values, const std::string& what) {
    auto call = make();
    call->set_list(index, values);
    expect_refused(*call, call->run(), "argument " + std::to_string(index) + ": " + what);
  }

  void damage_list(std::size_t index) {
    expect_refused_with(index, EValue(), "none");
    expect_refused_with(index, EValue(std::int64_t{1}), "an integer");
    const EValue one(std::int64_t{1}), half(0.5);
    expect_refused_list(index, {}, "an empty list");
    expect_refused_list(index, std::vector<EValue>(65, one), "a long list");
    expect_refused_list(index, {one, half}, "a double in the list");
    expect_refused_list(index, {half, half, half, half}, "doubles in the list");
    for (const std::int64_t value :
         {std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
      for (const std::size_t count : {1, 2, 3, 4}) {
        expect_refused_list(index, std::vector<EValue>(count, EValue(value)), "an extreme integer in the list");
      }
    }
    auto call = make();
    call->set_list_with_hole(index);
    expect_refused(*call, call->run(), "argument " + std::to_string(index) + ": a list with a hole");
  }
};

TEST_P(BadArguments, TheCallItselfIsGood) {
  auto call = make();
  take_log();
  EXPECT_EQ(call->run(), Error::Ok) << take_log(LoggedLevel::Error);
  EXPECT_TRUE(call->has_intact_guards());
}

TEST_P(BadArguments, WrongNumberOfThem) {
  const std::size_t whole = make()->size() + 1;
  for (std::size_t count = 0; count <= whole + 3; ++count) {
    if (count == whole) continue;
    auto call = make();
    take_log();
    const Error error = call->run_with(count);
    EXPECT_EQ(error, Error::InvalidProgram);
    EXPECT_THAT(take_log(LoggedLevel::Error), HasSubstr(call->name() + ": " + std::to_string(count) + " arguments"));
    expect_refused(*call, error, std::to_string(count) + " arguments");
  }
}

TEST_P(BadArguments, PointersToNothing) {
  for (std::size_t index = 0; index < make()->size(); ++index) {
    auto call = make();
    if (call->kind(index) == Kind::Ignored) continue;
    expect_refused(*call, call->run_with_hole(index), "no argument " + std::to_string(index));
  }
}

TEST_P(BadArguments, EachOfAnotherKind) {
  auto call = make();
  for (std::size_t index = 0; index < call->size(); ++index) {
    switch (call->kind(index)) {
      case Kind::Tensor:
      case Kind::Scratch:
      case Kind::Out:
        damage_tensor(index, call->kind(index));
        break;
      case Kind::OptionalTensor:
        expect_refused_with(index, EValue(std::int64_t{1}), "an integer");
        break;
      case Kind::Integer:
      case Kind::AnyInteger:
      case Kind::Real:
      case Kind::Boolean:
        damage_number(index, call->kind(index));
        break;
      case Kind::List:
        damage_list(index);
        break;
      case Kind::Ignored:
        break;
    }
  }
}

TEST_P(BadArguments, EachTensorOfAnotherShape) {
  auto call = make();
  for (std::size_t index = 0; index < call->size(); ++index) {
    if (call->kind(index) == Kind::Tensor || call->kind(index) == Kind::Out) damage_tensor_shape(index);
  }
}

TEST_P(BadArguments, RandomNumbersNeverLeaveTheTensors) {
  kernels::testing::Random random(7);
  const auto number = [&random] {
    const std::int32_t kind = random.between(0, 5);
    if (kind == 0) return random.between(-3, 9);
    if (kind == 1) return random.between(-200, 200);
    if (kind == 2) return random.between(INT32_MIN, INT32_MAX);
    return random.between(0, 3);
  };
  int accepted = 0;
  for (int i = 0; i < 600; ++i) {
    auto call = make();
    const std::size_t damaged =
        static_cast<std::size_t>(random.between(0, static_cast<std::int32_t>(call->size()) - 1));
    for (std::size_t index = 0; index < call->size(); ++index) {
      if (index != damaged && !random.one_in(10)) continue;
      const Kind kind = call->kind(index);
      if (kind == Kind::Integer || kind == Kind::AnyInteger) {
        call->set(index, EValue(std::int64_t{number()}));
      } else if (kind == Kind::List) {
        std::vector<EValue> values;
        for (std::int32_t n = random.between(1, 4); n > 0; --n) values.emplace_back(std::int64_t{number()});
        call->set_list(index, values);
      } else if (kind == Kind::Boolean) {
        call->set(index, EValue(random.one_in(2)));
      } else if (kind == Kind::Tensor && call->tensor_at(index).type() == ScalarType::Int) {
        TestTensor& tensor = call->tensor_at(index);
        for (std::size_t n = 0; n < tensor.elements(); ++n) tensor.data<std::int32_t>()[n] = number();
      }
    }
    accepted += call->run() == Error::Ok ? 1 : 0;
    ASSERT_TRUE(call->has_intact_guards());
    take_log();
  }
  RecordProperty("accepted", accepted);
}

INSTANTIATE_TEST_SUITE_P(Operators, BadArguments, ::testing::ValuesIn(operator_calls()),
                         [](const auto& call) { return call.param.name; });

TEST(Registry, HoldsEveryOperatorOfTheRelease) {
  // backends/cortex_m/ops/operators.yaml of the wheel, and the clone of its own.
  const char* const names[] = {"quantize_per_tensor",
                               "dequantize_per_tensor",
                               "quantized_add",
                               "quantized_mul",
                               "quantized_div",
                               "quantized_activation",
                               "minimum",
                               "maximum",
                               "quantized_linear",
                               "softmax",
                               "transpose",
                               "pad",
                               "quantized_conv2d",
                               "quantized_conv2d_nhwc",
                               "quantized_depthwise_conv2d",
                               "quantized_depthwise_conv2d_nhwc",
                               "quantized_transpose_conv2d",
                               "quantized_transpose_conv2d_nhwc",
                               "quantized_avg_pool2d",
                               "quantized_avg_pool2d_nhwc",
                               "quantized_max_pool2d",
                               "quantized_max_pool2d_nhwc",
                               "quantized_batch_matmul"};
  for (const char* name : names) {
    const std::string full = "cortex_m::" + std::string(name) + ".out";
    EXPECT_TRUE(executorch::runtime::registry_has_op_function(full.c_str())) << full;
  }
  EXPECT_TRUE(executorch::runtime::registry_has_op_function("dim_order_ops::_clone_dim_order.out"));
}

/// What the compiler writes calls of and the runtime's portable kernels do not bring.
TEST(Registration, EveryOperatorThatIsWrittenIsThere) {
  std::size_t own = 0;
  for (const pte::Schema& schema : pte::schemas()) {
    if (schema.name.starts_with("aten::")) continue;
    const std::string full = std::string(schema.name) + "." + std::string(schema.overload);
    EXPECT_TRUE(executorch::runtime::registry_has_op_function(full.c_str())) << full;
    own += schema.name.starts_with("pudu::") ? 1U : 0U;
  }
  EXPECT_GT(own, 20U);
}

}  // namespace
}  // namespace pudu::testing
