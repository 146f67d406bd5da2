#include "Parser.h"

#include <exception>

namespace csj {

namespace {

/// The outermost object of a request or a reply.
class DocumentReader {
 public:
  DocumentReader(csj_parser &parser, Reader &reader, size_t size, size_t max_instances, bool reply)
      : parser_(parser), reader_(reader), size_(size), max_instances_(max_instances), reply_(reply) {}

  bool read() {
    od::object object;
    auto error = reader_.document().get_object().get(object);
    const char *forms = reply_ ? "an object with \"outputs\"" : "an object with \"instances\" or \"inputs\"";
    if (error == simdjson::INCORRECT_TYPE) {
      return reader_.fail(CSJ_WRONG_FORM, std::string("expected ") + forms + ", got another kind of value");
    }
    if (error) return reader_.syntax(error);
    bool read = reader_.each_field(object, [&](std::string_view key, od::value &value) {
      return read_field(key, value);
    });
    if (!read || !reader_.close()) return false;
    if (!parser_.found.groups.empty()) return true;
    return reader_.fail(CSJ_WRONG_FORM, std::string("expected ") + forms);
  }

 private:
  bool read_field(std::string_view key, od::value &value) {
    Found &found = parser_.found;
    if (key == "id") {
      found.has_id = true;
      return reader_.text(value, "\"id\"", found.id);
    }
    if (key == "parameters" && !reply_) return read_parameters(value);
    if (key == "outputs" && !reply_) return read_requested(value);
    if (key == (reply_ ? "outputs" : "inputs")) {
      if (!found.groups.empty()) return refuse_second(key, value);
      found.form = CSJ_FORM_INFER;
      return read_tensors(reader_, value, reply_ ? "outputs" : "inputs", size_, found.groups.emplace_back().tensors);
    }
    if (key == "instances" && !reply_) {
      if (!found.groups.empty()) return refuse_second(key, value);
      return read_instances(reader_, value, parser_.specs, size_, max_instances_, found);
    }
    if (key == "model_name" && reply_) return reader_.text(value, "\"model_name\"", found.model_name);
    if (key == "model_version" && reply_) return reader_.text(value, "\"model_version\"", found.model_version);
    return reader_.ignore(value);
  }

  bool refuse_second(std::string_view key, od::value &value) {
    return reader_.fail_at(
        value, CSJ_WRONG_FORM,
        in_quotes(key) + (reply_ ? " is given twice" : " is one too many: expected \"instances\" or \"inputs\", once"));
  }

  bool read_parameters(od::value &value) {
    return read_flag(value, "binary_data_output", parser_.found.binary_output);
  }

  /// Takes one boolean out of a parameters object and checks the rest.
  bool read_flag(od::value &value, std::string_view name, int32_t &out) {
    od::object object;
    if (!reader_.as_object(value, object, "an object as \"parameters\"")) return false;
    return reader_.each_field(object, [&](std::string_view key, od::value &parameter) {
      if (key != name) return reader_.ignore(parameter);
      bool flag;
      if (parameter.get_bool().get(flag)) return reader_.wrong_type(parameter, "true or false as " + in_quotes(name));
      out = flag;
      return true;
    });
  }

  bool read_requested(od::value &value) {
    od::array array;
    if (!reader_.as_array(value, array, "an array of objects as \"outputs\"")) return false;
    return reader_.each_element(array, [&](od::value &entry) { return read_requested_entry(entry); });
  }

  bool read_requested_entry(od::value &entry) {
    od::object object;
    RequestedOutput output;
    bool named = false;
    if (!reader_.as_object(entry, object, "an object with \"name\" in \"outputs\"")) return false;
    bool read = reader_.each_field(object, [&](std::string_view key, od::value &value) {
      if (key == "parameters") return read_flag(value, "binary_data", output.binary);
      if (key != "name") return reader_.ignore(value);
      named = true;
      return reader_.text(value, "\"name\" of an output", output.name);
    });
    if (!read) return false;
    if (!named) return reader_.fail_at(entry, CSJ_WRONG_FORM, "an entry of \"outputs\" has no \"name\"");
    parser_.found.outputs.push_back(std::move(output));
    return true;
  }

  csj_parser &parser_;
  Reader &reader_;
  size_t size_;
  size_t max_instances_;
  bool reply_;
};

int32_t parse(csj_parser &parser, const void *bytes, size_t size, size_t max_instances, bool reply) {
  try {
    parser.found = Found();
    parser.failure = Failure();
    std::string_view text(static_cast<const char *>(bytes), bytes == nullptr ? 0 : size);
    int64_t skipped = text.substr(0, 3) == "\xef\xbb\xbf" ? 3 : 0;  // a byte order mark is no part of the value
    parser.copy.assign("", text.data() + skipped, text.size() - static_cast<size_t>(skipped), "");
    Reader reader(parser.copy, skipped, parser.failure);
    if (reader.open(parser.json)) DocumentReader(parser, reader, text.size(), max_instances, reply).read();
    if (text.size() > kKeptCapacity) {
      parser.copy.drop_beyond(kKeptCapacity);
      parser.json = simdjson::ondemand::parser();
    }
  } catch (const std::exception &) {
    parser.failure.reason = CSJ_OUT_OF_MEMORY;
  }
  return parser.failure.reason;
}

csj_text as_text(const std::string &text) { return {text.data(), text.size()}; }

csj_failure as_failure(const Failure &failure) {
  return {failure.reason, failure.offset, as_text(failure.message)};
}

}  // namespace

}  // namespace csj

csj_parser *csj_parser_create() { return new (std::nothrow) csj_parser(); }

void csj_parser_destroy(csj_parser *parser) { delete parser; }

int32_t csj_parser_add_input(csj_parser *parser, csj_text name, uint8_t data_type, const int64_t *dims, int32_t rank) {
  try {
    if (rank > static_cast<int32_t>(csj::kMaxRank)) return CSJ_WRONG_SHAPE;
    if (data_type < CSJ_BOOL || data_type > CSJ_BYTES) return CSJ_WRONG_TYPE;
    csj::Spec spec;
    if (name.size != 0) spec.name.assign(name.bytes, name.size);
    spec.type = data_type;
    spec.has_rank = rank >= 0;
    if (rank > 0) spec.dims.assign(dims, dims + rank);
    parser->specs.push_back(std::move(spec));
    return CSJ_OK;
  } catch (const std::exception &) {
    return CSJ_OUT_OF_MEMORY;
  }
}

int32_t csj_parse_request(csj_parser *parser, const void *bytes, size_t size, size_t max_instances) {
  return csj::parse(*parser, bytes, size, max_instances, false);
}

int32_t csj_parse_reply(csj_parser *parser, const void *bytes, size_t size) {
  return csj::parse(*parser, bytes, size, 0, true);
}

csj_failure csj_last_failure(const csj_parser *parser) { return csj::as_failure(parser->failure); }

csj_summary csj_last_summary(const csj_parser *parser) {
  const csj::Found &found = parser->found;
  csj_summary summary = {};
  summary.form = found.form;
  summary.has_id = found.has_id;
  summary.binary_output = found.binary_output;
  summary.id = csj::as_text(found.id);
  summary.model_name = csj::as_text(found.model_name);
  summary.model_version = csj::as_text(found.model_version);
  summary.output_count = found.outputs.size();
  summary.group_count = found.groups.size();
  summary.tensor_count = found.groups.empty() ? 0 : found.groups.front().tensors.size();
  summary.row_count = found.row_count;
  summary.rejected_count = found.rejected.size();
  return summary;
}

csj_tensor csj_tensor_at(const csj_parser *parser, size_t group, size_t index) {
  const csj::Filled &tensor = parser->found.groups[group].tensors[index];
  return {csj::as_text(tensor.name), tensor.type,         tensor.dims.data(),
          tensor.dims.size(),        tensor.bytes.size(), tensor.binary_size};
}

void *csj_take_bytes(csj_parser *parser, size_t group, size_t index) {
  return parser->found.groups[group].tensors[index].bytes.release();
}

csj_requested_output csj_output_at(const csj_parser *parser, size_t index) {
  const csj::RequestedOutput &output = parser->found.outputs[index];
  return {csj::as_text(output.name), output.binary};
}

const uint64_t *csj_group_rows(const csj_parser *parser, size_t group, size_t *count) {
  const csj::Group &found = parser->found.groups[group];
  *count = found.rows.size();
  return found.rows.data();
}

csj_rejected_row csj_rejected_at(const csj_parser *parser, size_t index) {
  const csj::Rejected &rejected = parser->found.rejected[index];
  return {rejected.row, csj::as_failure(rejected.failure)};
}
