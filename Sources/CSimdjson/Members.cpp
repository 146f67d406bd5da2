#include <exception>

#include "Reader.h"

/// The type behind the C handle.
struct csj_lister {
  struct Member {
    std::string_view key;
    size_t start, value, end;
  };

  simdjson::ondemand::parser json;
  csj::PaddedCopy copy;
  csj::Failure failure;
  std::vector<Member> members;
};

namespace csj {

namespace {

class MemberReader {
 public:
  explicit MemberReader(csj_lister &lister) : lister_(lister), reader_(lister.copy, 0, lister.failure) {}

  bool read() {
    if (!reader_.open(lister_.json)) return false;
    od::json_type type;
    if (auto error = reader_.document().type().get(type)) return reader_.syntax(error);
    if (type == od::json_type::object) return read_object() && reader_.close();
    if (type == od::json_type::array) return read_array() && reader_.close();
    return reader_.fail(CSJ_WRONG_FORM, "expected an object, got another kind of value");
  }

 private:
  bool read_object() {
    od::object object;
    if (auto error = reader_.document().get_object().get(object)) return reader_.syntax(error);
    for (auto item : object) {
      od::field field;
      std::string_view key;
      if (auto error = std::move(item).get(field)) return reader_.syntax(error);
      const char *start = field.key().raw() - 1;
      if (auto error = field.unescaped_key().get(key)) return reader_.syntax(error);
      if (!add(key, start, field.value())) return false;
    }
    return true;
  }

  bool read_array() {
    od::array array;
    if (auto error = reader_.document().get_array().get(array)) return reader_.syntax(error);
    return reader_.each_element(array, [&](od::value &value) { return add({}, nullptr, value); });
  }

  /// What lies between a value's first byte and the comma or brace after it, but for white space, is the value.
  bool add(std::string_view key, const char *start, od::value &value) {
    const char *first = value.raw_json_token().data();
    if (!reader_.ignore(value)) return false;
    const char *end = nullptr;
    if (auto error = reader_.document().current_location().get(end)) return reader_.syntax(error);
    while (end > first && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\n' || end[-1] == '\r')) end--;
    const char *base = lister_.copy.data();
    lister_.members.push_back(
        {key, static_cast<size_t>((start == nullptr ? first : start) - base), static_cast<size_t>(first - base),
         static_cast<size_t>(end - base)});
    return true;
  }

  csj_lister &lister_;
  Reader reader_;
};

}  // namespace

}  // namespace csj

csj_lister *csj_lister_create() { return new (std::nothrow) csj_lister(); }

void csj_lister_destroy(csj_lister *lister) { delete lister; }

int32_t csj_list_members(csj_lister *lister, const void *bytes, size_t size) {
  try {
    lister->failure = csj::Failure();
    lister->members.clear();
    lister->copy.assign("", bytes, bytes == nullptr ? 0 : size, "");
    csj::MemberReader(*lister).read();
  } catch (const std::exception &) {
    lister->failure.reason = CSJ_OUT_OF_MEMORY;
  }
  return lister->failure.reason;
}

csj_failure csj_lister_failure(const csj_lister *lister) {
  const csj::Failure &failure = lister->failure;
  return {failure.reason, failure.offset, {failure.message.data(), failure.message.size()}};
}

size_t csj_member_count(const csj_lister *lister) { return lister->members.size(); }

csj_member csj_member_at(const csj_lister *lister, size_t index) {
  const csj_lister::Member &member = lister->members[index];
  return {{member.key.data(), member.key.size()}, member.start, member.value, member.end};
}
