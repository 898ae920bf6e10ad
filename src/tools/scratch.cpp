// pudu scratch: CMSIS-NN's scratch sizes, of one call or compared with a file of its own answers.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/files.hpp"
#include "targets/scratch_rows/scratch_rows.hpp"
#include "tools/command.hpp"

namespace pudu::tools {
namespace {

namespace cmsis_nn = targets::cmsis_nn;
using cmsis_nn::Call;
using cmsis_nn::Hw;
using cmsis_nn::Nhwc;
using targets::Isa;

constexpr std::array isas = {Isa::Scalar, Isa::Dsp, Isa::Mve};

constexpr const char* description =
    "Show how much scratch CMSIS-NN's kernels ask for\n\n"
    "  pudu scratch conv2d --input 1,8,8,16 --filter 32,3,3,16\n"
    "  pudu scratch depthwise --input 1,12,12,64 --filter 64,3,3,1 --padding 1,1\n"
    "  pudu scratch transpose-conv --input 1,4,4,32 --filter 8,3,3,32 --stride 2,2\n"
    "  pudu scratch fully-connected --filter 512,1,1,10 --type A16W8\n"
    "  pudu scratch batch-matmul --filter 16,1,1,8\n"
    "  pudu scratch avg-pool --input 1,8,8,64\n"
    "  pudu scratch svdf --filter 32,10,1,1\n"
    "  pudu scratch --check sizes.jsonl         compare with answers of CMSIS-NN's host binding\n";

struct Options {
  std::string check;
  std::string op;
  std::string type = "A8W8";
  std::string input, filter, output, padding, stride, dilation;
};

/// "1,8,8,16" -> the numbers, as many as there are fields.
Status parse_numbers(const std::string& text, const std::string& option, std::initializer_list<std::int32_t*> fields) {
  const char* position = text.data();
  const char* const end = position + text.size();
  std::size_t left = fields.size();
  for (std::int32_t* field : fields) {
    const auto [rest, error] = std::from_chars(position, end, *field);
    if (error != std::errc()) break;
    position = rest;
    if (--left > 0 && position != end && *position == ',') ++position;
  }
  if (left == 0 && position == end) return {};
  return usage_error({.where = option,
                      .found = "'" + text + "'",
                      .allowed = fmt::format("{} whole numbers of at most {}, with commas between them", fields.size(),
                                             std::numeric_limits<std::int32_t>::max())});
}

Status parse_into(const std::string& text, const std::string& option, Nhwc& field) {
  return parse_numbers(text, option, {&field.n, &field.h, &field.w, &field.c});
}
Status parse_into(const std::string& text, const std::string& option, Hw& field) {
  return parse_numbers(text, option, {&field.h, &field.w});
}

/// The arguments that the options state; those left out have their defaults.
struct Arguments {
  Nhwc input, filter, output;
  Hw padding{0, 0}, stride, dilation;
};

struct ShapeOption {
  const char* name;
  const std::string Options::*text;
};

constexpr ShapeOption input_option{"--input", &Options::input}, filter_option{"--filter", &Options::filter},
    output_option{"--output", &Options::output}, padding_option{"--padding", &Options::padding},
    stride_option{"--stride", &Options::stride}, dilation_option{"--dilation", &Options::dilation};
constexpr std::array shape_options = {input_option,   filter_option, output_option,
                                      padding_option, stride_option, dilation_option};

/// One output extent of a convolution. InvalidInput where the filter does not fit.
Result<std::int32_t> conv_extent(std::int32_t input, std::int32_t padding, std::int32_t stride, std::int32_t dilation,
                                 std::int32_t kernel) {
  const std::int64_t room = std::int64_t{input} + 2 * std::int64_t{padding};
  // The product of two int32 and the rest stay below 2^63.
  const std::int64_t reach = std::int64_t{dilation} * (std::int64_t{kernel} - 1) + 1;
  if (stride < 1) return 1;  // the check of the call names it
  if (reach > room) {
    return invalid_input({.where = "--filter",
                          .found = fmt::format("{} taps reach over {} of {} elements", kernel, reach, room),
                          .allowed = "a filter that fits into the padded input"});
  }
  const std::int64_t extent = (room - reach) / stride + 1;
  return static_cast<std::int32_t>(std::min<std::int64_t>(extent, std::numeric_limits<std::int32_t>::max()));
}

/// One output extent of a transpose convolution without output padding, held within int32.
std::int32_t transposed_extent(std::int32_t input, std::int32_t padding, std::int32_t stride, std::int32_t dilation,
                               std::int32_t kernel) {
  if (std::min({input, stride, dilation, kernel}) < 1) return 1;  // the check of the call names it
  // Each product is below 2^62 - 2^32, so that their sum stays in an int64.
  const std::int64_t extent = (std::int64_t{input} - 1) * stride - 2 * std::int64_t{padding} +
                              std::int64_t{dilation} * (std::int64_t{kernel} - 1) + 1;
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(extent, 0, std::numeric_limits<std::int32_t>::max()));
}

Status infer_conv_output(const Options& options, std::int32_t channels, Arguments& arguments) {
  if (!options.output.empty()) return {};
  const auto& [input, filter, output, padding, stride, dilation] = arguments;
  PUDU_TRY_ASSIGN(const std::int32_t h, conv_extent(input.h, padding.h, stride.h, dilation.h, filter.h));
  PUDU_TRY_ASSIGN(const std::int32_t w, conv_extent(input.w, padding.w, stride.w, dilation.w, filter.w));
  arguments.output = {input.n, h, w, channels};
  return {};
}

using Calls = std::vector<Call>;

/// Before channels are compared with those of the filter, which would blame the filter.
Status check_input_channels(const Arguments& a) {
  if (a.input.c >= 1) return {};
  return invalid_input(
      {.where = "--input", .found = fmt::format("{} channels", a.input.c), .allowed = "N,H,W,C with C of 1 or more"});
}

Result<Calls> conv2d(const Options& options, Arguments a) {
  PUDU_TRY(check_input_channels(a));
  if (a.filter.c < 1 || a.input.c % a.filter.c != 0) {
    return invalid_input({.where = "--filter",
                          .found = fmt::format("{} channels for {} of the input", a.filter.c, a.input.c),
                          .allowed = "the input's channels, or a divisor for a grouped convolution"});
  }
  PUDU_TRY(infer_conv_output(options, a.filter.n, a));
  return Calls{cmsis_nn::ConvolutionCall{a.input, a.filter, a.output, a.padding, a.stride, a.dilation}};
}

Result<Calls> depthwise(const Options& options, Arguments a) {
  PUDU_TRY(check_input_channels(a));
  const std::int32_t channels = a.filter.n == 1 ? a.filter.c : a.filter.n;
  if (channels % a.input.c != 0 || (a.filter.n != 1 && a.filter.c != 1)) {
    return invalid_input(
        {.where = "--filter",
         .found = fmt::format("{} and {} channels for {} of the input", a.filter.n, a.filter.c, a.input.c),
         .allowed = "outputs,h,w,1 or 1,h,w,outputs, with outputs a multiple of the input's channels"});
  }
  PUDU_TRY(infer_conv_output(options, channels, a));
  return Calls{
      cmsis_nn::DepthwiseCall{a.input, a.filter, a.output, a.padding, a.stride, a.dilation, channels / a.input.c}};
}

Result<Calls> transpose_conv(const Options& options, Arguments a) {
  if (options.output.empty()) {
    a.output = {a.input.n, transposed_extent(a.input.h, a.padding.h, a.stride.h, a.dilation.h, a.filter.h),
                transposed_extent(a.input.w, a.padding.w, a.stride.w, a.dilation.w, a.filter.w), a.filter.n};
  }
  return Calls{cmsis_nn::TransposeConvCall{a.input, a.filter, a.output, a.stride},
               cmsis_nn::TransposeConvReverseCall{a.input, a.filter, a.stride}};
}

Result<Calls> fully_connected(const Options&, Arguments a) {
  return Calls{cmsis_nn::FullyConnectedCall{a.filter}};
}

Result<Calls> batch_matmul(const Options&, Arguments a) {
  return Calls{cmsis_nn::BatchMatmulCall{a.filter}};
}

Result<Calls> average_pool(const Options&, Arguments a) {
  return Calls{cmsis_nn::AveragePoolCall{a.output.w, a.input.c}};
}

Result<Calls> svdf(const Options&, Arguments a) {
  return Calls{cmsis_nn::SvdfCall{a.filter}};
}

struct Operator {
  std::string_view name;
  Result<Calls> (*calls)(const Options&, Arguments);
  std::vector<ShapeOption> required, optional;
};

const std::vector<Operator>& operators() {
  static const std::vector<Operator> table = {
      {cmsis_nn::ConvolutionCall::name,
       conv2d,
       {input_option, filter_option},
       {output_option, padding_option, stride_option, dilation_option}},
      {cmsis_nn::DepthwiseCall::name,
       depthwise,
       {input_option, filter_option},
       {output_option, padding_option, stride_option, dilation_option}},
      {cmsis_nn::TransposeConvCall::name,
       transpose_conv,
       {input_option, filter_option},
       {output_option, padding_option, stride_option, dilation_option}},
      {cmsis_nn::FullyConnectedCall::name, fully_connected, {filter_option}, {}},
      {cmsis_nn::BatchMatmulCall::name, batch_matmul, {filter_option}, {}},
      {cmsis_nn::AveragePoolCall::name, average_pool, {input_option}, {output_option}},
      {cmsis_nn::SvdfCall::name, svdf, {filter_option}, {}},
  };
  return table;
}

Result<const Operator*> find_operator(const std::string& name) {
  std::string names;
  for (const Operator& op : operators()) {
    if (op.name == name) return &op;
    names += (names.empty() ? "" : ", ") + std::string(op.name);
  }
  return usage_error({.where = "scratch",
                      .found = name.empty() ? "neither an operator nor --check" : "unknown operator '" + name + "'",
                      .allowed = names,
                      .hint = "see `pudu scratch --help`"});
}

bool holds(const std::vector<ShapeOption>& list, const ShapeOption& option) {
  return std::any_of(list.begin(), list.end(), [&](const ShapeOption& one) { return one.text == option.text; });
}

Status check_options(const Options& options, const Operator& op) {
  for (const ShapeOption& option : shape_options) {
    const bool is_given = !(options.*option.text).empty();
    const bool is_required = holds(op.required, option);
    const bool is_allowed = is_required || holds(op.optional, option);
    if (is_given ? is_allowed : !is_required) continue;
    return usage_error({.where = std::string(op.name),
                        .found = std::string(is_given ? "it takes no " : "it needs ") + option.name,
                        .hint = "see `pudu scratch --help`"});
  }
  return {};
}

Result<Arguments> parse_arguments(const Options& options) {
  Arguments arguments;
  const auto parse = [&](const ShapeOption& option, auto& field) -> Status {
    const std::string& text = options.*option.text;
    return text.empty() ? Status() : parse_into(text, option.name, field);
  };
  PUDU_TRY(parse(input_option, arguments.input));
  PUDU_TRY(parse(filter_option, arguments.filter));
  PUDU_TRY(parse(output_option, arguments.output));
  PUDU_TRY(parse(padding_option, arguments.padding));
  PUDU_TRY(parse(stride_option, arguments.stride));
  PUDU_TRY(parse(dilation_option, arguments.dilation));
  return arguments;
}

/// Bytes per ISA, then the largest of them, which a target that runs on all must plan.
struct Row {
  const char* name;
  std::vector<std::int32_t> bytes;  ///< per buffer
};

Result<std::vector<Row>> rows_of(cmsis_nn::DataType type, const Calls& calls) {
  std::vector<Row> rows;
  Row any{"any", std::vector<std::int32_t>(calls.size(), 0)};
  for (const Isa isa : isas) {
    Row row{targets::to_string(isa).data(), {}};
    for (std::size_t buffer = 0; buffer < calls.size(); ++buffer) {
      PUDU_TRY_ASSIGN(const std::int32_t bytes, cmsis_nn::scratch_bytes(isa, type, calls[buffer]));
      row.bytes.push_back(bytes);
      any.bytes[buffer] = std::max(any.bytes[buffer], bytes);
    }
    rows.push_back(std::move(row));
  }
  rows.push_back(std::move(any));
  return rows;
}

constexpr std::array buffer_names = {"scratch_bytes", "output_scratch_bytes"};

void print_rows(const Options& options, const Calls& calls, const std::vector<Row>& rows, const OutputOptions& output) {
  if (output.json) {
    nlohmann::ordered_json object = {{"operator", options.op}, {"type", options.type}};
    for (std::size_t buffer = 0; buffer < calls.size(); ++buffer) {
      for (const Row& row : rows) object[buffer_names[buffer]][row.name] = row.bytes[buffer];
    }
    fmt::print("{}\n", object.dump(2));
    return;
  }
  const bool has_two = calls.size() > 1;
  say(output, fmt::format("{} {}: {}", options.op, options.type, cmsis_nn::to_string(calls.front())));
  say(output, fmt::format("{:<8} {:>14}{}", "ISA", "scratch bytes", has_two ? "  output scratch bytes" : ""));
  for (const Row& row : rows) {
    const std::string second =
        has_two ? fmt::format("  {:>20}", with_thousands(static_cast<std::uint64_t>(row.bytes[1]))) : "";
    say(output,
        fmt::format("{:<8} {:>14}{}", row.name, with_thousands(static_cast<std::uint64_t>(row.bytes[0])), second));
  }
}

Status show_call(const Options& options, const OutputOptions& output) {
  PUDU_TRY_ASSIGN(const Operator* op, find_operator(options.op));
  const std::optional<cmsis_nn::DataType> type = cmsis_nn::parse_data_type(options.type);
  if (!type) {
    return usage_error({.where = "--type", .found = "'" + options.type + "'", .allowed = "A8W4, A8W8 or A16W8"});
  }
  PUDU_TRY(check_options(options, *op));
  PUDU_TRY_ASSIGN(const Arguments arguments, parse_arguments(options));
  PUDU_TRY_ASSIGN(const Calls calls, op->calls(options, arguments));
  PUDU_TRY_ASSIGN(const std::vector<Row> rows, rows_of(*type, calls));
  print_rows(options, calls, rows, output);
  return {};
}

void print_check(const targets::RowCheck& check, const OutputOptions& output) {
  if (output.json) {
    nlohmann::ordered_json mismatches = nlohmann::ordered_json::array();
    for (const targets::RowMismatch& row : check.mismatches) {
      mismatches.push_back({{"line", row.line},
                            {"operator", row.op},
                            {"call", row.question},
                            {"expected", row.expected},
                            {"got", row.got}});
    }
    const nlohmann::ordered_json object = {
        {"rows", check.row_count()}, {"rows_by_operator", check.rows}, {"mismatches", mismatches}};
    fmt::print("{}\n", object.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace));
    return;
  }
  for (const targets::RowMismatch& row : check.mismatches) {
    say(output,
        fmt::format("line {}: {} ({}): expected {}, got {}", row.line, row.op, row.question, row.expected, row.got));
  }
  for (const auto& [op, count] : check.rows) say(output, fmt::format("{:>8} {}", with_thousands(count), op));
  say(output, fmt::format("{:>8} rows, {} mismatches", with_thousands(check.row_count()),
                          with_thousands(check.mismatches.size())));
}

Status check_file(const Options& options, const OutputOptions& output) {
  std::string beside = options.op.empty() ? "" : "operator '" + options.op + "'";
  for (const ShapeOption& option : shape_options) {
    if (beside.empty() && !(options.*option.text).empty()) beside = option.name;
  }
  if (!beside.empty()) {
    return usage_error({.where = "--check", .found = "together with " + beside, .allowed = "a file, or one call"});
  }
  PUDU_TRY_ASSIGN(const std::vector<std::byte> bytes, base::read_file(options.check));
  auto rows = targets::parse_scratch_rows({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  if (!rows) return std::move(rows).error().in_file(options.check);
  if (rows->empty()) return invalid_input({.file = options.check, .found = "no rows", .allowed = "a row each line"});
  const targets::RowCheck check = targets::check_scratch_rows(*rows);
  print_check(check, output);
  if (check.mismatches.empty()) return {};
  return invalid_input(
      {.file = options.check,
       .found = fmt::format("{} of {} rows differ from Pudu's formulas", with_thousands(check.mismatches.size()),
                            with_thousands(check.row_count()))});
}

}  // namespace

Action add_scratch(CLI::App& app) {
  auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("scratch", description);
  command->add_option("OPERATOR", options->op,
                      "conv2d, depthwise, transpose-conv, fully-connected, batch-matmul, avg-pool or svdf");
  command->add_option("--check", options->check, "compare every row of this file (JSON lines) with Pudu's formulas");
  command->add_option("--input", options->input, "N,H,W,C");
  command->add_option("--filter", options->filter, "outputs,H,W,inputs as CMSIS-NN orders it; see the examples");
  command->add_option("--output", options->output, "N,H,W,C; left out, it follows from the rest");
  command->add_option("--padding", options->padding, "H,W; 0,0 when left out");
  command->add_option("--stride", options->stride, "H,W; 1,1 when left out");
  command->add_option("--dilation", options->dilation, "H,W; 1,1 when left out");
  command->add_option("--type", options->type, "bits of activations and weights: A8W4, A8W8 or A16W8")
      ->capture_default_str();
  return [options](const OutputOptions& output) {
    return options->check.empty() ? show_call(*options, output) : check_file(*options, output);
  };
}

}  // namespace pudu::tools
