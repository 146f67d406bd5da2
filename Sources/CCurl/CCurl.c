#include "CCurl.h"

#include <dlfcn.h>
#include <stddef.h>

// The macros of the same names check arguments and call the function itself, which is not linked.
#undef curl_easy_setopt
#undef curl_easy_getinfo

// The name under which libcurl 7.16 and later is installed.
static const char library_name[] = "libcurl.so.4";

static struct {
  CURLcode (*global_init)(long);
  CURL *(*easy_init)(void);
  void (*easy_cleanup)(CURL *);
  CURLcode (*easy_perform)(CURL *);
  const char *(*easy_strerror)(CURLcode);
  CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
  CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
  struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
  void (*slist_free_all)(struct curl_slist *);
} curl;

const char *ccurl_load(void) {
  void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
  if (!library) return dlerror();
  const struct {
    const char *name;
    void *place;
  } functions[] = {
    {"curl_global_init", &curl.global_init},       {"curl_easy_init", &curl.easy_init},
    {"curl_easy_cleanup", &curl.easy_cleanup},     {"curl_easy_perform", &curl.easy_perform},
    {"curl_easy_strerror", &curl.easy_strerror},   {"curl_easy_setopt", &curl.easy_setopt},
    {"curl_easy_getinfo", &curl.easy_getinfo},     {"curl_slist_append", &curl.slist_append},
    {"curl_slist_free_all", &curl.slist_free_all},
  };
  for (size_t index = 0; index < sizeof functions / sizeof functions[0]; index++) {
    void *function = dlsym(library, functions[index].name);
    if (!function) return dlerror();
    *(void **)functions[index].place = function;
  }
  CURLcode code = curl.global_init(CURL_GLOBAL_DEFAULT);
  return code == CURLE_OK ? NULL : curl.easy_strerror(code);
}

CURL *ccurl_easy_init(void) { return curl.easy_init(); }
void ccurl_easy_cleanup(CURL *handle) { curl.easy_cleanup(handle); }
CURLcode ccurl_easy_perform(CURL *handle) { return curl.easy_perform(handle); }
const char *ccurl_easy_strerror(CURLcode code) { return curl.easy_strerror(code); }

struct curl_slist *ccurl_slist_append(struct curl_slist *list, const char *text) {
  return curl.slist_append(list, text);
}

void ccurl_slist_free_all(struct curl_slist *list) { curl.slist_free_all(list); }

CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
  return curl.easy_setopt(handle, option, value);
}

CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *value) {
  return curl.easy_setopt(handle, option, value);
}

CURLcode ccurl_set_body(CURL *handle, const void *bytes, curl_off_t count) {
  CURLcode code = curl.easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, count);
  return code != CURLE_OK ? code : curl.easy_setopt(handle, CURLOPT_COPYPOSTFIELDS, bytes);
}

CURLcode ccurl_set_shared_body(CURL *handle, const void *bytes, curl_off_t count) {
  CURLcode code = curl.easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, count);
  return code != CURLE_OK ? code : curl.easy_setopt(handle, CURLOPT_POSTFIELDS, bytes);
}

CURLcode ccurl_set_headers(CURL *handle, struct curl_slist *headers) {
  return curl.easy_setopt(handle, CURLOPT_HTTPHEADER, headers);
}

CURLcode ccurl_set_sink(CURL *handle, ccurl_sink sink) {
  return curl.easy_setopt(handle, CURLOPT_WRITEFUNCTION, sink);
}

CURLcode ccurl_set_sink_context(CURL *handle, void *context) {
  return curl.easy_setopt(handle, CURLOPT_WRITEDATA, context);
}

CURLcode ccurl_set_watch(CURL *handle, ccurl_watch watch, void *context) {
  CURLcode code = curl.easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  if (code == CURLE_OK) code = curl.easy_setopt(handle, CURLOPT_XFERINFODATA, context);
  return code != CURLE_OK ? code : curl.easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, watch);
}

CURLcode ccurl_get_status(CURL *handle, long *status) {
  return curl.easy_getinfo(handle, CURLINFO_RESPONSE_CODE, status);
}
