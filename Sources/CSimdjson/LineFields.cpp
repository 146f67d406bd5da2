#include "Parser.h"

namespace csj {

/// What a line has beside the model's inputs: fields of the caller's own, or the tensors of a whole request.
bool RowReader::append_other(Reader &reader, od::value &row, std::string_view name, od::value &content) {
  if (reader.place.kind != Place::Kind::kLine) return refuse_unknown(reader, row, name);
  if (name == "inputs") return append_tensors(reader, content);
  return reader.ignore(content);
}

/// The tensors of an Open Inference request for one row.
bool RowReader::append_tensors(Reader &reader, od::value &list) {
  std::vector<Filled> tensors;
  Place place = reader.place;
  if (!read_tensors(reader, list, "inputs", 0, tensors)) return false;
  reader.place = place;
  for (const Filled &tensor : tensors) {
    size_t input = find(tensor.name, 0);
    if (input == specs_.size()) return refuse_unknown(reader, list, tensor.name);
    if (seen_[input]) {
      return reader.fail_at(list, CSJ_DUPLICATE_INPUT, "input " + in_quotes(tensor.name) + " is given twice");
    }
    seen_[input] = true;
    if (!take_tensor(reader, list, input, tensor)) return false;
  }
  return true;
}

bool RowReader::take_tensor(Reader &reader, od::value &list, size_t input, const Filled &tensor) {
  const Spec &spec = specs_[input];
  std::string subject = "input " + in_quotes(spec.name) + ": ";
  if (tensor.binary_size >= 0) {
    return reader.fail_at(list, CSJ_WRONG_FORM, subject + "a line has no raw bytes beside it, expected \"data\"");
  }
  if (tensor.type != spec.type) {
    return reader.fail_at(
        list, CSJ_WRONG_TYPE,
        subject + "datatype " + type_name(tensor.type) + ", expected " + type_name(spec.type));
  }
  bool scalar = spec.has_rank && spec.dims.empty();
  bool one_row = tensor.dims.empty() ? scalar : tensor.dims[0] == 1;
  std::vector<int64_t> expected = dims_[input].sizes;
  std::vector<int64_t> found(tensor.dims.begin() + (tensor.dims.empty() ? 0 : 1), tensor.dims.end());
  bool fits = one_row && (!has_rank_[input] || found.size() == expected.size());
  for (size_t axis = 0; fits && has_rank_[input] && axis < found.size(); axis++) {
    fits = expected[axis] == -1 || expected[axis] == found[axis];
  }
  if (!fits) {
    expected.insert(expected.begin(), 1);
    return reader.fail_at(
        list, CSJ_WRONG_SHAPE,
        subject + "shape " + shape_text(tensor.dims) + ", expected " +
            (has_rank_[input] ? shape_text(expected) : std::string("one row")));
  }
  dims_[input].sizes = found;
  has_rank_[input] = true;
  targets_[input].bytes.append(tensor.bytes.data(), tensor.bytes.size());
  return true;
}

}  // namespace csj
