/* A layer between the program and the C library that makes one change of a folder fail, as a bad disk would.
 *
 * Loaded with LD_PRELOAD by tests/safety/faults.py and tests/features/safety.rs; the program is the one that users run. Settings
 * come from the environment:
 *   FAULTS_UNDER  only what lies under this folder counts (an absolute path)
 *   FAULTS_AT     which change fails, from 1; 0 is none
 *   FAULTS_ERRNO  with which error
 *   FAULTS_FROM   1: all changes from that one on fail, as on a full disk
 *   FAULTS_AFTER  1: the change is made, and then fails all the same, as an answer lost on a network
 *   FAULTS_FLOCK  the error of every file lock; 0 is none
 *   FAULTS_LOG    a file outside of that folder: a line for each change, with `!` before one that failed
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char under[PATH_MAX];
static size_t under_length;
static long at, count;
static int error_number, from, after, lock_error, log_file = -1;

static long number(const char *name) {
  const char *text = getenv(name);
  return text ? strtol(text, NULL, 10) : 0;
}

__attribute__((constructor)) static void start(void) {
  const char *folder = getenv("FAULTS_UNDER"), *log = getenv("FAULTS_LOG");
  if (folder) {
    snprintf(under, sizeof under, "%s", folder);
    under_length = strlen(under);
  }
  at = number("FAULTS_AT");
  error_number = (int)number("FAULTS_ERRNO");
  from = (int)number("FAULTS_FROM");
  after = (int)number("FAULTS_AFTER");
  lock_error = (int)number("FAULTS_FLOCK");
  if (log) log_file = (int)syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* The absolute path of `path`, seen from the folder `folder`. */
static void whole(int folder, const char *path, char *out) {
  char base[PATH_MAX] = "";
  if (path[0] != '/') {
    char link[64];
    if (folder == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, base, sizeof base - 2);
    if (length < 0) length = 0;
    base[length] = '/';
    base[length + 1] = 0;
  }
  snprintf(out, PATH_MAX, "%s%s", base, path);
}

static int counts(const char *path) {
  return under_length && strncmp(path, under, under_length) == 0 && (path[under_length] == '/' || !path[under_length]);
}

/* Whether this change, of a whole path, is to fail. */
static int fails(const char *operation, const char *path) {
  if (!counts(path)) return 0;
  long mine = __atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
  int bad = at > 0 && (mine == at || (from && mine > at));
  if (log_file >= 0) {
    char line[PATH_MAX + 64];
    int length = snprintf(line, sizeof line, "%s%s %s\n", bad ? "!" : "", operation, path + under_length);
    (void)!syscall(SYS_write, log_file, line, (size_t)length);
  }
  return bad;
}

static int fails_at(const char *operation, int folder, const char *path) {
  char full[PATH_MAX];
  whole(folder, path, full);
  return fails(operation, full);
}

static int fails_open(const char *operation, int file) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return fails(operation, path);
}

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

/* The change is made first if its answer alone is to be lost. */
#define ANSWER(failing, call) \
  if (!(failing)) return call; \
  if (after) (void)!(call); \
  errno = error_number; \
  return -1

static int changes(int flags) {
  return (flags & (O_CREAT | O_TRUNC)) != 0;
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = va_arg(rest, mode_t); \
    va_end(rest); \
    if (changes(flags) && fails_at("create", AT_FDCWD, path)) { \
      errno = error_number; \
      return -1; \
    } \
    return real(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
  int name(int folder, const char *path, int flags, ...) { \
    REAL(name); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = va_arg(rest, mode_t); \
    va_end(rest); \
    if (changes(flags) && fails_at("create", folder, path)) { \
      errno = error_number; \
      return -1; \
    } \
    return real(folder, path, flags, mode); \
  }
OPENAT(openat)
OPENAT(openat64)

/* Half of it is written, as on a disk that fills up. */
ssize_t write(int file, const void *bytes, size_t length) {
  REAL(write);
  if (!fails_open("write", file)) return real(file, bytes, length);
  (void)!real(file, bytes, after ? length : length / 2);
  errno = error_number;
  return -1;
}

ssize_t writev(int file, const struct iovec *pieces, int number_of) {
  REAL(writev);
  ANSWER(fails_open("write", file), real(file, pieces, number_of));
}

int fsync(int file) {
  REAL(fsync);
  ANSWER(fails_open("sync", file), real(file));
}

int fdatasync(int file) {
  REAL(fdatasync);
  ANSWER(fails_open("sync", file), real(file));
}

int ftruncate(int file, off_t length) {
  REAL(ftruncate);
  ANSWER(fails_open("truncate", file), real(file, length));
}

int ftruncate64(int file, off64_t length) {
  REAL(ftruncate64);
  ANSWER(fails_open("truncate", file), real(file, length));
}

int rename(const char *old, const char *new) {
  REAL(rename);
  ANSWER(fails_at("rename", AT_FDCWD, new), real(old, new));
}

int unlink(const char *path) {
  REAL(unlink);
  ANSWER(fails_at("remove", AT_FDCWD, path), real(path));
}

int unlinkat(int folder, const char *path, int flags) {
  REAL(unlinkat);
  ANSWER(fails_at("remove", folder, path), real(folder, path, flags));
}

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  ANSWER(fails_at("make", AT_FDCWD, path), real(path, mode));
}

int flock(int file, int operation) {
  static int (*real)(int, int);
  if (!real) real = (int (*)(int, int))dlsym(RTLD_NEXT, "flock");
  if (!lock_error) return real(file, operation);
  errno = lock_error;
  return -1;
}
