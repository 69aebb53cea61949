// libpq, PostgreSQL's own client. It is loaded when a table is first asked for: nobody else needs it,
// neither to build nor to run. What is used of it has been the same since PostgreSQL 7.4.
#pragma once

#include <dlfcn.h>
#include <stddef.h>

// A connection, and a result: `PGconn` and `PGresult`.
typedef struct pg_conn *pq_connection;
typedef struct pg_result *pq_result;

enum { PQ_CONNECTED = 0 };
enum { PQ_COMMAND_OK = 1, PQ_TUPLES_OK = 2, PQ_COPY_IN = 4 };

static inline void *pq_function(const char *name) {
#if defined(__APPLE__)
  const char *file = "libpq.5.dylib";
#else
  const char *file = "libpq.so.5";
#endif
  // Loaded once, whoever asks.
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  return library ? dlsym(library, name) : NULL;
}

/// Whether there is such a library; to be asked before all else.
static inline int pq_is_there(void) { return pq_function("PQexecParams") != NULL; }

static inline pq_connection pq_connect(const char *address) {
  return ((pq_connection(*)(const char *))pq_function("PQconnectdb"))(address);
}

static inline int pq_status(pq_connection connection) {
  return ((int (*)(pq_connection))pq_function("PQstatus"))(connection);
}

static inline const char *pq_error(pq_connection connection) {
  return ((const char *(*)(pq_connection))pq_function("PQerrorMessage"))(connection);
}

static inline void pq_finish(pq_connection connection) {
  ((void (*)(pq_connection))pq_function("PQfinish"))(connection);
}

/// Values as texts; null pointers are NULL.
static inline pq_result pq_run(
  pq_connection connection, const char *sql, int count, const char *const *values) {
  typedef pq_result (*Run)(
    pq_connection, const char *, int, const unsigned *, const char *const *, const int *,
    const int *, int);
  return ((Run)pq_function("PQexecParams"))(connection, sql, count, NULL, values, NULL, NULL, 0);
}

static inline pq_result pq_next(pq_connection connection) {
  return ((pq_result(*)(pq_connection))pq_function("PQgetResult"))(connection);
}

static inline int pq_put(pq_connection connection, const char *bytes, int count) {
  typedef int (*Put)(pq_connection, const char *, int);
  return ((Put)pq_function("PQputCopyData"))(connection, bytes, count);
}

static inline int pq_put_end(pq_connection connection) {
  typedef int (*End)(pq_connection, const char *);
  return ((End)pq_function("PQputCopyEnd"))(connection, NULL);
}

static inline int pq_result_status(pq_result result) {
  return ((int (*)(pq_result))pq_function("PQresultStatus"))(result);
}

static inline const char *pq_result_error(pq_result result) {
  return ((const char *(*)(pq_result))pq_function("PQresultErrorMessage"))(result);
}

static inline int pq_rows(pq_result result) {
  return ((int (*)(pq_result))pq_function("PQntuples"))(result);
}

static inline int pq_columns(pq_result result) {
  return ((int (*)(pq_result))pq_function("PQnfields"))(result);
}

/// Null for NULL.
static inline const char *pq_value(pq_result result, int row, int column) {
  int is_null = ((int (*)(pq_result, int, int))pq_function("PQgetisnull"))(result, row, column);
  if (is_null) return NULL;
  return ((const char *(*)(pq_result, int, int))pq_function("PQgetvalue"))(result, row, column);
}

static inline void pq_clear(pq_result result) {
  ((void (*)(pq_result))pq_function("PQclear"))(result);
}
