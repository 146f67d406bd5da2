#include "Parser.h"

namespace csj {

RowReader::RowReader(const std::vector<Spec> &specs, std::vector<Filled> &targets)
    : specs_(specs), targets_(targets), has_rank_(specs.size()), seen_(specs.size()) {
  for (const Spec &spec : specs_) {
    bool batched = !spec.dims.empty();
    declared_.emplace_back(std::vector<int64_t>(spec.dims.begin() + (batched ? 1 : 0), spec.dims.end()));
  }
  start_over();
}

void RowReader::start_over() {
  // Element by element, which takes no memory after the first time.
  dims_ = declared_;
  for (size_t input = 0; input < specs_.size(); input++) has_rank_[input] = specs_[input].has_rank;
}

bool RowReader::append(Reader &reader, od::value &value) {
  reader.place.input = nullptr;
  reader.place.axes = 0;
  const char *start = value.raw_json_token().data();
  if (*start == '{') return append_object(reader, value);
  if (specs_.size() == 1) return append_input(reader, value, 0);
  return reader.wrong_type(value, "an object with the model's " + std::to_string(specs_.size()) + " inputs");
}

bool RowReader::append_object(Reader &reader, od::value &value) {
  od::object object;
  if (!reader.as_object(value, object, "an object")) return false;
  std::fill(seen_.begin(), seen_.end(), false);
  size_t next = 0;
  bool read = reader.each_field(object, [&](std::string_view name, od::value &content) {
    size_t input = find(name, next);
    if (input == specs_.size()) return append_other(reader, value, name, content);
    if (seen_[input]) {
      return reader.fail_at(value, CSJ_DUPLICATE_INPUT, "input " + in_quotes(name) + " is given twice");
    }
    seen_[input] = true;
    next = input + 1;
    return append_input(reader, content, input);
  });
  if (!read) return false;
  for (size_t input = 0; input < specs_.size(); input++) {
    if (!seen_[input]) {
      return reader.fail_at(value, CSJ_MISSING_INPUT, "input " + in_quotes(specs_[input].name) + " is missing");
    }
  }
  return true;
}

bool RowReader::append_input(Reader &reader, od::value &value, size_t input) {
  reader.place.input = &specs_[input].name;
  reader.place.axes = 0;
  Dims &dims = dims_[input];
  if (!has_rank_[input]) {
    size_t rank = reader.leading_brackets(value);
    if (rank > kMaxRank) {
      return reader.fail_at(value, CSJ_WRONG_SHAPE, "arrays nest deeper than " + std::to_string(kMaxRank));
    }
    dims = Dims(std::vector<int64_t>(rank, -1));
    has_rank_[input] = true;
  }
  bool read = with_type(specs_[input].type, [&](auto tag) {
    return append_nested<decltype(tag)>(reader, value, dims, 0, targets_[input].bytes);
  });
  // Below an empty array there was none to tell the inner lengths.
  std::replace(dims.sizes.begin(), dims.sizes.end(), int64_t(-1), int64_t(0));
  reader.place.input = nullptr;
  reader.place.axes = 0;
  return read;
}

size_t RowReader::find(std::string_view name, size_t expected) const {
  if (expected < specs_.size() && specs_[expected].name == name) return expected;
  for (size_t i = 0; i < specs_.size(); i++) {
    if (specs_[i].name == name) return i;
  }
  return specs_.size();
}

bool RowReader::refuse_unknown(Reader &reader, od::value &value, std::string_view name) {
  std::string expected;
  for (const Spec &spec : specs_) expected += (expected.empty() ? "" : ", ") + in_quotes(spec.name);
  return reader.fail_at(value, CSJ_UNKNOWN_INPUT, "unknown input " + in_quotes(name) + ", expected " + expected);
}

void RowReader::row_shape(std::vector<int64_t> &shape) const {
  shape.clear();
  for (const Dims &dims : dims_) {
    shape.push_back(static_cast<int64_t>(dims.sizes.size()));
    shape.insert(shape.end(), dims.sizes.begin(), dims.sizes.end());
  }
}

std::vector<Filled> empty_targets(const std::vector<Spec> &specs, size_t size_hint) {
  std::vector<Filled> targets(specs.size());
  for (size_t i = 0; i < specs.size(); i++) {
    targets[i].name = specs[i].name;
    targets[i].type = specs[i].type;
    if (size_hint != 0) targets[i].bytes.reserve(size_hint / specs.size());
  }
  return targets;
}

bool read_instances(
    Reader &reader, od::value &value, const std::vector<Spec> &specs, size_t size_hint, size_t max_instances,
    Found &found) {
  od::array array;
  if (!reader.as_array(value, array, "an array as \"instances\"")) return false;
  Group group;
  group.tensors = empty_targets(specs, size_hint);
  RowReader rows(specs, group.tensors);
  size_t count = 0;
  bool read = reader.each_element(array, [&](od::value &row) {
    reader.place.kind = Place::Kind::kInstance;
    reader.place.row = count++;
    // Past the limit the rest is only counted, so that the refusal can name both numbers.
    if (count <= max_instances && !rows.append(reader, row)) return false;
    reader.place.kind = Place::Kind::kDocument;
    return true;
  });
  if (!read) return false;
  if (count > max_instances) {
    return reader.fail(
        CSJ_TOO_MANY_INSTANCES, "the request has " + std::to_string(count) + " instances, the limit is " +
                                    std::to_string(max_instances));
  }
  if (count == 0) return reader.fail(CSJ_WRONG_SHAPE, "\"instances\" is empty, expected at least one instance");
  for (size_t i = 0; i < specs.size(); i++) {
    group.tensors[i].dims = rows.dims(i).sizes;
    group.tensors[i].dims.insert(group.tensors[i].dims.begin(), static_cast<int64_t>(count));
  }
  found.form = CSJ_FORM_INSTANCES;
  found.row_count = count;
  found.groups.push_back(std::move(group));
  return true;
}

}  // namespace csj
