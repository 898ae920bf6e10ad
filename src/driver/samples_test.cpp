// Which arrays are samples of a model's inputs, and what the others are told.
#include "driver/samples.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <numeric>

#include "base/files.hpp"
#include "base/temp_directory.hpp"
#include "frontends/numpy/npz.hpp"
#include "frontends/zip/zip_archive.hpp"

namespace pudu::driver {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Shape = std::vector<std::int64_t>;
using Paths = std::vector<std::filesystem::path>;

/// 0, 1, 2, ... of that shape.
base::Array counting(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  std::vector<float> data(static_cast<std::size_t>(count));
  std::iota(data.begin(), data.end(), 0.0F);
  return base::make_array(shape, data);
}

base::Array of_type(base::ArrayType type, const Shape& shape, std::size_t elements) {
  return {type, shape, std::vector<std::byte>(elements * base::size_in_bytes(type))};
}

class SamplesTest : public ::testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, const base::Array& array) {
    std::filesystem::path file = folder_->path() / name;
    EXPECT_TRUE(base::write_npy(file, array).ok());
    return file;
  }
  std::filesystem::path write(const std::string& name, const frontends::NamedArrays& arrays) {
    std::filesystem::path file = folder_->path() / name;
    EXPECT_TRUE(frontends::write_npz(file, arrays).ok());
    return file;
  }

  /// The samples of one array for one input 'x' of shape `model`.
  Result<Samples> load(const base::Array& array, const Shape& model,
                       std::optional<base::ArrayType> codes = std::nullopt) {
    const Paths files = {write("x.npy", array)};
    const PortShape ports[] = {{"x", model, PortContent::Numbers, codes}};
    return load_samples(files, ports);
  }

  /// The message without the folder, or "ok".
  std::string message(const Result<Samples>& samples) const {
    if (samples.ok()) return "ok";
    EXPECT_EQ(samples.error().kind, ErrorKind::InvalidInput);
    std::string text = to_string(samples.error());
    const std::string prefix = folder_->path().string() + "/";
    for (std::size_t at = text.find(prefix); at != std::string::npos; at = text.find(prefix)) {
      text.erase(at, prefix.size());
    }
    return text;
  }

  Result<base::TempDirectory> folder_ = base::TempDirectory::create("pudu-samples");
};

TEST_F(SamplesTest, AcceptASampleAxisABatchAxisAndOneSample) {
  struct Case {
    Shape model, array;
    std::size_t samples;
  };
  const Case cases[] = {
      {{1, 3, 2, 2}, {5, 1, 3, 2, 2}, 5},  // a new axis in front
      {{1, 3, 2, 2}, {5, 3, 2, 2}, 5},     // along the batch
      {{1, 3, 2, 2}, {1, 3, 2, 2}, 1},     // one sample
      {{1, 3, 2, 2}, {1, 1, 3, 2, 2}, 1},
      {{2, 4}, {2, 4}, 1},     // a batch of two is one sample
      {{2, 4}, {6, 4}, 3},     // three batches
      {{2, 4}, {3, 2, 4}, 3},  // the same, stacked
      {{4}, {4}, 1},
      {{4}, {3, 4}, 3},
      {{4}, {12}, 3},
      {{}, {}, 1},  // a scalar
      {{}, {7}, 7},
  };
  for (const Case& test : cases) {
    const base::Array array = counting(test.array);
    const auto samples = load(array, test.model);
    ASSERT_TRUE(samples.ok()) << message(samples);
    ASSERT_EQ(samples->size(), test.samples);
    std::vector<std::byte> joined;
    for (const std::vector<base::Array>& sample : *samples) {
      ASSERT_EQ(sample.size(), 1U);
      EXPECT_EQ(sample[0].shape, test.model);
      joined.insert(joined.end(), sample[0].bytes.begin(), sample[0].bytes.end());
    }
    EXPECT_EQ(joined, array.bytes) << "samples in the array's order, nothing lost";
  }
}

TEST_F(SamplesTest, OtherShapesAreRefusedWithThoseThatFit) {
  EXPECT_EQ(message(load(counting({3, 2, 2}), {1, 3, 2, 2})),
            "error: x.npy: x: shape [3, 2, 2]; the model takes [1, 3, 2, 2]: give [N, 1, 3, 2, 2] or [N, 3, 2, 2]\n"
            "hint: convert with array.reshape(-1, 3, 2, 2)");
  EXPECT_EQ(message(load(counting({4, 2, 5, 3}), {1, 3, 2, 2})),
            "error: x.npy: x: shape [4, 2, 5, 3]; the model takes [1, 3, 2, 2]: give [N, 1, 3, 2, 2] or [N, 3, 2, 2]");
  EXPECT_EQ(message(load(counting({3, 4}), {2, 4})),
            "error: x.npy: x: shape [3, 4]; the model takes [2, 4]: give [N, 2, 4] or a first axis that is a multiple "
            "of 2");
  EXPECT_EQ(message(load(counting({2, 2}), {})), "error: x.npy: x: shape [2, 2]; the model takes []: give [N]");
  EXPECT_EQ(message(load(counting({}), {1, 4})),
            "error: x.npy: x: shape []; the model takes [1, 4]: give [N, 1, 4] or [N, 4]");
}

TEST_F(SamplesTest, ZeroSamplesAreRefused) {
  for (const Shape& shape : {Shape{0, 4}, Shape{0, 1, 4}}) {
    EXPECT_EQ(message(load(counting(shape), {1, 4})), "error: x.npy: x: 0 samples; at least 1 sample");
  }
}

TEST_F(SamplesTest, TypesOtherThanFloat32AreRefused) {
  const std::string hint = "\nhint: convert with array.astype(\"float32\"), preprocessed as in training";
  for (const base::ArrayType type : {base::ArrayType::Float64, base::ArrayType::UInt8, base::ArrayType::Int64}) {
    const std::string start = "error: x.npy: x: data type " + std::string(base::to_string(type)) + "; float32";
    const base::Array array = of_type(type, {1, 4}, 4);
    EXPECT_EQ(message(load(array, {1, 4})), start + hint);
    const std::string allowed = ", or int8 codes as they are" + hint;
    EXPECT_EQ(message(load(array, {1, 4}, base::ArrayType::Int8)), start + allowed);
  }
  EXPECT_EQ(message(load(of_type(base::ArrayType::Int8, {1, 4}, 4), {1, 4})),
            "error: x.npy: x: data type int8; float32" + hint);
}

TEST_F(SamplesTest, CodesAreTakenAsTheyAreWhereAllowed) {
  const std::vector<std::int8_t> codes = {1, -2, 3, -4};
  const auto samples = load(base::make_array({2, 2}, codes), {1, 2}, base::ArrayType::Int8);
  ASSERT_TRUE(samples.ok()) << message(samples);
  ASSERT_EQ(samples->size(), 2U);
  EXPECT_EQ((*samples)[1][0].dtype, base::ArrayType::Int8);
  EXPECT_THAT((*samples)[1][0].data<std::int8_t>(), ElementsAre(3, -4));
}

base::Array int16_array(const Shape& shape, const std::vector<std::int16_t>& codes) {
  const auto* begin = reinterpret_cast<const std::byte*>(codes.data());
  return {base::ArrayType::Int16, shape, {begin, begin + codes.size() * sizeof(std::int16_t)}};
}

TEST_F(SamplesTest, CodesAreThoseOfTheirPort) {
  const base::Array codes = int16_array({2, 2}, {1, -200, 3000, -32768});
  const auto samples = load(codes, {1, 2}, base::ArrayType::Int16);
  ASSERT_TRUE(samples.ok()) << message(samples);
  EXPECT_EQ((*samples)[1][0].dtype, base::ArrayType::Int16);
  EXPECT_THAT((*samples)[1][0].data<std::int16_t>(), ElementsAre(3000, -32768));
  EXPECT_EQ(message(load(codes, {1, 2}, base::ArrayType::Int8)),
            "error: x.npy: x: data type int16; float32, or int8 codes as they are\n"
            "hint: convert with array.astype(\"float32\"), preprocessed as in training");
  EXPECT_EQ(message(load(of_type(base::ArrayType::Int8, {1, 4}, 4), {1, 4}, base::ArrayType::Int16)),
            "error: x.npy: x: data type int8; float32, or int16 codes as they are\n"
            "hint: codes of 8 bits have another scale: give real numbers as float32");
}

TEST_F(SamplesTest, NumbersThatAreNotFiniteNameTheirSample) {
  base::Array array = counting({3, 2});
  const auto set = [&](std::size_t element, float value) {
    std::memcpy(array.bytes.data() + element * sizeof(float), &value, sizeof(float));
  };
  set(5, std::numeric_limits<float>::infinity());
  EXPECT_EQ(message(load(array, {1, 2})), "error: x.npy: x: sample 2 holds an infinite number; finite numbers");
  set(2, std::nanf(""));
  EXPECT_EQ(message(load(array, {1, 2})), "error: x.npy: x: sample 1 holds NaN; finite numbers");
}

TEST_F(SamplesTest, AnNpzIsReadByNameAndByPosition) {
  const PortShape ports[] = {{"image", {1, 2}}, {"state", {1, 3}}};
  const base::Array image = counting({4, 2});
  const base::Array state = counting({4, 3});
  for (const frontends::NamedArrays& arrays :
       {frontends::NamedArrays{{"image", image}, {"state", state}},
        frontends::NamedArrays{{"in0", image}, {"in1", state}},
        frontends::NamedArrays{{"in1", state}, {"image", image}, {"labels", counting({4})}}}) {
    const Paths files = {write("data.npz", arrays)};
    const auto samples = load_samples(files, ports);
    ASSERT_TRUE(samples.ok()) << message(samples);
    ASSERT_EQ(samples->size(), 4U);
    EXPECT_THAT((*samples)[3][0].data<float>(), ElementsAre(6, 7));
    EXPECT_THAT((*samples)[3][1].data<float>(), ElementsAre(9, 10, 11));
  }
}

TEST_F(SamplesTest, AnNpzWithoutAnInputNamesIt) {
  const PortShape ports[] = {{"image", {1, 2}}, {"state", {1, 3}}};
  const Paths files = {write("data.npz", frontends::NamedArrays{{"image", counting({4, 2})}})};
  EXPECT_EQ(message(load_samples(files, ports)),
            "error: data.npz: state: no array of this name among 'image'; an array 'state' or 'in1'");
  // What numpy.savez("data.npz") writes: the end of a ZIP archive, and no more.
  const Paths nothing = {folder_->path() / "data.npz"};
  std::ofstream(nothing[0], std::ios::binary) << "PK\5\6" + std::string(18, '\0');
  EXPECT_EQ(message(load_samples(nothing, ports)),
            "error: data.npz: image: the file holds no arrays; an array 'image' or 'in0'");
  const Paths many = {write("data.npz", frontends::NamedArrays{{"a", counting({1})},
                                                               {"b", counting({1})},
                                                               {"c", counting({1})},
                                                               {"d", counting({1})},
                                                               {"e", counting({1})},
                                                               {"f", counting({1})},
                                                               {"g", counting({1})}})};
  EXPECT_EQ(
      message(load_samples(many, ports)),
      "error: data.npz: image: no array of this name among 'a', 'b', 'c', 'd', 'e', and 2 more; an array 'image' or "
      "'in0'");
}

/// An input that is called like another one's position takes its array; it must not be handed out twice.
TEST_F(SamplesTest, AnArrayServesOneInput) {
  const PortShape ports[] = {{"in1", {}}, {"y", {}}};
  const Paths files = {write("data.npz", frontends::NamedArrays{{"in1", counting({})}, {"in0", counting({})}})};
  EXPECT_EQ(message(load_samples(files, ports)),
            "error: data.npz: y: no array of this name among 'in0', 'in1'; an array 'y' or 'in1'");
}

TEST_F(SamplesTest, SeveralNpyFilesAreTheInputsInOrder) {
  const PortShape ports[] = {{"image", {1, 2}}, {"state", {3}}};
  const Paths files = {write("a.npy", counting({2, 2})), write("b.npy", counting({2, 3}))};
  const auto samples = load_samples(files, ports);
  ASSERT_TRUE(samples.ok()) << message(samples);
  ASSERT_EQ(samples->size(), 2U);
  EXPECT_THAT((*samples)[1][0].data<float>(), ElementsAre(2, 3));
  EXPECT_THAT((*samples)[1][1].data<float>(), ElementsAre(3, 4, 5));
}

TEST_F(SamplesTest, InputsHaveEquallyManySamples) {
  const PortShape ports[] = {{"image", {1, 2}}, {"state", {3}}};
  const Paths files = {write("a.npy", counting({2, 2})), write("b.npy", counting({5, 3}))};
  EXPECT_EQ(message(load_samples(files, ports)), "error: b.npy: state: 5 samples; as many as input 'image' has: 2");
}

TEST_F(SamplesTest, TheNumberOfFilesIsThatOfTheInputs) {
  const PortShape one[] = {{"x", {1, 2}}};
  const PortShape two[] = {{"x", {1, 2}}, {"y", {1, 2}}};
  const std::filesystem::path file = write("x.npy", counting({2, 2}));
  const auto load_all = [](const Paths& files, std::span<const PortShape> ports) { return load_samples(files, ports); };
  EXPECT_EQ(message(load_all({file, file}, one)), "error: x.npy: 2 files; one .npy or .npz: the model has one input");
  EXPECT_EQ(message(load_all({file}, two)),
            "error: x.npy: one .npy file; one .npz, or a .npy for each of the model's 2 inputs");
  EXPECT_EQ(message(load_all({}, one)), "error: 0 files; one .npy or .npz: the model has one input");
}

TEST_F(SamplesTest, FilesThatCannotBeReadAreNamed) {
  const PortShape ports[] = {{"x", {1, 2}}};
  const auto load_file = [&](const std::string& name) {
    const Paths files = {folder_->path() / name};
    return message(load_samples(files, ports));
  };
  EXPECT_EQ(load_file("absent.npy"), "error: absent.npy: no such file");
  EXPECT_EQ(load_file("absent.npz"), "error: absent.npz: no such file");
  ASSERT_TRUE(base::write_file(folder_->path() / "text.npy", std::string_view("hello")).ok());
  EXPECT_THAT(load_file("text.npy"), HasSubstr("error: text.npy: "));
}

TEST(Stack, JoinsOnTheBatchOrOnANewAxis) {
  const base::Array batch_of_one[] = {counting({1, 2}), counting({1, 2}), counting({1, 2})};
  EXPECT_EQ(stack(batch_of_one).shape, (Shape{3, 2}));
  EXPECT_THAT(stack(batch_of_one).data<float>(), ElementsAre(0, 1, 0, 1, 0, 1));
  const base::Array batch_of_two[] = {counting({2, 2}), counting({2, 2})};
  EXPECT_EQ(stack(batch_of_two).shape, (Shape{2, 2, 2}));
  const base::Array scalars[] = {counting({}), counting({})};
  EXPECT_EQ(stack(scalars).shape, (Shape{2}));
  const base::Array one[] = {counting({3})};
  EXPECT_EQ(stack(one).shape, (Shape{1, 3}));
}

TEST_F(SamplesTest, PositionsAreIntegersOfEitherWidth) {
  const PortShape ports[] = {{"x", {1, 2}, PortContent::Positions}};
  const auto load_positions = [&](const base::Array& array) {
    const Paths files = {write("x.npy", array)};
    return load_samples(files, ports);
  };
  base::Array wide = of_type(base::ArrayType::Int64, {2, 2}, 4);
  const std::int64_t numbers[] = {1, -2, 3, INT32_MAX};
  std::memcpy(wide.bytes.data(), numbers, sizeof numbers);
  const auto samples = load_positions(wide);
  ASSERT_EQ(message(samples), "ok");
  ASSERT_EQ(samples->size(), 2U);
  EXPECT_EQ((*samples)[1][0].dtype, base::ArrayType::Int32);
  EXPECT_THAT((*samples)[1][0].data<std::int32_t>(), ElementsAre(3, INT32_MAX));
  EXPECT_EQ(message(load_positions(of_type(base::ArrayType::Int32, {1, 2}, 2))), "ok");

  EXPECT_EQ(message(load_positions(counting({1, 2}))),
            "error: x.npy: x: data type float32; int64 or int32: the model takes positions\nhint: convert with "
            "array.astype(\"int64\")");
  const std::int64_t too_large[] = {1, std::int64_t{1} << 31};
  base::Array large = of_type(base::ArrayType::Int64, {1, 2}, 2);
  std::memcpy(large.bytes.data(), too_large, sizeof too_large);
  EXPECT_EQ(message(load_positions(large)), "error: x.npy: x: position 2147483648; 32-bit integers");
}

class SampleStreamTest : public SamplesTest {
 protected:
  /// x.npz with the array 'x', compressed.
  std::filesystem::path write_deflated(const base::Array& array) {
    const std::vector<frontends::ZipItem> items = {{"x.npy", base::format_npy(array)}};
    const auto archive = frontends::write_zip(items, frontends::ZipMethod::Deflated);
    EXPECT_TRUE(archive.ok());
    std::filesystem::path file = folder_->path() / "x.npz";
    EXPECT_TRUE(base::write_file(file, *archive).ok());
    return file;
  }
  static Result<SampleStream> open(const std::filesystem::path& file, const Shape& model) {
    const Paths files = {file};
    const PortShape ports[] = {{"x", model}};
    return SampleStream::open(files, ports);
  }
  std::string message(const Error& error) const { return SamplesTest::message(Result<Samples>(error)); }
};

TEST_F(SampleStreamTest, AnySampleOfAnyKindOfFile) {
  const base::Array array = counting({5, 3});
  for (const std::filesystem::path& file :
       {write("x.npy", array), write("stored.npz", frontends::NamedArrays{{"in0", array}}), write_deflated(array)}) {
    const auto stream = open(file, {1, 3});
    ASSERT_TRUE(stream.ok()) << message(stream.error());
    EXPECT_EQ(stream->count(), 5U);
    EXPECT_EQ(stream->sample_bytes(), 12U);
    for (const std::size_t index : {0U, 1U, 4U, 2U, 2U, 0U}) {
      const auto sample = stream->read(index);
      ASSERT_TRUE(sample.ok()) << file << message(sample.error());
      const auto first = static_cast<float>(3 * index);
      EXPECT_THAT(sample->front().data<float>(), ElementsAre(first, first + 1, first + 2));
    }
  }
}

TEST_F(SampleStreamTest, FortranOrderGivesTheSameSamples) {
  // [2, 3] with the first index fastest.
  std::string header = "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }";
  header.resize(117, ' ');
  std::string bytes = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + header + "\n";
  const float elements[] = {0, 3, 1, 4, 2, 5};
  bytes.append(reinterpret_cast<const char*>(elements), sizeof elements);
  ASSERT_TRUE(base::write_file(folder_->path() / "x.npy", std::string_view(bytes)).ok());
  const auto stream = open(folder_->path() / "x.npy", {1, 3});
  ASSERT_TRUE(stream.ok()) << message(stream.error());
  EXPECT_THAT(stream->read(1)->front().data<float>(), ElementsAre(3, 4, 5));
}

TEST_F(SampleStreamTest, LimitLeavesOutTheLast) {
  auto stream = open(write("x.npy", counting({5, 3})), {1, 3});
  ASSERT_TRUE(stream.ok());
  stream->limit(9);
  EXPECT_EQ(stream->count(), 5U);
  stream->limit(2);
  EXPECT_EQ(stream->count(), 2U);
}

TEST_F(SampleStreamTest, FilesThatAreCutOrDamagedAreErrors) {
  const base::Array array = counting({50, 4});
  const std::filesystem::path plain = write("x.npy", array);
  std::filesystem::resize_file(plain, 500);
  EXPECT_EQ(message(open(plain, {1, 4}).error()),
            "error: x.npy: the file holds 372 bytes of data, but float32 of shape [50, 4] needs 800");
  const std::filesystem::path archive = write("y.npz", frontends::NamedArrays{{"x", array}});
  const auto bytes = base::read_file(archive);
  ASSERT_TRUE(bytes.ok());
  for (std::size_t size = 2; size < bytes->size(); size += 53) {
    ASSERT_TRUE(base::write_file(archive, std::span(*bytes).first(size)).ok());
    EXPECT_THAT(message(open(archive, {1, 4}).error()), HasSubstr("error: y.npz: the ZIP archive is truncated"))
        << size;
  }
  // A bit of the last sample: what comes before it is good.
  std::vector<std::byte> damaged = *bytes;
  const std::size_t header = 30 + std::string_view("x.npy").size() + 128;
  damaged[header + 795] ^= std::byte{1};
  ASSERT_TRUE(base::write_file(archive, damaged).ok());
  const auto stream = open(archive, {1, 4});
  ASSERT_TRUE(stream.ok()) << message(stream.error());
  EXPECT_TRUE(stream->read(48).ok());
  EXPECT_EQ(message(stream->read(49).error()), "error: y.npz: x.npy: is damaged: CRC error");
}

}  // namespace
}  // namespace pudu::driver
