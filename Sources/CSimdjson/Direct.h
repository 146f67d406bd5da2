#ifndef CSJ_DIRECT_H
#define CSJ_DIRECT_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "Elements.h"

namespace csj {

// Readers of the usual forms straight from the text, in one pass and without an index of it. Each takes the place where
// a value begins and returns the place behind it, or null for whatever it does not know, sound or not: the general
// reader then decides, and finds the words. What they take, they read as the general reader does.
//
// Before the text are at least `kLeadPadding` bytes that may be read, and it ends with `SIMDJSON_PADDING` zeros, which
// no value goes on with.

constexpr size_t kLeadPadding = 4;

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

#ifdef __SSE2__

/// Of the 64 bytes at `p`, a bit for each comma that ends a whole number of one to four digits, as long as there is
/// nothing else but a blank before a number.
inline uint64_t commas_behind_small_numbers(const char *p) {
  uint64_t commas = 0, digits = 0, zeros = 0, blanks = 0;
  for (int part = 0; part < 4; part++) {
    __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(p + 16 * part));
    __m128i offsets = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
    auto bits = [&](__m128i mask) { return static_cast<uint64_t>(_mm_movemask_epi8(mask)) << (16 * part); };
    digits |= bits(_mm_cmpeq_epi8(_mm_min_epu8(offsets, _mm_set1_epi8(9)), offsets));
    zeros |= bits(_mm_cmpeq_epi8(offsets, _mm_setzero_si128()));
    commas |= bits(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(',')));
    blanks |= bits(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' ')));
  }
  uint64_t starts = commas << 1 | 1;
  starts = (starts & ~blanks) | (starts & blanks) << 1;
  uint64_t pairs = digits & digits >> 1;
  uint64_t bad = ~(digits | commas | (blanks & commas << 1));
  bad |= starts & ~digits;
  bad |= starts & zeros & digits >> 1;
  bad |= pairs & pairs >> 2 & digits >> 4;
  return bad == 0 ? commas : commas & ((bad & -bad) - 1);
}

/// The most numbers that `read_small_numbers` reads.
constexpr size_t kSmallNumbers = 32;

/// Reads whole numbers of up to four digits with a comma behind each, as many as stand in the next 64 bytes. Returns
/// how many and moves `p` behind the last one's comma. Where they are comes from a few comparisons of all the bytes, so
/// that no number waits for the one before, and no branch depends on their lengths.
template <typename T>
simdjson_inline size_t read_small_numbers(const char *&p, T *out) {
  alignas(16) uint32_t words[kSmallNumbers] = {};
  const char *start = p;
  size_t count = 0;
  for (uint64_t commas = commas_behind_small_numbers(p); commas != 0; commas &= commas - 1) {
    const char *end = p + __builtin_ctzll(commas);
    // The last four bytes, what is before the number cut off; a blank counts as a zero in front.
    auto length = std::min<size_t>(4, static_cast<size_t>(end - start));
    uint32_t word;
    std::memcpy(&word, end - 4, sizeof word);
    words[count++] = word >> (32 - 8 * length) << (32 - 8 * length);
    start = end + 1;
  }
  // Thousands are in the lowest byte: digits make two numbers below a hundred, and these the whole one.
  for (size_t i = 0; i < count; i += 4) {
    auto four = reinterpret_cast<__m128i *>(words + i);
    __m128i digits = _mm_and_si128(_mm_load_si128(four), _mm_set1_epi8(0x0f));
    __m128i pairs = _mm_add_epi16(_mm_mullo_epi16(digits, _mm_set1_epi16(10)), _mm_srli_epi16(digits, 8));
    pairs = _mm_and_si128(pairs, _mm_set1_epi16(0xff));
    _mm_store_si128(four, _mm_madd_epi16(pairs, _mm_set1_epi32(1 << 16 | 100)));
  }
  for (size_t i = 0; i < count; i++) {
    if constexpr (!std::is_arithmetic_v<T>) {
      if (!out[i].assign(words[i])) return 0;
    } else {
      if (sizeof(T) == 1 && words[i] > static_cast<uint32_t>(std::numeric_limits<T>::max())) return 0;
      out[i] = static_cast<T>(static_cast<int32_t>(words[i]));
    }
  }
  p = start;
  return count;
}

#else

constexpr size_t kSmallNumbers = 0;

template <typename T>
size_t read_small_numbers(const char *&, T *) {
  return 0;
}

#endif

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
    constexpr size_t kChunk = 128;
    // The last number of an array is one; more say that the array's numbers are of another kind.
    constexpr int kMostMisses = 4;
    T chunk[kChunk];
    size_t used = 0;
    int misses = 0;
    while (true) {
      if (used + kSmallNumbers >= kChunk) {
        out.append(chunk, used * sizeof(T));
        used = 0;
      }
      if (misses < kMostMisses) {
        if (*p == ' ') p++;
        size_t read = read_small_numbers(p, chunk + used);
        used += read;
        count += static_cast<int64_t>(read);
        if (read > 0) continue;
        misses++;
      }
      p = read_number(skip_blanks(p), chunk[used]);
      if (simdjson_unlikely(p == nullptr)) return nullptr;
      used++;
      count++;
      p = skip_blanks(p);
      if (*p == ']') break;
      if (*p++ != ',') return nullptr;
    }
    out.append(chunk, used * sizeof(T));
    return p + 1;
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
