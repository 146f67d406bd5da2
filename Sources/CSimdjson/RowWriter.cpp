#include "CSimdjson.h"

namespace {

bool write_row(csj_buffer *buffer, csj_column *columns, size_t column_count, size_t *culprit) {
  for (size_t i = 0; i < column_count; i++) {
    csj_column &column = columns[i];
    *culprit = i;
    if (!csj_write_bytes(buffer, column.key.bytes, column.key.size)) return false;
    if (!csj_write_nested(buffer, column.data_type, &column.cursor, column.end, column.dims, column.rank)) return false;
  }
  return true;
}

}  // namespace

size_t csj_write_rows(
    csj_buffer *buffer, csj_column *columns, size_t column_count, csj_text tail, char separator, size_t rows,
    size_t *ends, size_t *culprit) {
  for (size_t row = 0; row < rows; row++) {
    if (!write_row(buffer, columns, column_count, culprit)) return row;
    if (!csj_write_bytes(buffer, tail.bytes, tail.size) || !csj_write_bytes(buffer, &separator, 1)) return row;
    if (ends != nullptr) ends[row] = buffer->count;
  }
  return rows;
}
