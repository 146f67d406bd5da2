// The part of ONNX Runtime's C interface that Augury uses, written from its documented layout: a table of function
// pointers to which entries are only ever added. The library itself is opened at run time.
//
// Every member's place is asserted below, so that a miscount does not compile. Functions that return a status return
// null when they succeed; a status must be released.

#ifndef C_ONNX_RUNTIME_H
#define C_ONNX_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct ort_status ort_status;
typedef struct ort_env ort_env;
typedef struct ort_session ort_session;
typedef struct ort_session_options ort_session_options;
typedef struct ort_run_options ort_run_options;
typedef struct ort_value ort_value;
typedef struct ort_type_info ort_type_info;
typedef struct ort_shape_info ort_shape_info;
typedef struct ort_memory_info ort_memory_info;
typedef struct ort_metadata ort_metadata;
typedef struct ort_allocator ort_allocator;

/// The version of the interface that covers every member below but the last, which is asked for by its own version.
enum { ORT_NEEDED_API = 17, ORT_HAS_SHAPE_API = 24 };

enum { ORT_KIND_TENSOR = 1 };
enum { ORT_SEVERITY_FATAL = 4 };
enum { ORT_ALLOCATOR_ARENA = 1, ORT_MEMORY_DEFAULT = 0 };
enum { ORT_OPTIMIZE_NONE = 0, ORT_OPTIMIZE_BASIC = 1, ORT_OPTIMIZE_EXTENDED = 2, ORT_OPTIMIZE_ALL = 99 };

enum {
  ORT_TYPE_FLOAT = 1,
  ORT_TYPE_UINT8 = 2,
  ORT_TYPE_INT8 = 3,
  ORT_TYPE_UINT16 = 4,
  ORT_TYPE_INT16 = 5,
  ORT_TYPE_INT32 = 6,
  ORT_TYPE_INT64 = 7,
  ORT_TYPE_STRING = 8,
  ORT_TYPE_BOOL = 9,
  ORT_TYPE_FLOAT16 = 10,
  ORT_TYPE_DOUBLE = 11,
  ORT_TYPE_UINT32 = 12,
  ORT_TYPE_UINT64 = 13,
  ORT_TYPE_BFLOAT16 = 16,
};

enum {
  ORT_ERROR_FAIL = 1,
  ORT_ERROR_INVALID_ARGUMENT = 2,
  ORT_ERROR_NO_SUCH_FILE = 3,
  ORT_ERROR_RUNTIME_EXCEPTION = 6,
  ORT_ERROR_INVALID_PROTOBUF = 7,
  ORT_ERROR_NOT_IMPLEMENTED = 9,
  ORT_ERROR_INVALID_GRAPH = 10,
};

typedef void (*ort_log_function)(
    void *_Nullable context, int32_t severity, const char *_Nullable category, const char *_Nullable id,
    const char *_Nullable location, const char *_Nullable text);

#define ORT_STATUS ort_status *_Nullable
#define ORT_UNUSED(from, to) const void *_Nullable unused_##from[(to) - (from)]

typedef struct ort_api {
  ORT_UNUSED(0, 1);
  int32_t (*_Nonnull get_error_code)(const ort_status *status);
  const char *_Nonnull (*_Nonnull get_error_message)(const ort_status *status);
  ORT_UNUSED(3, 4);
  ORT_STATUS (*_Nonnull create_env_with_custom_logger)(
      ort_log_function logger, void *_Nullable context, int32_t severity, const char *id,
      ort_env *_Nullable *_Nonnull out);
  ORT_UNUSED(5, 6);
  ORT_STATUS (*_Nonnull disable_telemetry_events)(const ort_env *env);
  ORT_STATUS (*_Nonnull create_session)(
      const ort_env *env, const char *path, const ort_session_options *options,
      ort_session *_Nullable *_Nonnull out);
  ORT_UNUSED(8, 9);
  ORT_STATUS (*_Nonnull run)(
      ort_session *session, const ort_run_options *_Nullable options,
      const char *_Nullable const *_Nullable input_names, const ort_value *_Nullable const *_Nullable inputs,
      size_t input_count, const char *_Nullable const *_Nullable output_names, size_t output_count,
      ort_value *_Nullable *_Nullable outputs);
  ORT_STATUS (*_Nonnull create_session_options)(ort_session_options *_Nullable *_Nonnull out);
  ORT_UNUSED(11, 23);
  ORT_STATUS (*_Nonnull set_graph_optimization_level)(ort_session_options *options, int32_t level);
  ORT_STATUS (*_Nonnull set_intra_op_threads)(ort_session_options *options, int32_t count);
  ORT_STATUS (*_Nonnull set_inter_op_threads)(ort_session_options *options, int32_t count);
  ORT_UNUSED(26, 30);
  ORT_STATUS (*_Nonnull session_input_count)(const ort_session *session, size_t *out);
  ORT_STATUS (*_Nonnull session_output_count)(const ort_session *session, size_t *out);
  ORT_UNUSED(32, 33);
  ORT_STATUS (*_Nonnull session_input_type)(
      const ort_session *session, size_t index, ort_type_info *_Nullable *_Nonnull out);
  ORT_STATUS (*_Nonnull session_output_type)(
      const ort_session *session, size_t index, ort_type_info *_Nullable *_Nonnull out);
  ORT_UNUSED(35, 36);
  ORT_STATUS (*_Nonnull session_input_name)(
      const ort_session *session, size_t index, ort_allocator *allocator, char *_Nullable *_Nonnull out);
  ORT_STATUS (*_Nonnull session_output_name)(
      const ort_session *session, size_t index, ort_allocator *allocator, char *_Nullable *_Nonnull out);
  ORT_UNUSED(38, 39);
  ORT_STATUS (*_Nonnull create_run_options)(ort_run_options *_Nullable *_Nonnull out);
  ORT_UNUSED(40, 46);
  ORT_STATUS (*_Nonnull run_options_terminate)(ort_run_options *options);
  ORT_UNUSED(47, 48);
  ORT_STATUS (*_Nonnull create_tensor)(
      ort_allocator *allocator, const int64_t *_Nullable dims, size_t rank, int32_t type,
      ort_value *_Nullable *_Nonnull out);
  ORT_STATUS (*_Nonnull create_tensor_over)(
      const ort_memory_info *info, void *data, size_t byte_count, const int64_t *_Nullable dims, size_t rank,
      int32_t type, ort_value *_Nullable *_Nonnull out);
  ORT_UNUSED(50, 51);
  ORT_STATUS (*_Nonnull tensor_data)(ort_value *value, void *_Nullable *_Nonnull out);
  ORT_UNUSED(52, 53);
  ORT_STATUS (*_Nonnull string_byte_count)(const ort_value *value, size_t *out);
  ORT_STATUS (*_Nonnull string_content)(
      const ort_value *value, void *buffer, size_t byte_count, size_t *offsets, size_t offset_count);
  /// Lent by the type info; null if it is not of a tensor.
  ORT_STATUS (*_Nonnull tensor_info)(const ort_type_info *type, const ort_shape_info *_Nullable *_Nonnull out);
  ORT_STATUS (*_Nonnull type_kind)(const ort_type_info *type, int32_t *out);
  ORT_UNUSED(57, 60);
  ORT_STATUS (*_Nonnull element_type)(const ort_shape_info *info, int32_t *out);
  ORT_STATUS (*_Nonnull rank)(const ort_shape_info *info, size_t *out);
  ORT_STATUS (*_Nonnull dimensions)(const ort_shape_info *info, int64_t *out, size_t count);
  ORT_STATUS (*_Nonnull symbolic_dimensions)(
      const ort_shape_info *info, const char *_Nullable *_Nonnull out, size_t count);
  ORT_UNUSED(64, 65);
  ORT_STATUS (*_Nonnull value_shape)(const ort_value *value, ort_shape_info *_Nullable *_Nonnull out);
  ORT_UNUSED(66, 67);
  ORT_STATUS (*_Nonnull value_kind)(const ort_value *value, int32_t *out);
  ORT_UNUSED(68, 69);
  ORT_STATUS (*_Nonnull create_cpu_memory_info)(
      int32_t allocator, int32_t memory, ort_memory_info *_Nullable *_Nonnull out);
  ORT_UNUSED(70, 76);
  ORT_STATUS (*_Nonnull allocator_free)(ort_allocator *allocator, void *_Nullable memory);
  ORT_UNUSED(77, 78);
  ORT_STATUS (*_Nonnull default_allocator)(ort_allocator *_Nullable *_Nonnull out);
  ORT_UNUSED(79, 93);
  void (*_Nonnull release_status)(ort_status *_Nullable status);
  void (*_Nonnull release_memory_info)(ort_memory_info *_Nullable info);
  void (*_Nonnull release_session)(ort_session *_Nullable session);
  void (*_Nonnull release_value)(ort_value *_Nullable value);
  void (*_Nonnull release_run_options)(ort_run_options *_Nullable options);
  void (*_Nonnull release_type_info)(ort_type_info *_Nullable type);
  void (*_Nonnull release_shape_info)(ort_shape_info *_Nullable info);
  void (*_Nonnull release_session_options)(ort_session_options *_Nullable options);
  ORT_UNUSED(101, 111);
  ORT_STATUS (*_Nonnull session_metadata)(const ort_session *session, ort_metadata *_Nullable *_Nonnull out);
  ORT_STATUS (*_Nonnull metadata_producer)(
      const ort_metadata *metadata, ort_allocator *allocator, char *_Nullable *_Nonnull out);
  ORT_STATUS (*_Nonnull metadata_graph_name)(
      const ort_metadata *metadata, ort_allocator *allocator, char *_Nullable *_Nonnull out);
  ORT_STATUS (*_Nonnull metadata_domain)(
      const ort_metadata *metadata, ort_allocator *allocator, char *_Nullable *_Nonnull out);
  ORT_STATUS (*_Nonnull metadata_description)(
      const ort_metadata *metadata, ort_allocator *allocator, char *_Nullable *_Nonnull out);
  ORT_STATUS (*_Nonnull metadata_value)(
      const ort_metadata *metadata, ort_allocator *allocator, const char *key, char *_Nullable *_Nonnull out);
  ORT_STATUS (*_Nonnull metadata_version)(const ort_metadata *metadata, int64_t *out);
  void (*_Nonnull release_metadata)(ort_metadata *_Nullable metadata);
  ORT_UNUSED(119, 123);
  ORT_STATUS (*_Nonnull metadata_keys)(
      const ort_metadata *metadata, ort_allocator *allocator,
      char *_Nullable *_Nullable *_Nonnull out, int64_t *count);
  ORT_UNUSED(124, 130);
  ORT_STATUS (*_Nonnull add_session_config)(ort_session_options *options, const char *key, const char *value);
  ORT_UNUSED(131, 165);
  ORT_STATUS (*_Nonnull add_run_config)(ort_run_options *options, const char *key, const char *value);
  ORT_UNUSED(166, 252);
  ORT_STATUS (*_Nonnull resized_string_element)(
      ort_value *value, size_t index, size_t byte_count, char *_Nullable *_Nonnull out);
  ORT_UNUSED(253, 390);
  /// Only in tables of ORT_HAS_SHAPE_API and later.
  _Bool (*_Nonnull has_shape)(const ort_shape_info *info);
} ort_api;

/// What the library's only symbol returns.
typedef struct ort_api_base {
  const ort_api *_Nullable (*_Nonnull get_api)(uint32_t version);
  const char *_Nonnull (*_Nonnull version)(void);
} ort_api_base;

typedef const ort_api_base *_Nullable (*ort_get_api_base)(void);

#undef ORT_STATUS
#undef ORT_UNUSED

#define ORT_SLOT(member, slot) \
  _Static_assert(offsetof(ort_api, member) == (slot) * sizeof(void *), #member " is not in its slot")

ORT_SLOT(get_error_code, 1);
ORT_SLOT(get_error_message, 2);
ORT_SLOT(create_env_with_custom_logger, 4);
ORT_SLOT(disable_telemetry_events, 6);
ORT_SLOT(create_session, 7);
ORT_SLOT(run, 9);
ORT_SLOT(create_session_options, 10);
ORT_SLOT(set_graph_optimization_level, 23);
ORT_SLOT(set_intra_op_threads, 24);
ORT_SLOT(set_inter_op_threads, 25);
ORT_SLOT(session_input_count, 30);
ORT_SLOT(session_output_count, 31);
ORT_SLOT(session_input_type, 33);
ORT_SLOT(session_output_type, 34);
ORT_SLOT(session_input_name, 36);
ORT_SLOT(session_output_name, 37);
ORT_SLOT(create_run_options, 39);
ORT_SLOT(run_options_terminate, 46);
ORT_SLOT(create_tensor, 48);
ORT_SLOT(create_tensor_over, 49);
ORT_SLOT(tensor_data, 51);
ORT_SLOT(string_byte_count, 53);
ORT_SLOT(string_content, 54);
ORT_SLOT(tensor_info, 55);
ORT_SLOT(type_kind, 56);
ORT_SLOT(element_type, 60);
ORT_SLOT(rank, 61);
ORT_SLOT(dimensions, 62);
ORT_SLOT(symbolic_dimensions, 63);
ORT_SLOT(value_shape, 65);
ORT_SLOT(value_kind, 67);
ORT_SLOT(create_cpu_memory_info, 69);
ORT_SLOT(allocator_free, 76);
ORT_SLOT(default_allocator, 78);
ORT_SLOT(release_status, 93);
ORT_SLOT(release_memory_info, 94);
ORT_SLOT(release_session, 95);
ORT_SLOT(release_value, 96);
ORT_SLOT(release_run_options, 97);
ORT_SLOT(release_type_info, 98);
ORT_SLOT(release_shape_info, 99);
ORT_SLOT(release_session_options, 100);
ORT_SLOT(session_metadata, 111);
ORT_SLOT(metadata_producer, 112);
ORT_SLOT(metadata_graph_name, 113);
ORT_SLOT(metadata_domain, 114);
ORT_SLOT(metadata_description, 115);
ORT_SLOT(metadata_value, 116);
ORT_SLOT(metadata_version, 117);
ORT_SLOT(release_metadata, 118);
ORT_SLOT(metadata_keys, 123);
ORT_SLOT(add_session_config, 130);
ORT_SLOT(add_run_config, 165);
ORT_SLOT(resized_string_element, 252);
ORT_SLOT(has_shape, 390);

#undef ORT_SLOT

#pragma clang assume_nonnull end

#endif
