#include <charconv>
#include <cmath>
#include <limits>

#include "Elements.h"

namespace csj {

namespace {

/// Longer than any number or word that is written: -1.7976931348623157e+308 has 24 characters.
constexpr size_t kLongestElement = 40;

void put(csj_buffer &buffer, char c) { buffer.bytes[buffer.count++] = static_cast<uint8_t>(c); }

void put(csj_buffer &buffer, std::string_view text) {
  std::memcpy(buffer.bytes + buffer.count, text.data(), text.size());
  buffer.count += text.size();
}

bool room(csj_buffer &buffer, size_t additional) {
  return simdjson_likely(buffer.capacity - buffer.count >= additional) || csj_buffer_reserve(&buffer, additional);
}

/// Integers up to here are exact in T and written digit by digit, above them the shortest form may be an exponent.
template <typename T>
constexpr T kWritableInteger = std::is_same_v<T, float> ? T(16777216) : T(1e15);

template <typename T>
char *number_text(char *start, T value) {
  return std::to_chars(start, start + kLongestElement, value).ptr;
}

/// Shortest text that reads back as the same number; with a point or exponent, so that it stays a float everywhere.
template <typename T>
void put_float(csj_buffer &buffer, T value) {
  char *start = reinterpret_cast<char *>(buffer.bytes + buffer.count);
  char *end;
  if (std::fabs(value) < kWritableInteger<T>) {
    auto whole = static_cast<int64_t>(value);
    bool integral = static_cast<T>(whole) == value && (whole != 0 || !std::signbit(value));
    end = integral ? number_text(start, whole) : number_text(start, value);
    if (integral || (value == 0 && std::signbit(value))) {
      *end++ = '.';
      *end++ = '0';
    }
  } else if (std::isfinite(value)) {
    end = number_text(start, value);
    if (std::string_view(start, static_cast<size_t>(end - start)).find_first_of(".e") == std::string_view::npos) {
      *end++ = '.';
      *end++ = '0';
    }
  } else {
    put(buffer, std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
    return;
  }
  buffer.count = static_cast<size_t>(end - reinterpret_cast<char *>(buffer.bytes));
}

float widen(Half half) {
  uint32_t exponent = half.bits >> 10 & 0x1f;
  uint32_t fraction = half.bits & 0x3ff;
  float sign = (half.bits & 0x8000) != 0 ? -1.0f : 1.0f;
  if (exponent == 0x1f) {
    if (fraction != 0) return std::numeric_limits<float>::quiet_NaN();
    return sign * std::numeric_limits<float>::infinity();
  }
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  return sign * std::ldexp(static_cast<float>(fraction | 0x400), static_cast<int>(exponent) - 25);
}

float widen(Brain brain) {
  uint32_t bits = static_cast<uint32_t>(brain.bits) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

/// Where the values come from: moves on as they are written.
struct Source {
  const uint8_t *next;
  const uint8_t *end;
};

bool put_text(csj_buffer &buffer, Source &source);

template <typename T>
bool put_element(csj_buffer &buffer, Source &source) {
  if constexpr (std::is_same_v<T, Text>) {
    return put_text(buffer, source);
  } else {
    T value;
    if (static_cast<size_t>(source.end - source.next) < sizeof value) return false;
    if (!room(buffer, kLongestElement)) return false;
    if constexpr (std::is_same_v<T, bool>) {
      put(buffer, *source.next++ != 0 ? "true" : "false");
      return true;
    } else {
      std::memcpy(&value, source.next, sizeof value);
      source.next += sizeof value;
      if constexpr (std::is_floating_point_v<T>) {
        put_float(buffer, value);
      } else if constexpr (std::is_integral_v<T>) {
        char *start = reinterpret_cast<char *>(buffer.bytes + buffer.count);
        buffer.count += static_cast<size_t>(std::to_chars(start, start + kLongestElement, value).ptr - start);
      } else {
        put_float(buffer, widen(value));
      }
      return true;
    }
  }
}

template <typename T>
bool put_nested(csj_buffer &buffer, Source &source, const int64_t *dims, size_t rank) {
  if (rank == 0) return put_element<T>(buffer, source);
  if (!room(buffer, 2)) return false;
  put(buffer, '[');
  for (int64_t i = 0; i < dims[0]; i++) {
    if (i > 0) {
      if (!room(buffer, 1)) return false;
      put(buffer, ',');
    }
    if (rank == 1) {
      if (!put_element<T>(buffer, source)) return false;
    } else if (!put_nested<T>(buffer, source, dims + 1, rank - 1)) {
      return false;
    }
  }
  if (!room(buffer, 1)) return false;
  put(buffer, ']');
  return true;
}

bool put_escaped(csj_buffer &buffer, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  if (!room(buffer, text.size() + 2)) return false;
  put(buffer, '"');
  size_t plain = 0;
  for (size_t i = 0; i < text.size(); i++) {
    auto c = static_cast<unsigned char>(text[i]);
    if (simdjson_likely(c >= 0x20 && c != '"' && c != '\\')) continue;
    if (!room(buffer, text.size() - plain + 8)) return false;
    put(buffer, text.substr(plain, i - plain));
    plain = i + 1;
    put(buffer, '\\');
    switch (c) {
      case '"': put(buffer, '"'); break;
      case '\\': put(buffer, '\\'); break;
      case '\n': put(buffer, 'n'); break;
      case '\r': put(buffer, 'r'); break;
      case '\t': put(buffer, 't'); break;
      default:
        put(buffer, "u00");
        put(buffer, kHex[c >> 4]);
        put(buffer, kHex[c & 15]);
    }
  }
  if (!room(buffer, text.size() - plain + 1)) return false;
  put(buffer, text.substr(plain));
  put(buffer, '"');
  return true;
}

bool put_base64(csj_buffer &buffer, std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (!room(buffer, bytes.size() / 3 * 4 + 16)) return false;
  put(buffer, "{\"b64\":\"");
  for (size_t i = 0; i < bytes.size(); i += 3) {
    size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; k++) bits = bits << 8 | (k < count ? static_cast<uint8_t>(bytes[i + k]) : 0);
    for (size_t k = 0; k < 4; k++) put(buffer, k <= count ? kDigits[bits >> (18 - 6 * k) & 63] : '=');
  }
  put(buffer, "\"}");
  return true;
}

bool put_text(csj_buffer &buffer, Source &source) {
  uint32_t size;
  if (static_cast<size_t>(source.end - source.next) < sizeof size) return false;
  std::memcpy(&size, source.next, sizeof size);
  source.next += sizeof size;
  if (static_cast<size_t>(source.end - source.next) < size) return false;
  std::string_view text(reinterpret_cast<const char *>(source.next), size);
  source.next += size;
  // What is not text has no form as a JSON string.
  return simdjson::validate_utf8(text.data(), text.size()) ? put_escaped(buffer, text) : put_base64(buffer, text);
}

}  // namespace

}  // namespace csj

bool csj_buffer_reserve(csj_buffer *buffer, size_t additional) {
  if (buffer->capacity - buffer->count >= additional) return true;
  if (additional > SIZE_MAX / 4 || buffer->count > SIZE_MAX / 4) return false;
  size_t wanted = std::max<size_t>(std::max(buffer->count + additional, buffer->capacity * 2), 256);
  void *grown = std::realloc(buffer->bytes, wanted);
  if (grown == nullptr) return false;
  buffer->bytes = static_cast<uint8_t *>(grown);
  buffer->capacity = wanted;
  return true;
}

bool csj_write_bytes(csj_buffer *buffer, const void *bytes, size_t size) {
  if (!csj_buffer_reserve(buffer, size)) return false;
  if (size != 0) std::memcpy(buffer->bytes + buffer->count, bytes, size);
  buffer->count += size;
  return true;
}

bool csj_write_string(csj_buffer *buffer, csj_text text) {
  std::string_view view(text.size == 0 ? "" : text.bytes, text.size);
  return simdjson::validate_utf8(view.data(), view.size()) && csj::put_escaped(*buffer, view);
}

bool csj_write_int(csj_buffer *buffer, int64_t value) {
  if (!csj_buffer_reserve(buffer, csj::kLongestElement)) return false;
  char *start = reinterpret_cast<char *>(buffer->bytes + buffer->count);
  buffer->count += static_cast<size_t>(std::to_chars(start, start + csj::kLongestElement, value).ptr - start);
  return true;
}

bool csj_write_nested(
    csj_buffer *buffer, uint8_t data_type, const void **cursor, const void *end, const int64_t *dims, size_t rank) {
  csj::Source source = {static_cast<const uint8_t *>(*cursor), static_cast<const uint8_t *>(end)};
  bool written = csj::with_type(data_type, [&](auto tag) {
    return csj::put_nested<decltype(tag)>(*buffer, source, dims, rank);
  });
  *cursor = source.next;
  return written;
}
