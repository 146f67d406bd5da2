#include <simdjson.h>

#include "CSimdjson.h"

bool csj_is_document(const void *bytes, size_t size) {
  try {
    simdjson::dom::parser parser;
    // The parser copies what has no padding behind it.
    return parser.parse(static_cast<const uint8_t *>(bytes), size, true).error() == simdjson::SUCCESS;
  } catch (...) {
    return false;
  }
}
