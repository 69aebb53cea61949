// Faults of reading and writing, put in front of the C library by LD_PRELOAD:
//
//   FAULT_UNDER   files whose path begins so are meant, others left alone
//   FAULT_CALL    read or write; flushing and cutting to length count as writing
//   FAULT_KIND    EIO, ENOSPC, EINTR (each second call), short (each call does half), kill
//                 (half a write is done first), or count
//   FAULT_AT      which call, from 1; for short and EINTR, all
//   FAULT_LOG     where the number of calls is written at the end, or that the fault came
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static const char *under, *call, *kind, *log_path;
static long at;
static atomic_long calls;

__attribute__((constructor)) static void begin(void) {
  under = getenv("FAULT_UNDER");
  call = getenv("FAULT_CALL");
  kind = getenv("FAULT_KIND");
  log_path = getenv("FAULT_LOG");
  at = getenv("FAULT_AT") ? atol(getenv("FAULT_AT")) : 0;
}

static void note(const char *what) {
  if (!log_path) return;
  FILE *log = fopen(log_path, "w");
  if (!log) return;
  fprintf(log, "%s %ld\n", what, (long)calls);
  fclose(log);
}

__attribute__((destructor)) static void end(void) {
  if (kind && (strcmp(kind, "count") == 0 || calls < at)) note("count");
}

/// Whether a call on an open file is one of those meant.
static int is_meant(int file, const char *name) {
  if (!under || !call || !kind || strcmp(call, name) != 0) return 0;
  char link[64], path[4096];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  long length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return strncmp(path, under, strlen(under)) == 0;
}

enum Fault { none, fails, halves, ends };

/// What is to become of a call; errno is set where it fails.
static enum Fault fault(int file, const char *name) {
  if (!is_meant(file, name)) return none;
  long number = ++calls;
  if (strcmp(kind, "short") == 0) return halves;
  if (strcmp(kind, "EINTR") == 0) {
    errno = EINTR;
    return number % 2 ? fails : none;
  }
  if (number != at || strcmp(kind, "count") == 0) return none;
  note(kind);
  if (strcmp(kind, "kill") == 0) return ends;
  errno = strcmp(kind, "ENOSPC") == 0 ? ENOSPC : EIO;
  return fails;
}

#define HALF(count) ((count) > 1 ? (count) / 2 : (count))

#define MOVE(name, kind_of_call, result, arguments, plain, half)                                 \
  result name arguments {                                                                        \
    static result(*real) arguments;                                                              \
    if (!real) real = (result(*) arguments)dlsym(RTLD_NEXT, #name);                              \
    switch (fault(file, kind_of_call)) {                                                         \
    case fails: return -1;                                                                       \
    case halves: return real half;                                                               \
    case ends: (void)(real half); kill(getpid(), SIGKILL); return -1;                            \
    default: return real plain;                                                                  \
    }                                                                                            \
  }

#define TO int file, void *bytes, size_t count
#define FROM int file, const void *bytes, size_t count
MOVE(read, "read", ssize_t, (TO), (file, bytes, count), (file, bytes, HALF(count)))
MOVE(pread, "read", ssize_t, (TO, off_t place), (file, bytes, count, place),
  (file, bytes, HALF(count), place))
MOVE(pread64, "read", ssize_t, (TO, off64_t place), (file, bytes, count, place),
  (file, bytes, HALF(count), place))
MOVE(write, "write", ssize_t, (FROM), (file, bytes, count), (file, bytes, HALF(count)))
MOVE(pwrite, "write", ssize_t, (FROM, off_t place), (file, bytes, count, place),
  (file, bytes, HALF(count), place))
MOVE(pwrite64, "write", ssize_t, (FROM, off64_t place), (file, bytes, count, place),
  (file, bytes, HALF(count), place))

// What is done or not done, never by half.
#define DO(name, arguments, plain)                                                               \
  int name arguments {                                                                           \
    static int(*real) arguments;                                                                 \
    if (!real) real = (int(*) arguments)dlsym(RTLD_NEXT, #name);                                 \
    switch (fault(file, "write")) {                                                              \
    case fails: return errno == EINTR ? real plain : -1;                                         \
    case ends: kill(getpid(), SIGKILL); return -1;                                               \
    default: return real plain;                                                                  \
    }                                                                                            \
  }

DO(fsync, (int file), (file))
DO(fdatasync, (int file), (file))
DO(ftruncate, (int file, off_t length), (file, length))
DO(ftruncate64, (int file, off64_t length), (file, length))
