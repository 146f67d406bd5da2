#ifndef CSJ_DIRECT_H
#define CSJ_DIRECT_H

#include "Elements.h"

namespace csj {

// Readers of the usual forms straight from the text, in one pass and without an index of it. Each takes the place where
// a value begins and returns the place behind it, or null for whatever it does not know, sound or not: the general
// reader then decides, and finds the words. What they take, they read as the general reader does.
//
// The text ends with at least `SIMDJSON_PADDING` zeros, which no value goes on with.

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') <= 9; }

/// Line feeds are no blanks: they end a row.
inline const char *skip_blanks(const char *p) {
  while (simdjson_unlikely(*p == ' ' || *p == '\t' || *p == '\r')) p++;
  return p;
}

/// Digits of a whole number without a superfluous zero in front; null when there are none or more than `most`.
inline const char *read_digits(const char *p, uint64_t &out, std::ptrdiff_t most) {
  const char *start = p;
  uint64_t value = 0;
  for (; is_digit(*p); p++) value = value * 10 + static_cast<uint64_t>(*p - '0');
  if (p == start || p - start > most || (*start == '0' && p - start > 1)) return nullptr;
  out = value;
  return p;
}

/// A number of any JSON form, as simdjson reads it.
inline const char *read_any_double(const char *p, double &out) {
  auto bytes = reinterpret_cast<const uint8_t *>(p);
  if (simdjson::SIMDJSON_BUILTIN_IMPLEMENTATION::numberparsing::parse_double(bytes).get(out)) return nullptr;
  const char *end = p;
  while (is_digit(*end) || *end == '-' || *end == '+' || *end == '.' || *end == 'e' || *end == 'E') end++;
  return correct_fraction({p, static_cast<size_t>(end - p)}, out) ? end : nullptr;
}

/// A whole number or a plain decimal fraction of few enough digits that one division rounds it correctly.
inline const char *read_double(const char *start, double &out) {
  static constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,
                                       1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19};
  constexpr std::ptrdiff_t kMostDigits = 19;
  constexpr uint64_t kExact = uint64_t(1) << 53;
  bool negative = *start == '-';
  const char *first = start + negative;
  uint64_t digits = 0;
  const char *p = read_digits(first, digits, kMostDigits);
  if (simdjson_unlikely(p == nullptr)) return read_any_double(start, out);
  std::ptrdiff_t fraction = 0;
  if (*p == '.') {
    const char *point = p++;
    for (; is_digit(*p); p++) digits = digits * 10 + static_cast<uint64_t>(*p - '0');
    fraction = p - point - 1;
    if (simdjson_unlikely(fraction == 0 || p - first - 1 > kMostDigits)) return read_any_double(start, out);
  }
  if (simdjson_unlikely(digits > kExact || *p == 'e' || *p == 'E')) return read_any_double(start, out);
  double value = static_cast<double>(digits);
  if (fraction > 0) value /= kPowers[fraction];
  out = negative ? -value : value;
  return p;
}

/// One number.
template <typename T>
simdjson_inline const char *read_number(const char *p, T &out) {
  if constexpr (std::is_integral_v<T>) {
    bool negative = *p == '-';
    if (negative && !std::is_signed_v<T>) return nullptr;
    uint64_t magnitude = 0;
    const char *end = read_digits(p + negative, magnitude, 18);
    if (end == nullptr) return nullptr;
    auto value = static_cast<int64_t>(magnitude);
    if (negative) value = -value;
    if constexpr (sizeof(T) < sizeof(int64_t)) {
      if (value < int64_t(std::numeric_limits<T>::min()) || value > int64_t(std::numeric_limits<T>::max())) {
        return nullptr;
      }
    }
    out = static_cast<T>(value);
    return end;
  } else {
    double value;
    const char *end = read_double(p, value);
    return end != nullptr && narrow(value, out) ? end : nullptr;
  }
}

/// A number of one or two digits with a comma behind it, without a branch on which it is; null for any other.
template <typename T>
simdjson_inline const char *read_small_number(const char *p, T &out) {
  auto first = static_cast<unsigned char>(p[0] - '0');
  auto second = static_cast<unsigned char>(p[1] - '0');
  unsigned two = second <= 9;
  const char *end = p + 1 + two;
  if (simdjson_unlikely(first > 9 || *end != ',' || (first == 0 && two == 1))) return nullptr;
  unsigned value = first + two * (9u * first + second);
  if constexpr (std::is_arithmetic_v<T>) {
    out = static_cast<T>(value);
    return end;
  } else {
    return out.assign(value) ? end : nullptr;
  }
}

/// A string of plain ASCII without escapes.
inline const char *read_plain_text(const char *p, ByteStore &out) {
  if (*p != '"') return nullptr;
  const char *start = ++p;
  while (*p >= 0x20 && *p < 0x7f && *p != '"' && *p != '\\') p++;
  if (*p != '"') return nullptr;
  out.push(static_cast<uint32_t>(p - start));
  out.append(start, static_cast<size_t>(p - start));
  return p + 1;
}

template <typename T>
simdjson_inline const char *read_direct_element(const char *p, ByteStore &out) {
  if constexpr (std::is_same_v<T, bool>) {
    bool yes = std::strncmp(p, "true", 4) == 0;
    if (!yes && std::strncmp(p, "false", 5) != 0) return nullptr;
    out.push(yes);
    return p + (yes ? 4 : 5);
  } else if constexpr (std::is_same_v<T, Text>) {
    return read_plain_text(p, out);
  } else {
    T value;
    p = read_number(p, value);
    if (p != nullptr) out.push(value);
    return p;
  }
}

/// The elements of an innermost array and the bracket behind them.
template <typename T>
const char *read_direct_leaves(const char *p, ByteStore &out, int64_t &count) {
  if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, Text>) {
    while (true) {
      p = read_direct_element<T>(skip_blanks(p), out);
      if (p == nullptr) return nullptr;
      count++;
      p = skip_blanks(p);
      if (*p == ']') return p + 1;
      if (*p++ != ',') return nullptr;
    }
  } else {
    // Elements gather in locals, which the compiler knows no store to `out` can overlap.
    constexpr size_t kChunk = 64;
    T chunk[kChunk];
    size_t used = 0;
    while (true) {
      const char *end = read_small_number(p, chunk[used]);
      if (simdjson_likely(end != nullptr)) {
        p = end;
      } else {
        p = read_number(skip_blanks(p), chunk[used]);
        if (simdjson_unlikely(p == nullptr)) return nullptr;
        p = skip_blanks(p);
      }
      count++;
      if (++used == kChunk) {
        out.append(chunk, sizeof chunk);
        used = 0;
      }
      if (*p == ',') {
        p++;
        p += *p == ' ';
        continue;
      }
      if (*p != ']') return nullptr;
      out.append(chunk, used * sizeof(T));
      return p + 1;
    }
  }
}

/// A value nested `dims.sizes.size() - axis` arrays deep; what `append_nested` is to the general reader.
template <typename T>
const char *read_direct(const char *p, Dims &dims, size_t axis, ByteStore &out) {
  size_t rank = dims.sizes.size();
  p = skip_blanks(p);
  if (axis == rank || *p != '[') {
    return axis == rank || dims.is_one_element(axis) ? read_direct_element<T>(p, out) : nullptr;
  }
  p++;
  int64_t count = 0;
  if (axis + 1 == rank) {
    p = read_direct_leaves<T>(p, out, count);
    if (p == nullptr) return nullptr;
  } else {
    while (true) {
      p = read_direct<T>(p, dims, axis + 1, out);
      if (p == nullptr) return nullptr;
      count++;
      p = skip_blanks(p);
      if (*p == ']') break;
      if (*p++ != ',') return nullptr;
    }
    p++;
  }
  int64_t &expected = dims.sizes[axis];
  if (expected == -1) expected = count;
  return expected == count ? p : nullptr;
}

}  // namespace csj

#endif
