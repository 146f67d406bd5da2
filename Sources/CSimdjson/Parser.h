#ifndef CSJ_PARSER_H
#define CSJ_PARSER_H

#include <map>

#include "Elements.h"

namespace csj {

/// A parser whose last payload was longer than this gives its memory back.
constexpr size_t kKeptCapacity = 16 << 20;

/// One tensor read from a payload.
struct Filled {
  std::string name;
  uint8_t type = 0;
  std::vector<int64_t> dims;
  ByteStore bytes;
  int64_t binary_size = -1;
};

/// Rows of one shape; a request has one.
struct Group {
  std::vector<uint64_t> rows;
  std::vector<Filled> tensors;
};

struct RequestedOutput {
  std::string name;
  int32_t binary = -1;
};

struct Rejected {
  size_t row = 0;
  Failure failure;
};

/// All that one parse leaves behind.
struct Found {
  int32_t form = 0;
  bool has_id = false;
  int32_t binary_output = -1;
  std::string id, model_name, model_version;
  std::vector<RequestedOutput> outputs;
  std::vector<Group> groups;
  std::vector<Rejected> rejected;
  size_t row_count = 0;
};

/// Reads instances: one value, or one object of input name to value, per row.
class RowReader {
 public:
  RowReader(const std::vector<Spec> &specs, std::vector<Filled> &targets);

  /// Forgets what earlier rows said about free dimensions.
  void start_over();
  /// Appends one row to the targets; after a failure they hold a part of it.
  bool append(Reader &reader, od::value &value);
  /// Appends one row of a usual form that begins at `text`, which must be padded, without simdjson's index. Returns
  /// the place behind it; null for whatever the general reader has to look at, and then the targets hold a part of it.
  const char *append_direct(const char *text);
  /// Lengths of the last row's axes, all inputs in a row.
  void row_shape(std::vector<int64_t> &shape) const;
  const Dims &dims(size_t input) const { return dims_[input]; }

 private:
  bool append_object(Reader &reader, od::value &value);
  bool append_input(Reader &reader, od::value &value, size_t input);
  const char *append_direct_object(const char *p);
  const char *append_direct_input(const char *p, size_t input);
  size_t find(std::string_view name, size_t expected) const;
  bool refuse_unknown(Reader &reader, od::value &value, std::string_view name);
  bool append_other(Reader &reader, od::value &row, std::string_view name, od::value &content);
  bool append_tensors(Reader &reader, od::value &list);
  bool take_tensor(Reader &reader, od::value &list, size_t input, const Filled &tensor);

  const std::vector<Spec> &specs_;
  std::vector<Filled> &targets_;
  /// What the model says about each input's row, and what is known of it by now.
  std::vector<Dims> declared_;
  std::vector<Dims> dims_;
  std::vector<bool> has_rank_;
  std::vector<bool> seen_;
};

/// Tensors for the model's inputs, empty, with room for a payload of `size_hint` bytes.
std::vector<Filled> empty_targets(const std::vector<Spec> &specs, size_t size_hint);

bool read_instances(
    Reader &reader, od::value &value, const std::vector<Spec> &specs, size_t size_hint, size_t max_instances,
    Found &found);
/// The list `name` of Open Inference tensors ("inputs" of a request, "outputs" of a reply).
bool read_tensors(Reader &reader, od::value &value, const char *list, size_t size_hint, std::vector<Filled> &tensors);

}  // namespace csj

/// The type behind the C handle.
struct csj_parser {
  std::vector<csj::Spec> specs;
  simdjson::ondemand::parser json;
  csj::PaddedCopy copy;
  csj::PaddedCopy chunk;
  csj::Found found;
  csj::Failure failure;
};

#endif
