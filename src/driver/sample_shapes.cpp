#include "driver/sample_shapes.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace pudu::driver {
namespace {

Shape with_sample_axis(const Shape& shape) {
  Shape result = {0};
  result.insert(result.end(), shape.begin(), shape.end());
  return result;
}

bool same_tail(const Shape& a, std::size_t a_begin, const Shape& b, std::size_t b_begin) {
  return std::equal(a.begin() + static_cast<std::ptrdiff_t>(a_begin), a.end(),
                    b.begin() + static_cast<std::ptrdiff_t>(b_begin), b.end());
}

/// "2, 0, 1"
std::string numbers_text(const Shape& numbers) {
  const std::string text = shape_text(numbers);
  return text.substr(1, text.size() - 2);
}

Shape without_ones(const Shape& shape) {
  Shape result;
  std::copy_if(shape.begin(), shape.end(), std::back_inserter(result), [](std::int64_t size) { return size != 1; });
  return result;
}

/// Does only the number of axes of one element differ? The bytes are those of samples then.
bool differs_in_ones(const Shape& found, const Shape& model) {
  const Shape wanted = without_ones(model);
  if (wanted.empty() || found.empty() || model[0] != 1) return false;
  if (without_ones(found) == wanted) return true;
  return without_ones({found.begin() + 1, found.end()}) == wanted;
}

/// Where transpose() takes the channels.
enum class Channels : std::uint8_t { ToFront, ToBack };

/// transpose()'s argument for an array of `rank` axes, of which the last `size` are those of one image or sequence.
Shape order_of(std::size_t rank, std::size_t size, Channels channels) {
  Shape order(rank);
  std::iota(order.begin(), order.end(), 0);
  const auto begin = order.end() - static_cast<std::ptrdiff_t>(size);
  if (channels == Channels::ToFront) std::rotate(begin, order.end() - 1, order.end());
  if (channels == Channels::ToBack) std::rotate(begin, begin + 1, order.end());
  return order;
}

/// What an array would have to look like for transpose() with that order to give `model`.
Shape before_transposing(const Shape& model, Channels channels) {
  Shape result = model;
  if (channels == Channels::ToFront) std::rotate(result.begin() + 1, result.begin() + 2, result.end());
  if (channels == Channels::ToBack) std::rotate(result.begin() + 1, result.end() - 1, result.end());
  return result;
}

bool holds_samples_or_one(const Shape& found, const Shape& model) {
  if (sample_count(found, model) > 0) return true;
  return model[0] == 1 && found.size() + 1 == model.size() && same_tail(found, 0, model, 1);
}

std::string transposition_hint(const Shape& found, const Shape& model, Channels channels) {
  if (!holds_samples_or_one(found, before_transposing(model, channels))) return "";
  const bool lacks_batch = found.size() < model.size();
  const std::string transposed = "array.transpose(" + numbers_text(order_of(found.size(), model.size() - 1, channels)) +
                                 ")" + (lacks_batch ? "[None]" : "");
  if (model.size() != 4) return "the axes stand in another order: convert with " + transposed;
  return channels == Channels::ToFront
             ? "channels last: convert with " + transposed + ", or compile the model with --input-layout nhwc"
             : "channels first: convert with " + transposed + "; of a .pt2, --input-layout nchw takes them as they are";
}

}  // namespace

std::string shape_text(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

std::int64_t sample_count(const Shape& found, const Shape& model) {
  if (found == model) return 1;
  if (found.size() == model.size() + 1 && same_tail(found, 1, model, 0)) return found[0];
  if (!model.empty() && found.size() == model.size() && same_tail(found, 1, model, 1) && found[0] % model[0] == 0) {
    return found[0] / model[0];
  }
  return -1;
}

std::string allowed_shapes(const Shape& model) {
  const auto with_n = [](Shape shape) {
    std::string text = shape_text(shape);
    return "[N" + text.substr(2);
  };
  std::string text = with_n(with_sample_axis(model));
  if (!model.empty() && model[0] == 1) {
    Shape batched = model;
    batched[0] = 0;
    text += " or " + with_n(batched);
  } else if (!model.empty()) {
    text += " or a first axis that is a multiple of " + std::to_string(model[0]);
  }
  return text;
}

std::string shape_hint(const Shape& found, const Shape& model) {
  if (differs_in_ones(found, model)) {
    Shape samples = model;
    samples[0] = -1;
    return "convert with array.reshape(" + numbers_text(samples) + ")";
  }
  if (model.size() < 3) return "";
  for (const Channels channels : {Channels::ToFront, Channels::ToBack}) {
    std::string hint = transposition_hint(found, model, channels);
    if (!hint.empty()) return hint;
  }
  return "";
}

}  // namespace pudu::driver
