#include "Parser.h"

namespace csj {

namespace {

/// One entry of an Open Inference list of tensors, whose fields may come in any order.
class TensorReader {
 public:
  TensorReader(Reader &reader, size_t size_hint, Filled &out) : reader_(reader), size_hint_(size_hint), out_(out) {}

  bool read(od::value &value) {
    od::object object;
    if (!reader_.as_object(value, object, "an object with name, shape, datatype and data")) return false;
    if (!read_fields(object)) return false;
    if (!has_name_) return reader_.fail_at(value, CSJ_WRONG_FORM, "\"name\" is missing");
    if (out_.type == 0) return reader_.fail_at(value, CSJ_WRONG_FORM, "\"datatype\" is missing");
    if (!has_shape_) return reader_.fail_at(value, CSJ_WRONG_FORM, "\"shape\" is missing");
    if (deferred_ != 0 && !read_deferred(object)) return false;
    bool binary = out_.binary_size >= 0;
    if (has_data_ && binary) {
      return reader_.fail_at(value, CSJ_WRONG_FORM, "has both \"data\" and \"binary_data_size\", expected one");
    }
    if (!has_data_ && !binary) {
      return reader_.fail_at(value, CSJ_WRONG_FORM, "\"data\" is missing, and so is parameter \"binary_data_size\"");
    }
    return true;
  }

 private:
  bool read_fields(od::object &object) {
    size_t position = 0;
    return reader_.each_field(object, [&](std::string_view key, od::value &value) {
      return read_field(key, value, ++position);
    });
  }

  bool read_field(std::string_view key, od::value &value, size_t position) {
    if (key == "name") {
      if (!once(has_name_, value, key) || !reader_.text(value, "\"name\"", out_.name)) return false;
      reader_.place.input = &out_.name;
      return true;
    }
    if (key == "datatype") return read_type(value);
    if (key == "shape") return once(has_shape_, value, key) && read_shape(value);
    if (key == "parameters") return read_parameters(value);
    if (key != "data") return reader_.ignore(value);
    if (!once(has_data_, value, key)) return false;
    if (out_.type != 0 && has_shape_) return read_data(value);
    deferred_ = position;
    return true;
  }

  bool once(bool &seen, od::value &value, std::string_view key) {
    if (seen) return reader_.fail_at(value, CSJ_WRONG_FORM, in_quotes(key) + " is given twice");
    return seen = true;
  }

  bool read_type(od::value &value) {
    std::string name;
    if (out_.type != 0) return reader_.fail_at(value, CSJ_WRONG_FORM, "\"datatype\" is given twice");
    if (!reader_.text(value, "\"datatype\"", name)) return false;
    out_.type = type_of(name);
    if (out_.type != 0) return true;
    return reader_.fail_at(
        value, CSJ_WRONG_TYPE,
        "unknown datatype " + in_quotes(name) + ", expected BOOL, UINT8, UINT16, UINT32, UINT64, INT8, INT16, INT32, " +
            "INT64, FP16, BF16, FP32, FP64 or BYTES");
  }

  bool read_shape(od::value &value) {
    od::array array;
    if (!reader_.as_array(value, array, "an array of dimensions as \"shape\"")) return false;
    return reader_.each_element(array, [&](od::value &child) {
      int64_t dim;
      if (child.get_int64().get(dim) || dim < 0) {
        return reader_.wrong_type(child, "a dimension of 0 or more in \"shape\"", CSJ_WRONG_SHAPE);
      }
      if (out_.dims.size() == kMaxRank) {
        return reader_.fail_at(
            value, CSJ_WRONG_SHAPE, "\"shape\" has more than " + std::to_string(kMaxRank) + " dimensions");
      }
      out_.dims.push_back(dim);
      return true;
    });
  }

  bool read_parameters(od::value &value) {
    od::object object;
    if (!reader_.as_object(value, object, "an object as \"parameters\"")) return false;
    return reader_.each_field(object, [&](std::string_view key, od::value &parameter) {
      if (key != "binary_data_size") return reader_.ignore(parameter);
      bool sound = !parameter.get_int64().get(out_.binary_size) && out_.binary_size >= 0;
      return sound || reader_.wrong_type(parameter, "a count of bytes as \"binary_data_size\"", CSJ_WRONG_SHAPE);
    });
  }

  bool read_deferred(od::object &object) {
    bool not_empty = false;
    if (auto error = object.reset().get(not_empty)) return reader_.syntax(error);
    size_t position = 0;
    for (auto item : object) {
      od::field field;
      if (auto error = std::move(item).get(field)) return reader_.syntax(error);
      // Keys are not unescaped again: simdjson's space for strings is measured for reading each of them once.
      if (++position == deferred_ && !read_data(field.value())) return false;
    }
    return true;
  }

  bool read_data(od::value &value) {
    size_t rank = out_.dims.size();
    size_t expected = 1;
    bool overflow = false;
    for (int64_t dim : out_.dims) overflow |= __builtin_mul_overflow(expected, static_cast<size_t>(dim), &expected);
    size_t brackets = reader_.leading_brackets(value);
    bool flat = brackets <= 1 && rank != 1 && !(rank == 0 && brackets == 0);
    Dims dims = flat ? Dims({-1}) : Dims(out_.dims);
    out_.bytes.reserve(std::min(overflow ? size_hint_ : expected * 8, size_hint_));
    bool read = with_type(out_.type, [&](auto tag) {
      return append_nested<decltype(tag)>(reader_, value, dims, 0, out_.bytes);
    });
    if (!read) return false;
    if (flat && (overflow || static_cast<size_t>(dims.sizes[0]) != expected)) {
      return reader_.fail_at(
          value, CSJ_WRONG_SHAPE,
          "\"data\" has " + std::to_string(dims.sizes[0]) + " elements, expected " +
              (overflow ? "more than memory can hold" : std::to_string(expected)) + " for shape " +
              shape_text(out_.dims));
    }
    return true;
  }

  Reader &reader_;
  size_t size_hint_;
  Filled &out_;
  bool has_name_ = false;
  bool has_shape_ = false;
  bool has_data_ = false;
  size_t deferred_ = 0;  // position of a "data" met before what its values are
};

}  // namespace

bool read_tensors(Reader &reader, od::value &value, const char *list, size_t size_hint, std::vector<Filled> &tensors) {
  od::array array;
  if (!reader.as_array(value, array, "an array of tensors")) return false;
  return reader.each_element(array, [&](od::value &entry) {
    reader.place = Place();
    reader.place.kind = Place::Kind::kTensor;
    reader.place.list = list;
    reader.place.row = tensors.size();
    Filled tensor;
    if (!TensorReader(reader, size_hint, tensor).read(entry)) return false;
    reader.place = Place();
    tensors.push_back(std::move(tensor));
    return true;
  });
}

}  // namespace csj
