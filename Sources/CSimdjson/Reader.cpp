#include "Reader.h"

namespace csj {

namespace {

constexpr const char *kTypeNames[] = {
    "", "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16",
    "INT32", "INT64", "FP16", "BF16", "FP32", "FP64", "BYTES",
};

constexpr size_t kLeastCapacity = 16 << 10;
constexpr size_t kRoundedCapacity = 1 << 20;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The value's own text, without what follows it, cut to a length fit for a message.
std::string_view token_of(od::value &value) {
  std::string_view token = value.raw_json_token();
  while (!token.empty() && is_space(token.back())) token.remove_suffix(1);
  return token.substr(0, 40);
}

bool is_json_number(std::string_view text) {
  size_t i = 0;
  auto digits = [&] {
    size_t start = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') i++;
    return i - start;
  };
  if (i < text.size() && text[i] == '-') i++;
  size_t first = i;
  size_t count = digits();
  if (count == 0 || (count > 1 && text[first] == '0')) return false;
  if (i < text.size() && text[i] == '.') {
    i++;
    if (digits() == 0) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    i++;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) i++;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

}  // namespace

void PaddedCopy::assign(std::string_view lead, const void *bytes, size_t size, std::string_view tail) {
  size_ = lead.size() + size + tail.size();
  text_.clear();
  text_.reserve(size_ + simdjson::SIMDJSON_PADDING);
  text_.append(lead);
  if (size != 0) text_.append(static_cast<const char *>(bytes), size);
  text_.append(tail);
  text_.append(simdjson::SIMDJSON_PADDING, '\0');
}

void PaddedCopy::drop_beyond(size_t capacity) {
  if (text_.capacity() > capacity) std::string().swap(text_);
}

std::string Place::describe() const {
  std::string path;
  if (kind == Kind::kInstance) path = "instances[" + std::to_string(row) + "]";
  if (kind == Kind::kTensor) path = std::string(list) + "[" + std::to_string(row) + "]" + (axes > 0 ? ".data" : "");
  for (size_t axis = 0; axis < axes; axis++) path += "[" + std::to_string(index[axis]) + "]";
  if (input == nullptr) return path;
  return "input " + in_quotes(*input) + (path.empty() ? "" : " at " + path);
}

bool Reader::open(od::parser &parser) {
  // simdjson makes room for exactly what it gets: rows that grow by a byte each would have it reallocate every time.
  size_t size = copy_.size();
  if (parser.capacity() < size && size < kRoundedCapacity) {
    if (auto error = parser.allocate(std::max(size + size / 2, kLeastCapacity))) return syntax(error);
  }
  auto error = parser.iterate(copy_.data(), size, size + simdjson::SIMDJSON_PADDING).get(document_);
  return error ? syntax(error) : true;
}

bool Reader::close() {
  const char *position = nullptr;
  if (document_.current_location().get(position) == simdjson::OUT_OF_BOUNDS) return true;
  failure_.offset = offset_of(position);
  return fail(CSJ_MALFORMED_JSON, "malformed JSON: something follows the end of the value");
}

bool Reader::fail(int32_t reason, std::string message) {
  if (failure_.reason != CSJ_OK) return false;
  failure_.reason = reason;
  std::string where = place.describe();
  failure_.message = where.empty() ? std::move(message) : where + ": " + message;
  if (failure_.offset >= 0) failure_.message += " (byte " + std::to_string(failure_.offset) + ")";
  return false;
}

bool Reader::fail_at(od::value &value, int32_t reason, std::string message) {
  failure_.offset = offset_of(value.raw_json_token().data());
  return fail(reason, std::move(message));
}

bool Reader::syntax(simdjson::error_code error) {
  if (error == simdjson::MEMALLOC) return fail(CSJ_OUT_OF_MEMORY, "not enough memory to parse the payload");
  if (error == simdjson::CAPACITY) return fail(CSJ_WRONG_FORM, "the payload is longer than JSON of 4 GiB");
  if (error == simdjson::EMPTY) return fail(CSJ_MALFORMED_JSON, "malformed JSON: the payload is empty");
  const char *position = nullptr;
  // Errors of simdjson's first pass over the bytes come before there is a place to name.
  bool indexed = error != simdjson::UTF8_ERROR && error != simdjson::UNCLOSED_STRING &&
                 error != simdjson::UNESCAPED_CHARS && error != simdjson::INSUFFICIENT_PADDING;
  if (indexed && document_.current_location().get(position)) position = copy_.data() + copy_.size();
  failure_.offset = offset_of(position);
  std::string_view text = simdjson::error_message(error);
  while (!text.empty() && (text.back() == '.' || is_space(text.back()))) text.remove_suffix(1);
  if (error == simdjson::TAPE_ERROR) text = "a comma, colon, bracket, brace or key is missing or out of place";
  return fail(CSJ_MALFORMED_JSON, "malformed JSON: " + std::string(text));
}

bool Reader::wrong_type(od::value &value, const std::string &expected, int32_t number_reason) {
  std::string_view token = token_of(value);
  if (token.empty()) return fail_at(value, CSJ_MALFORMED_JSON, "malformed JSON: a value is missing");
  char first = token.front();
  std::string got;
  if (first == '"') {
    got = "a string";
  } else if (first == '[') {
    got = "an array";
  } else if (first == '{') {
    got = "an object";
  } else if (token == "null") {
    got = "null";
  } else if (token == "true" || token == "false") {
    got = "the boolean " + std::string(token);
  } else if (is_json_number(token)) {
    return fail_at(value, number_reason, "expected " + expected + ", got the number " + std::string(token));
  } else {
    bool named = token == "NaN" || token == "Infinity" || token == "-Infinity" || token == "nan" || token == "inf";
    std::string hint = named ? "; JSON has no such number, write it as the string \"NaN\" or \"Infinity\"" : "";
    return fail_at(value, CSJ_MALFORMED_JSON, "malformed JSON: " + in_quotes(token) + " is not a JSON value" + hint);
  }
  return fail_at(value, CSJ_WRONG_TYPE, "expected " + expected + ", got " + got);
}

bool Reader::ignore(od::value &value, size_t depth) {
  if (depth > kMaxIgnoredDepth) {
    return fail_at(value, CSJ_WRONG_FORM, "values nest deeper than " + std::to_string(kMaxIgnoredDepth));
  }
  switch (*value.raw_json_token().data()) {
    case '[': {
      od::array array;
      return as_array(value, array, "an array") &&
             each_element(array, [&](od::value &child) { return ignore(child, depth + 1); });
    }
    case '{': {
      od::object object;
      return as_object(value, object, "an object") &&
             each_field(object, [&](std::string_view, od::value &child) { return ignore(child, depth + 1); });
    }
    case '"': {
      std::string_view text;
      if (auto error = value.get_string().get(text)) return syntax(error);
      return true;
    }
    case 't':
    case 'f': {
      bool flag;
      return value.get_bool().get(flag) ? wrong_type(value, "a value") : true;
    }
    case 'n': {
      bool null = false;
      return value.is_null().get(null) || !null ? wrong_type(value, "a value") : true;
    }
    default: {
      double number;
      return value.get_double().get(number) ? wrong_type(value, "a number of at most 1.8e308") : true;
    }
  }
}

bool Reader::text(od::value &value, const char *what, std::string &out) {
  std::string_view view;
  auto error = value.get_string().get(view);
  if (error == simdjson::INCORRECT_TYPE) return wrong_type(value, std::string("a string as ") + what);
  if (error) return syntax(error);
  out.assign(view);
  return true;
}

bool Reader::as_object(od::value &value, od::object &out, const char *expected) {
  auto error = value.get_object().get(out);
  if (error == simdjson::INCORRECT_TYPE) return wrong_type(value, expected);
  return error ? syntax(error) : true;
}

bool Reader::as_array(od::value &value, od::array &out, const char *expected) {
  auto error = value.get_array().get(out);
  if (error == simdjson::INCORRECT_TYPE) return wrong_type(value, expected);
  return error ? syntax(error) : true;
}

size_t Reader::leading_brackets(od::value &value) const {
  const char *p = value.raw_json_token().data();
  const char *end = copy_.data() + copy_.size();
  size_t count = 0;
  for (; p < end && (*p == '[' || is_space(*p)); p++) count += *p == '[';
  return count;
}

int64_t Reader::offset_of(const char *position) const {
  if (position == nullptr) return -1;
  int64_t offset = position - copy_.data() + shift_;
  return offset < 0 ? 0 : offset;
}

std::string in_quotes(std::string_view text) {
  constexpr size_t kLongest = 80;
  std::string out = "\"";
  for (char c : text.substr(0, kLongest)) {
    // One line of printable text, whatever a peer put there.
    if (c == '"' || c == '\\') out += '\\';
    out += (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) ? '?' : c;
  }
  if (text.size() > kLongest) {
    while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xc0) == 0x80) out.pop_back();
    if (!out.empty() && (static_cast<unsigned char>(out.back()) & 0x80) != 0) out.pop_back();
    out += "...";
  }
  return out + "\"";
}

std::string shape_text(const std::vector<int64_t> &dims) {
  std::string out = "[";
  for (size_t i = 0; i < dims.size(); i++) out += (i == 0 ? "" : ",") + std::to_string(dims[i]);
  return out + "]";
}

const char *type_name(uint8_t type) { return type <= CSJ_BYTES ? kTypeNames[type] : ""; }

uint8_t type_of(std::string_view name) {
  for (uint8_t type = CSJ_BOOL; type <= CSJ_BYTES; type++) {
    if (name == kTypeNames[type]) return type;
  }
  return 0;
}

}  // namespace csj
