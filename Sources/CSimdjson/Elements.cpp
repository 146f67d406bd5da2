#include "Elements.h"

#include <charconv>

namespace csj {

namespace {

std::string expectation(uint8_t type) {
  if (type == CSJ_BOOL) return "true or false (BOOL)";
  if (type == CSJ_BYTES) return "a string (BYTES)";
  static constexpr const char *kRanges[] = {
      "an integer from 0 to 255",
      "an integer from 0 to 65535",
      "an integer from 0 to 4294967295",
      "an integer from 0 to 18446744073709551615",
      "an integer from -128 to 127",
      "an integer from -32768 to 32767",
      "an integer from -2147483648 to 2147483647",
      "an integer from -9223372036854775808 to 9223372036854775807",
      "a number from -65504 to 65504",
      "a number from -3.39e38 to 3.39e38",
      "a number from -3.4e38 to 3.4e38",
      "a number from -1.8e308 to 1.8e308",
  };
  return std::string(kRanges[type - CSJ_UINT8]) + " (" + type_name(type) + ")";
}

/// Standard base64 with padding; false for anything else.
bool append_base64(std::string_view text, ByteStore &out) {
  if (text.size() % 4 != 0) return false;
  auto digit = [](char c) -> int {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
  };
  size_t padding = text.empty() ? 0 : (text[text.size() - 1] == '=') + (text[text.size() - 2] == '=');
  size_t digits = text.size() - padding;
  uint32_t bits = 0;
  for (size_t i = 0; i < text.size(); i++) {
    int value = i < digits ? digit(text[i]) : 0;
    if (value < 0) return false;
    bits = bits << 6 | static_cast<uint32_t>(value);
    if (i % 4 != 3) continue;
    size_t produced = i + 1 == text.size() ? 3 - padding : 3;
    for (size_t k = 0; k < produced; k++) out.push(static_cast<uint8_t>(bits >> (16 - 8 * k)));
    bits = 0;
  }
  return true;
}

void append_sized(std::string_view bytes, ByteStore &out) {
  out.push(static_cast<uint32_t>(bytes.size()));
  out.append(bytes.data(), bytes.size());
}

/// `{"b64": "..."}`: bytes that are not text.
bool append_binary_text(Reader &reader, od::value &value, ByteStore &out) {
  od::object object;
  size_t fields = 0;
  ByteStore decoded;
  bool read = reader.as_object(value, object, "an object") &&
              reader.each_field(object, [&](std::string_view key, od::value &content) {
    std::string text;
    if (key != "b64" || ++fields > 1) {
      return reader.fail_at(value, CSJ_WRONG_TYPE, "expected a string or {\"b64\": ...}, got another object");
    }
    if (!reader.text(content, "base64", text)) return false;
    return append_base64(text, decoded) || reader.fail_at(content, CSJ_WRONG_TYPE, "expected base64 text");
  });
  if (!read) return false;
  if (fields == 0) return reader.wrong_type(value, expectation(CSJ_BYTES));
  append_sized({reinterpret_cast<const char *>(decoded.data()), decoded.size()}, out);
  return true;
}

}  // namespace

bool correct_fraction(std::string_view text, double &number) {
  size_t start = text.substr(0, 1) == "-" ? 1 : 0;
  if (text.substr(start, 2) != "0.") return true;
  size_t first = text.find_first_not_of('0', start + 2);
  size_t behind = text.find_first_not_of("0123456789", start + 2);
  if (first == std::string_view::npos || std::min(behind, text.size()) - std::min(first, behind) <= 19) return true;
  double exact;
  auto result = std::from_chars(text.data(), text.data() + text.size(), exact);
  if (result.ec == std::errc()) {
    number = exact;
    return true;
  }
  // Out of range: upwards only with a positive exponent.
  bool tiny = behind >= text.size() || (text[behind] != 'e' && text[behind] != 'E') || text[behind + 1] == '-';
  number = start == 1 ? -0.0 : 0.0;
  return tiny;
}

bool append_text(Reader &reader, od::value &value, ByteStore &out) {
  std::string_view text;
  auto error = value.get_string().get(text);
  if (simdjson_likely(error == simdjson::SUCCESS)) {
    append_sized(text, out);
    return true;
  }
  if (error != simdjson::INCORRECT_TYPE) return reader.syntax(error);
  if (*value.raw_json_token().data() == '{') return append_binary_text(reader, value, out);
  return refuse_element(reader, value, CSJ_BYTES);
}

int special_number(od::value &value) {
  std::string_view token = value.raw_json_token();
  auto starts = [&](std::string_view text) { return token.substr(0, text.size()) == text; };
  int special = starts("\"NaN\"") ? 1 : starts("\"Infinity\"") ? 2 : starts("\"-Infinity\"") ? 3 : 0;
  std::string_view text;
  if (special != 0 && value.get_string().get(text)) return 0;
  return special;
}

bool refuse_element(Reader &reader, od::value &value, uint8_t type) {
  bool numeric = type != CSJ_BOOL && type != CSJ_BYTES;
  return reader.wrong_type(value, expectation(type), numeric ? CSJ_OUT_OF_RANGE : CSJ_WRONG_TYPE);
}

bool refuse_length(Reader &reader, od::value &value, const Dims &dims, size_t axis, size_t count) {
  std::string expected = std::to_string(dims.sizes[axis]) + (dims.sizes[axis] == 1 ? " element" : " elements");
  bool fixed = (dims.fixed >> axis & 1) != 0;
  return reader.fail_at(
      value, CSJ_WRONG_SHAPE,
      "expected " + expected + (fixed ? "" : " as in the first one") + ", got " + std::to_string(count));
}

bool refuse_depth(Reader &reader, od::value &value, const Dims &dims, size_t axis, uint8_t type) {
  size_t levels = dims.sizes.size() - axis;
  std::string sizes = shape_text({dims.sizes.begin() + static_cast<std::ptrdiff_t>(axis), dims.sizes.end()});
  return reader.wrong_type(
      value, (levels == 1 ? "an array" : "arrays " + std::to_string(levels) + " deep") + std::string(" of shape ") +
                 sizes + " and type " + type_name(type));
}

}  // namespace csj
