// libcurl's easy interface, loaded when it is first needed: it brings two dozen libraries with it, which a broker that
// tells nobody of anything does without. Its setters and getters are variadic, which Swift cannot call: one function
// for each kind.
#ifndef CCURL_H
#define CCURL_H

#include <curl/curl.h>

typedef size_t (*ccurl_sink)(char *bytes, size_t size, size_t count, void *context);
typedef int (*ccurl_watch)(void *context, curl_off_t, curl_off_t, curl_off_t, curl_off_t);

// Loads the library and sets it up. NULL, or why it cannot be used, which stays true for good. To be called before all
// else here, and not by two threads at once.
const char *ccurl_load(void);

CURL *ccurl_easy_init(void);
void ccurl_easy_cleanup(CURL *handle);
CURLcode ccurl_easy_perform(CURL *handle);
const char *ccurl_easy_strerror(CURLcode code);

// Appends a copy of the text; NULL if there is no memory for it.
struct curl_slist *ccurl_slist_append(struct curl_slist *list, const char *text);
void ccurl_slist_free_all(struct curl_slist *list);

CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value);
CURLcode ccurl_set_text(CURL *handle, CURLoption option, const char *value);

// Sends these bytes, which are copied, as the body of a POST.
CURLcode ccurl_set_body(CURL *handle, const void *bytes, curl_off_t count);

// Sends these bytes as the body of a POST, without copying them: they must stay as long as the handle uses them.
CURLcode ccurl_set_shared_body(CURL *handle, const void *bytes, curl_off_t count);

// The list must live as long as the handle uses it.
CURLcode ccurl_set_headers(CURL *handle, struct curl_slist *headers);
CURLcode ccurl_set_sink(CURL *handle, ccurl_sink sink);
CURLcode ccurl_set_sink_context(CURL *handle, void *context);

// Asks the function every now and then, at least once a second, whether to go on: 0 for yes.
CURLcode ccurl_set_watch(CURL *handle, ccurl_watch watch, void *context);
CURLcode ccurl_get_status(CURL *handle, long *status);

#endif
