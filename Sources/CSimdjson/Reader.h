#ifndef CSJ_READER_H
#define CSJ_READER_H

// The checks of misuse that simdjson makes in debug builds change no result; leaving them to the build mode would give
// two layouts of its classes.
#define SIMDJSON_DEVELOPMENT_CHECKS 0
#include <simdjson.h>

#include <string>
#include <string_view>
#include <vector>

#include "ByteStore.h"
#include "CSimdjson.h"

namespace csj {

namespace od = simdjson::ondemand;

constexpr size_t kMaxRank = 32;
/// How deep a value that is only checked and then ignored may nest.
constexpr size_t kMaxIgnoredDepth = 64;

struct Failure {
  int32_t reason = CSJ_OK;
  int64_t offset = -1;
  std::string message;
};

/// One input of the model, as told by the caller.
struct Spec {
  std::string name;
  uint8_t type = 0;
  bool has_rank = false;
  std::vector<int64_t> dims;  // with the batch axis
};

/// Bytes copied to where simdjson may read past their end; kept between parses.
class PaddedCopy {
 public:
  /// Puts `lead` and `tail` round the bytes.
  void assign(std::string_view lead, const void *bytes, size_t size, std::string_view tail);
  const char *data() const { return text_.data(); }
  size_t size() const { return size_; }
  void drop_beyond(size_t capacity);

 private:
  std::string text_;
  size_t size_ = 0;
};

/// Where in the payload the reader stands; turned into words only when something is wrong.
struct Place {
  enum class Kind { kDocument, kInstance, kLine, kTensor };
  Kind kind = Kind::kDocument;
  size_t row = 0;  // instance, or entry of "inputs"
  const char *list = "inputs";
  const std::string *input = nullptr;
  size_t axes = 0;
  size_t index[kMaxRank] = {};

  std::string describe() const;
};

/// Walks one document and keeps the first failure. Every function returns false once something is wrong.
class Reader {
 public:
  /// `shift` is the place of `copy`'s first byte in the caller's payload (-1 for a line wrapped in brackets).
  Reader(const PaddedCopy &copy, int64_t shift, Failure &failure) : copy_(copy), shift_(shift), failure_(failure) {}

  bool open(od::parser &parser);
  od::document &document() { return document_; }
  /// Nothing but white space may follow the value that was read.
  bool close();

  bool fail(int32_t reason, std::string message);
  bool fail_at(od::value &value, int32_t reason, std::string message);
  bool syntax(simdjson::error_code error);
  /// A value of another kind than expected: says what was there, or that it isn't JSON at all. `number_reason` is the
  /// reason when it is a sound number all the same.
  bool wrong_type(od::value &value, const std::string &expected, int32_t number_reason = CSJ_WRONG_TYPE);

  /// Reads a value that is not used, so that all of the payload is known to be JSON.
  bool ignore(od::value &value, size_t depth = 0);
  bool text(od::value &value, const char *what, std::string &out);

  /// The value as an object or array; `expected` says what should have been there.
  bool as_object(od::value &value, od::object &out, const char *expected);
  bool as_array(od::value &value, od::array &out, const char *expected);

  /// Calls `body(key, value)` for every field; stops when it returns false.
  template <typename Body>
  bool each_field(od::object &object, Body &&body) {
    for (auto item : object) {
      od::field field;
      std::string_view key;
      if (auto error = std::move(item).get(field)) return syntax(error);
      if (auto error = field.unescaped_key().get(key)) return syntax(error);
      if (!body(key, field.value())) return false;
    }
    return true;
  }

  /// Calls `body(value)` for every element; stops when it returns false.
  template <typename Body>
  bool each_element(od::array &array, Body &&body) {
    for (auto item : array) {
      od::value value;
      if (auto error = std::move(item).get(value)) return syntax(error);
      if (!body(value)) return false;
    }
    return true;
  }

  /// How many brackets open where the value starts.
  size_t leading_brackets(od::value &value) const;

  Place place;

 private:
  int64_t offset_of(const char *position) const;

  const PaddedCopy &copy_;
  int64_t shift_;
  Failure &failure_;
  od::document document_;
};

std::string in_quotes(std::string_view text);
std::string shape_text(const std::vector<int64_t> &dims);
const char *type_name(uint8_t type);
/// 0 for a name that is none.
uint8_t type_of(std::string_view name);

}  // namespace csj

#endif
