#ifndef CSJ_ELEMENTS_H
#define CSJ_ELEMENTS_H

#include <cmath>
#include <limits>
#include <type_traits>

#include "Reader.h"

namespace csj {

/// A 16-bit float: 5 or 8 bits of exponent, 10 or 7 of fraction.
template <int kFractionBits, int kMaxExponent>
struct SmallFloat {
  uint16_t bits = 0;

  /// Rounds to nearest, ties to even, straight from the double; false when the value is too large.
  bool assign(double value) {
    constexpr int kMinExponent = 1 - kMaxExponent;
    uint16_t sign = std::signbit(value) ? 0x8000 : 0;
    double magnitude = std::fabs(value);
    if (magnitude == 0) {
      bits = sign;
      return true;
    }
    int exponent = std::max(std::ilogb(magnitude), kMinExponent);
    if (exponent > kMaxExponent) return false;
    auto fraction = static_cast<uint32_t>(std::nearbyint(std::ldexp(magnitude, kFractionBits - exponent)));
    // A subnormal has no implied bit, and rounding up may carry into the next exponent: both fall out of the sum.
    uint32_t pattern = (static_cast<uint32_t>(exponent - kMinExponent) << kFractionBits) + fraction;
    if (pattern >= (static_cast<uint32_t>(2 * kMaxExponent + 1) << kFractionBits)) return false;
    bits = static_cast<uint16_t>(sign | pattern);
    return true;
  }

  void assign_special(bool nan, bool negative) {
    uint32_t pattern = static_cast<uint32_t>(2 * kMaxExponent + 1) << kFractionBits;
    if (nan) pattern |= 1u << (kFractionBits - 1);
    bits = static_cast<uint16_t>((negative ? 0x8000 : 0) | pattern);
  }
};

using Half = SmallFloat<10, 15>;
using Brain = SmallFloat<7, 127>;

/// Marks the element type of which a value is any number of bytes.
struct Text {};

template <typename T>
inline constexpr uint8_t kTypeOf = 0;
template <> inline constexpr uint8_t kTypeOf<bool> = CSJ_BOOL;
template <> inline constexpr uint8_t kTypeOf<uint8_t> = CSJ_UINT8;
template <> inline constexpr uint8_t kTypeOf<uint16_t> = CSJ_UINT16;
template <> inline constexpr uint8_t kTypeOf<uint32_t> = CSJ_UINT32;
template <> inline constexpr uint8_t kTypeOf<uint64_t> = CSJ_UINT64;
template <> inline constexpr uint8_t kTypeOf<int8_t> = CSJ_INT8;
template <> inline constexpr uint8_t kTypeOf<int16_t> = CSJ_INT16;
template <> inline constexpr uint8_t kTypeOf<int32_t> = CSJ_INT32;
template <> inline constexpr uint8_t kTypeOf<int64_t> = CSJ_INT64;
template <> inline constexpr uint8_t kTypeOf<Half> = CSJ_FP16;
template <> inline constexpr uint8_t kTypeOf<Brain> = CSJ_BF16;
template <> inline constexpr uint8_t kTypeOf<float> = CSJ_FP32;
template <> inline constexpr uint8_t kTypeOf<double> = CSJ_FP64;
template <> inline constexpr uint8_t kTypeOf<Text> = CSJ_BYTES;

/// Calls `body` with a value of the element type that `type` names.
template <typename Body>
bool with_type(uint8_t type, Body &&body) {
  switch (type) {
    case CSJ_BOOL: return body(bool());
    case CSJ_UINT8: return body(uint8_t());
    case CSJ_UINT16: return body(uint16_t());
    case CSJ_UINT32: return body(uint32_t());
    case CSJ_UINT64: return body(uint64_t());
    case CSJ_INT8: return body(int8_t());
    case CSJ_INT16: return body(int16_t());
    case CSJ_INT32: return body(int32_t());
    case CSJ_INT64: return body(int64_t());
    case CSJ_FP16: return body(Half());
    case CSJ_BF16: return body(Brain());
    case CSJ_FP32: return body(float());
    case CSJ_FP64: return body(double());
    case CSJ_BYTES: return body(Text());
    default: return false;
  }
}

// MARK: One element

inline bool narrow(double value, double &out) {
  out = value;
  return true;
}

inline bool narrow(double value, float &out) {
  out = static_cast<float>(value);
  return !std::isinf(out);
}

template <int F, int E>
bool narrow(double value, SmallFloat<F, E> &out) {
  return out.assign(value);
}

template <typename T>
void assign_special(bool nan, bool negative, T &out) {
  if constexpr (std::is_floating_point_v<T>) {
    T value = nan ? std::numeric_limits<T>::quiet_NaN() : std::numeric_limits<T>::infinity();
    out = negative ? -value : value;
  } else {
    out.assign_special(nan, negative);
  }
}

/// Reads again what simdjson 3.0 may have read wrongly: it overflows, without a word, at more than 19 digits behind
/// "0." and any zeros. `text` is the number's, `number` what was made of it. False if it is too large for a double.
bool correct_fraction(std::string_view text, double &number);

/// A number of any JSON form.
simdjson_inline bool read_double(od::value &value, double &out) {
  if (value.get_double().get(out)) return false;
  std::string_view text = value.raw_json_token();
  return simdjson_likely(text.size() <= 20) || correct_fraction(text, out);
}

bool append_text(Reader &reader, od::value &value, ByteStore &out);
/// Words for a value that the element type does not take.
bool refuse_element(Reader &reader, od::value &value, uint8_t type);
/// 0 when the value is none of the strings "NaN", "Infinity" and "-Infinity", else 1, 2, 3.
int special_number(od::value &value);

/// The usual case of a number; false when `read_odd` has to look.
template <typename T>
simdjson_inline bool read_usual(od::value &value, T &out) {
  if constexpr (std::is_same_v<T, bool>) {
    return value.get_bool().get(out) == simdjson::SUCCESS;
  } else if constexpr (std::is_integral_v<T>) {
    std::conditional_t<std::is_signed_v<T>, int64_t, uint64_t> wide;
    if (value.get<decltype(wide)>().get(wide) != simdjson::SUCCESS) return false;
    out = static_cast<T>(wide);
    return wide >= std::numeric_limits<T>::min() && wide <= std::numeric_limits<T>::max();
  } else {
    double number;
    return read_double(value, number) && narrow(number, out);
  }
}

/// What is not usual: integers written as 3.0 or 3e2, special numbers as strings; else the refusal.
template <typename T>
simdjson_never_inline bool read_odd(Reader &reader, od::value &value, T &out) {
  if constexpr (std::is_same_v<T, bool>) {
    return refuse_element(reader, value, CSJ_BOOL);
  } else if constexpr (std::is_integral_v<T>) {
    constexpr double kExact = 9007199254740992.0;
    double number;
    if (!read_double(value, number) || number != std::trunc(number) || std::fabs(number) > kExact ||
        number < static_cast<double>(std::numeric_limits<T>::min()) ||
        number > static_cast<double>(std::numeric_limits<T>::max())) {
      return refuse_element(reader, value, kTypeOf<T>);
    }
    out = static_cast<T>(number);
    return true;
  } else {
    int special = special_number(value);
    if (special == 0) return refuse_element(reader, value, kTypeOf<T>);
    assign_special(special == 1, special == 3, out);
    return true;
  }
}

template <typename T>
bool append_element(Reader &reader, od::value &value, ByteStore &out) {
  if constexpr (std::is_same_v<T, Text>) {
    return append_text(reader, value, out);
  } else {
    T element;
    if (!read_usual(value, element) && !read_odd(reader, value, element)) return false;
    out.push(element);
    return true;
  }
}

// MARK: Nested arrays

/// The lengths that nested arrays must have: -1 where the first array met decides.
struct Dims {
  std::vector<int64_t> sizes;
  /// Bit per axis that the model itself fixes, so that a message can say whose expectation it was.
  uint64_t fixed = 0;

  explicit Dims(std::vector<int64_t> lengths = {}) : sizes(std::move(lengths)) {
    for (size_t axis = 0; axis < sizes.size(); axis++) fixed |= uint64_t(sizes[axis] != -1) << axis;
  }
  /// A bare value is taken where arrays of exactly one element are expected: `{"age": 39}` for a column of shape
  /// [-1,1].
  bool is_one_element(size_t axis) const {
    for (size_t i = axis; i < sizes.size(); i++) {
      if (sizes[i] != 1 || (fixed >> i & 1) == 0) return false;
    }
    return true;
  }
};

bool refuse_length(Reader &reader, od::value &value, const Dims &dims, size_t axis, size_t count);
bool refuse_depth(Reader &reader, od::value &value, const Dims &dims, size_t axis, uint8_t type);

/// Appends the innermost arrays' elements; `count` counts them.
template <typename T>
bool append_leaves(Reader &reader, od::array &array, size_t axis, ByteStore &out, size_t &count) {
  // Elements gather in locals, which the compiler knows no store to `out` can overlap.
  constexpr size_t kChunk = 64;
  T chunk[kChunk];
  size_t used = 0;
  for (auto item : array) {
    od::value child;
    if (auto error = item.get(child)) return reader.syntax(error);
    if (simdjson_unlikely(!read_usual(child, chunk[used]))) {
      reader.place.index[axis] = count + used;
      if (!read_odd(reader, child, chunk[used])) return false;
    }
    if (++used == kChunk) {
      out.append(chunk, sizeof chunk);
      count += used;
      used = 0;
    }
  }
  out.append(chunk, used * sizeof(T));
  count += used;
  return true;
}

/// Appends a value nested `dims.sizes.size() - axis` arrays deep.
template <typename T>
bool append_nested(Reader &reader, od::value &value, Dims &dims, size_t axis, ByteStore &out) {
  size_t rank = dims.sizes.size();
  if (axis == rank) return append_element<T>(reader, value, out);
  od::array array;
  if (auto error = value.get_array().get(array)) {
    if (error != simdjson::INCORRECT_TYPE) return reader.syntax(error);
    if (dims.is_one_element(axis)) return append_element<T>(reader, value, out);
    return refuse_depth(reader, value, dims, axis, kTypeOf<T>);
  }
  size_t count = 0;
  bool read = true;
  reader.place.axes = axis + 1;
  if (!std::is_same_v<T, Text> && axis + 1 == rank) {
    if constexpr (!std::is_same_v<T, Text>) read = append_leaves<T>(reader, array, axis, out, count);
  } else {
    read = reader.each_element(array, [&](od::value &child) {
      reader.place.index[axis] = count++;
      return append_nested<T>(reader, child, dims, axis + 1, out);
    });
  }
  if (!read) return false;
  reader.place.axes = axis;
  int64_t &expected = dims.sizes[axis];
  if (expected == -1) expected = static_cast<int64_t>(count);
  if (simdjson_unlikely(expected != static_cast<int64_t>(count))) {
    return refuse_length(reader, value, dims, axis, count);
  }
  return true;
}

}  // namespace csj

#endif
