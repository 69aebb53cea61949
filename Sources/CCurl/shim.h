// libcurl's easy interface. The library is loaded when something is first fetched: with all that it
// stands on it would take a third of the time that a short text takes, and most runs fetch nothing.
#pragma once

#include <curl/curl.h>
#include <dlfcn.h>
#include <stddef.h>

#undef curl_easy_setopt

/// A function of the library; null where there is none.
static inline void *curl_function(const char *name) {
#if defined(__APPLE__)
  const char *file = "libcurl.4.dylib";
#else
  const char *file = "libcurl.so.4";
#endif
  // Loaded once, whoever asks.
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  return library ? dlsym(library, name) : NULL;
}

/// Loads the library and sets it up; 0 where that fails. To be called before all else, once.
static inline int curl_set_up(void) {
  CURLcode (*initialize)(long) = (CURLcode(*)(long))curl_function("curl_global_init");
  return initialize && initialize(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

static inline CURL *curl_make(void) {
  return ((CURL * (*)(void)) curl_function("curl_easy_init"))();
}

static inline void curl_free_handle(CURL *handle) {
  ((void (*)(CURL *))curl_function("curl_easy_cleanup"))(handle);
}

static inline struct curl_slist *curl_append(struct curl_slist *list, const char *text) {
  typedef struct curl_slist *(*Append)(struct curl_slist *, const char *);
  return ((Append)curl_function("curl_slist_append"))(list, text);
}

static inline void curl_free_list(struct curl_slist *list) {
  ((void (*)(struct curl_slist *))curl_function("curl_slist_free_all"))(list);
}

static inline CURLcode curl_run(CURL *handle) {
  return ((CURLcode(*)(CURL *))curl_function("curl_easy_perform"))(handle);
}

static inline const char *curl_reason(CURLcode code) {
  return ((const char *(*)(CURLcode))curl_function("curl_easy_strerror"))(code);
}

// A function of variable arguments, which Swift cannot call.
typedef CURLcode (*curl_setter)(CURL *, CURLoption, ...);

static inline CURLcode curl_set_string(CURL *handle, CURLoption option, const char *value) {
  return ((curl_setter)curl_function("curl_easy_setopt"))(handle, option, value);
}

static inline CURLcode curl_set_number(CURL *handle, CURLoption option, long value) {
  return ((curl_setter)curl_function("curl_easy_setopt"))(handle, option, value);
}

static inline CURLcode curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
  return ((curl_setter)curl_function("curl_easy_setopt"))(handle, option, value);
}

/// What is sent; it must stay where it is while the handle runs.
static inline CURLcode curl_set_body(CURL *handle, const void *bytes, size_t count) {
  curl_setter set = (curl_setter)curl_function("curl_easy_setopt");
  set(handle, CURLOPT_POST, 1L);
  set(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count);
  return set(handle, CURLOPT_POSTFIELDS, count ? bytes : "");
}

/// For parts of what arrives: both the headers, line by line, and the body.
typedef size_t (*curl_receiver)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode curl_set_receivers(
  CURL *handle, curl_receiver headers, curl_receiver body, void *context) {
  curl_setter set = (curl_setter)curl_function("curl_easy_setopt");
  set(handle, CURLOPT_HEADERFUNCTION, headers);
  set(handle, CURLOPT_HEADERDATA, context);
  set(handle, CURLOPT_WRITEFUNCTION, body);
  return set(handle, CURLOPT_WRITEDATA, context);
}
