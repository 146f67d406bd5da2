#include "Direct.h"
#include "Parser.h"

namespace csj {

const char *RowReader::append_direct(const char *text) {
  text = skip_blanks(text);
  if (*text == '{') return append_direct_object(text + 1);
  return specs_.size() == 1 ? append_direct_input(text, 0) : nullptr;
}

/// The fields of an object and the brace behind them.
const char *RowReader::append_direct_object(const char *p) {
  std::fill(seen_.begin(), seen_.end(), false);
  size_t next = 0;
  for (size_t count = 0; count < specs_.size(); count++) {
    p = skip_blanks(p);
    if (*p != '"') return nullptr;
    const char *name = ++p;
    while (*p >= 0x20 && *p != '"' && *p != '\\') p++;
    if (*p != '"') return nullptr;
    size_t input = find(std::string_view(name, static_cast<size_t>(p - name)), next);
    if (input == specs_.size() || seen_[input]) return nullptr;
    seen_[input] = true;
    next = input + 1;
    p = skip_blanks(p + 1);
    if (*p != ':') return nullptr;
    p = append_direct_input(p + 1, input);
    if (p == nullptr) return nullptr;
    p = skip_blanks(p);
    if (*p++ != (count + 1 < specs_.size() ? ',' : '}')) return nullptr;
  }
  return specs_.empty() ? nullptr : p;
}

const char *RowReader::append_direct_input(const char *p, size_t input) {
  if (!has_rank_[input]) return nullptr;
  with_type(specs_[input].type, [&](auto tag) {
    p = read_direct<decltype(tag)>(p, dims_[input], 0, targets_[input].bytes);
    return p != nullptr;
  });
  return p;
}

}  // namespace csj
