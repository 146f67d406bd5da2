// JSON to typed tensor bytes and back, over simdjson's On-Demand parser: the C face that Swift calls.
//
// A parser is made once per thread, told the model's inputs, and reused: it keeps its padded copy of the payload and
// simdjson's index between calls. What a call found is read through the accessors until the next call on the same
// parser. No function throws or aborts; every failure is a reason plus a message.

#ifndef CSIMDJSON_H
#define CSIMDJSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

/// Element types; the same numbers as `DataType` in Swift.
enum {
  CSJ_BOOL = 1,
  CSJ_UINT8,
  CSJ_UINT16,
  CSJ_UINT32,
  CSJ_UINT64,
  CSJ_INT8,
  CSJ_INT16,
  CSJ_INT32,
  CSJ_INT64,
  CSJ_FP16,
  CSJ_BF16,
  CSJ_FP32,
  CSJ_FP64,
  CSJ_BYTES,
};

/// Why a call or a row failed; the same numbers as `TensorError.Reason` in Swift.
enum {
  CSJ_OK = 0,
  CSJ_MALFORMED_JSON = 1,
  CSJ_WRONG_FORM = 2,
  CSJ_WRONG_TYPE = 3,
  CSJ_OUT_OF_RANGE = 4,
  CSJ_WRONG_SHAPE = 5,
  CSJ_MISSING_INPUT = 6,
  CSJ_UNKNOWN_INPUT = 7,
  CSJ_DUPLICATE_INPUT = 8,
  CSJ_TOO_MANY_INSTANCES = 9,
  CSJ_OUT_OF_MEMORY = 10,
};

/// The form of a request.
enum {
  CSJ_FORM_INSTANCES = 1,
  CSJ_FORM_INFER = 2,
};

/// UTF-8 text, not NUL-terminated.
typedef struct csj_text {
  const char *_Nullable bytes;
  size_t size;
} csj_text;

typedef struct csj_failure {
  int32_t reason;
  int64_t offset;  // bytes from the start of the payload, -1 when not known
  csj_text message;
} csj_failure;

/// What the last parse found, apart from the tensors themselves.
typedef struct csj_summary {
  int32_t form;
  bool has_id;
  int32_t binary_output;  // -1 not said, else 0 or 1
  csj_text id;
  csj_text model_name;
  csj_text model_version;
  size_t output_count;    // requested outputs
  size_t group_count;     // 1 for a request; for lines one per distinct row shape
  size_t tensor_count;    // tensors in each group
  size_t row_count;       // lines: rows seen, good and bad
  size_t rejected_count;  // lines: rows refused
} csj_summary;

typedef struct csj_tensor {
  csj_text name;
  uint8_t data_type;
  const int64_t *_Nullable dims;
  size_t rank;
  size_t byte_count;
  int64_t binary_size;  // -1 when the values were in the JSON, else the announced byte count
} csj_tensor;

typedef struct csj_requested_output {
  csj_text name;
  int32_t binary;  // -1 not said, else 0 or 1
} csj_requested_output;

typedef struct csj_rejected_row {
  size_t row;
  csj_failure failure;
} csj_rejected_row;

typedef struct csj_parser csj_parser;

/// Null when memory is short.
csj_parser *_Nullable csj_parser_create(void);
void csj_parser_destroy(csj_parser *_Nullable parser);
/// Adds the next input of the model; `rank` -1 means that the shape is not known, a dimension -1 that it is free.
int32_t csj_parser_add_input(
    csj_parser *parser, csj_text name, uint8_t data_type, const int64_t *_Nullable dims, int32_t rank);

/// A request in the instances form or the Open Inference form. Returns a reason.
int32_t csj_parse_request(csj_parser *parser, const void *_Nullable bytes, size_t size, size_t max_instances);
/// A reply in the Open Inference form. Returns a reason.
int32_t csj_parse_reply(csj_parser *parser, const void *_Nullable bytes, size_t size);
/// One instance a line; bad rows are listed, not fatal. `offset` is the place of the first byte in the payload, and
/// `max_group_rows` bounds the rows of one group.
int32_t csj_parse_lines(
    csj_parser *parser, const void *_Nullable bytes, size_t size, size_t offset, size_t max_rows,
    size_t max_group_rows);

/// Whether these bytes are one JSON document and nothing else; false also when memory is short.
bool csj_is_document(const void *_Nullable bytes, size_t size);

csj_failure csj_last_failure(const csj_parser *parser);
csj_summary csj_last_summary(const csj_parser *parser);
csj_tensor csj_tensor_at(const csj_parser *parser, size_t group, size_t index);
/// Hands the tensor's memory to the caller, who frees it with `free`; null when it holds no bytes.
void *_Nullable csj_take_bytes(csj_parser *parser, size_t group, size_t index);
csj_requested_output csj_output_at(const csj_parser *parser, size_t index);
const uint64_t *_Nullable csj_group_rows(const csj_parser *parser, size_t group, size_t *count);
csj_rejected_row csj_rejected_at(const csj_parser *parser, size_t index);

/// Finds where the members of an object, or the elements of an array, stand in its text; all of it is checked to be
/// JSON. Made once per thread and reused.
typedef struct csj_lister csj_lister;

/// One member: its key without escapes, which is valid until the next call on the lister and empty for an element, and
/// where in the text the member, its value and the end of both are.
typedef struct csj_member {
  csj_text key;
  size_t start;
  size_t value;
  size_t end;
} csj_member;

/// Null when memory is short.
csj_lister *_Nullable csj_lister_create(void);
void csj_lister_destroy(csj_lister *_Nullable lister);
/// Returns a reason, `CSJ_WRONG_FORM` for a scalar.
int32_t csj_list_members(csj_lister *lister, const void *_Nullable bytes, size_t size);
csj_failure csj_lister_failure(const csj_lister *lister);
size_t csj_member_count(const csj_lister *lister);
csj_member csj_member_at(const csj_lister *lister, size_t index);

/// Bytes that grow; `bytes` comes from `malloc` and is freed by the owner with `free`.
typedef struct csj_buffer {
  uint8_t *_Nullable bytes;
  size_t count;
  size_t capacity;
} csj_buffer;

/// Makes room for `additional` bytes more; false when memory is short.
bool csj_buffer_reserve(csj_buffer *buffer, size_t additional);
bool csj_write_bytes(csj_buffer *buffer, const void *_Nullable bytes, size_t size);
/// A JSON string with its quotes; false when memory is short or the text is not UTF-8.
bool csj_write_string(csj_buffer *buffer, csj_text text);
bool csj_write_int(csj_buffer *buffer, int64_t value);
/// Values as nested arrays of the given dimensions (rank 0: the bare value), taking them from `*cursor`, which moves
/// on. False when memory is short or BYTES elements overrun `end`.
bool csj_write_nested(
    csj_buffer *buffer, uint8_t data_type, const void *_Nullable *_Nonnull cursor, const void *_Nullable end,
    const int64_t *_Nullable dims, size_t rank);

/// One output of which rows are written.
typedef struct csj_column {
  csj_text key;  // written before each value
  uint8_t data_type;
  const void *_Nullable cursor;  // the next row's values; moves on
  const void *_Nullable end;
  const int64_t *_Nullable dims;  // of one row
  size_t rank;
} csj_column;

/// Writes rows: the columns' keys and values in turn, then `tail` and the separator. `ends`, if given, takes the
/// buffer's count after each row. Returns the rows written whole: fewer when memory is short or a column holds too few
/// bytes; that column's index is then in `*culprit`, and what is behind the last whole row in the buffer is of no use.
size_t csj_write_rows(
    csj_buffer *buffer, csj_column *columns, size_t column_count, csj_text tail, char separator, size_t rows,
    size_t *_Nullable ends, size_t *culprit);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif

#endif
