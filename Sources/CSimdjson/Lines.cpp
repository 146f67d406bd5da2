#include <cstring>
#include <exception>

#include "Direct.h"
#include "Parser.h"

namespace csj {

namespace {

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t\r\n") == std::string_view::npos; }

/// Collects the rows of a chunk of JSON Lines, those of one shape together.
class LineCollector {
 public:
  LineCollector(csj_parser &parser, size_t size_hint, size_t max_group_rows)
      : parser_(parser), size_hint_(size_hint), max_group_rows_(max_group_rows),
        scratch_(empty_targets(parser.specs, 0)), rows_(parser.specs, scratch_) {}

  /// Takes the line that begins at `text` if it is of a usual form. Returns where the next one begins, else null.
  const char *add_direct(const char *text, const char *end) {
    start_over();
    const char *p = rows_.append_direct(text);
    if (p == nullptr) return nullptr;
    p = skip_blanks(p);
    if (p != end && *p != '\n') return nullptr;
    keep(parser_.found.row_count++);
    return p == end ? p : p + 1;
  }

  void add(std::string_view line, size_t offset) {
    size_t row = parser_.found.row_count++;
    Failure failure;
    start_over();
    if (read(line, offset, failure)) {
      keep(row);
    } else {
      if (failure.offset < 0) failure.offset = static_cast<int64_t>(offset);
      parser_.found.rejected.push_back({row, std::move(failure)});
    }
  }

 private:
  void start_over() {
    for (Filled &target : scratch_) target.bytes.clear();
    rows_.start_over();
  }

  /// Brackets round the line make every row, a bare number too, the one element of an array.
  bool read(std::string_view line, size_t offset, Failure &failure) {
    parser_.copy.assign("[", line.data(), line.size(), "]");
    Reader reader(parser_.copy, static_cast<int64_t>(offset) - 1, failure);
    reader.place.kind = Place::Kind::kLine;
    if (!reader.open(parser_.json)) return false;
    od::array array;
    if (auto error = reader.document().get_array().get(array)) return reader.syntax(error);
    size_t count = 0;
    bool read = reader.each_element(array, [&](od::value &value) {
      if (++count > 1) return reader.fail_at(value, CSJ_MALFORMED_JSON, "malformed JSON: a line holds one value");
      return rows_.append(reader, value);
    });
    return read && reader.close();
  }

  void keep(size_t row) {
    Group &group = this->group();
    group.rows.push_back(row);
    for (size_t i = 0; i < scratch_.size(); i++) {
      group.tensors[i].bytes.append(scratch_[i].bytes.data(), scratch_[i].bytes.size());
      group.tensors[i].dims[0] = static_cast<int64_t>(group.rows.size());
    }
  }

  Group &group() {
    std::vector<Group> &groups = parser_.found.groups;
    rows_.row_shape(shape_);
    // Rows are mostly of the shape of the one before: no need to look that up.
    if (groups.empty() || shape_ != last_shape_) {
      auto known = open_groups_.find(shape_);
      last_ = known == open_groups_.end() ? groups.size() : known->second;
      last_shape_ = shape_;
    }
    if (last_ < groups.size() && groups[last_].rows.size() < max_group_rows_) return groups[last_];
    last_ = groups.size();
    open_groups_[shape_] = last_;
    Group &group = groups.emplace_back();
    // Chunks are mostly of one shape: only the first group is given room for all of it.
    bool whole = groups.size() == 1 && max_group_rows_ > 1;
    group.tensors = empty_targets(parser_.specs, whole ? size_hint_ : 0);
    for (size_t i = 0; i < group.tensors.size(); i++) {
      group.tensors[i].dims = rows_.dims(i).sizes;
      group.tensors[i].dims.insert(group.tensors[i].dims.begin(), 0);
    }
    return group;
  }

  csj_parser &parser_;
  size_t size_hint_;
  size_t max_group_rows_;
  std::vector<Filled> scratch_;
  RowReader rows_;
  std::map<std::vector<int64_t>, size_t> open_groups_;
  std::vector<int64_t> shape_, last_shape_;
  size_t last_ = 0;
};

bool read_lines(
    csj_parser &parser, std::string_view text, size_t offset, size_t max_rows, size_t max_group_rows) {
  LineCollector collector(parser, text.size(), max_group_rows);
  parser.chunk.assign(std::string_view("    ", kLeadPadding), text.data(), text.size(), "");
  const char *padded = parser.chunk.data() + kLeadPadding;
  size_t beyond = 0;
  for (size_t start = 0; start < text.size();) {
    if (parser.found.row_count < max_rows) {
      const char *next = collector.add_direct(padded + start, padded + text.size());
      if (simdjson_likely(next != nullptr)) {
        start = static_cast<size_t>(next - padded);
        continue;
      }
    }
    size_t end = std::min(text.find('\n', start), text.size());
    std::string_view line = text.substr(start, end - start);
    if (!is_blank(line)) {
      if (parser.found.row_count < max_rows) {
        collector.add(line, offset + start);
      } else {
        beyond++;
      }
    }
    start = end + 1;
  }
  parser.chunk.drop_beyond(kKeptCapacity);
  if (beyond == 0) return true;
  parser.failure.reason = CSJ_TOO_MANY_INSTANCES;
  parser.failure.message = "the payload has " + std::to_string(max_rows + beyond) + " lines, the limit is " +
                           std::to_string(max_rows);
  return false;
}

}  // namespace

}  // namespace csj

int32_t csj_parse_lines(
    csj_parser *parser, const void *bytes, size_t size, size_t offset, size_t max_rows, size_t max_group_rows) {
  try {
    parser->found = csj::Found();
    parser->failure = csj::Failure();
    std::string_view text(static_cast<const char *>(bytes), bytes == nullptr ? 0 : size);
    csj::read_lines(*parser, text, offset, max_rows, max_group_rows == 0 ? 1 : max_group_rows);
  } catch (const std::exception &) {
    parser->failure.reason = CSJ_OUT_OF_MEMORY;
  }
  return parser->failure.reason;
}
