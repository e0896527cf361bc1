/* A layer between the program and the C library that makes a folder behave as one on a busy network does.
 *
 * Loaded with LD_PRELOAD by tests/safety/workers.py. Settings come from the environment:
 *   NETWORK_UNDER       only what lies under this folder counts (an absolute path)
 *   NETWORK_LISTINGS    so many seconds a listing is not asked for again: names that came since are not in it
 *   NETWORK_ATTRIBUTES  so many seconds size, time and absence of a path are not asked for again, unless the file is opened
 *   NETWORK_CLOCK       so many seconds this machine's clock is ahead
 *   NETWORK_FAILURES    one of so many renames, exclusive creations and syncs fails with ESTALE or EIO, half of them done
 *                       all the same; 0 is none
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) \
  static __typeof__(&name) real; \
  if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static char under[PATH_MAX];
static size_t under_length;
static double listings, attributes;
static long ahead, failures;
static unsigned long draw;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static const char *setting(const char *name) {
  const char *text = getenv(name);
  return text ? text : "0";
}

__attribute__((constructor)) static void start(void) {
  const char *folder = getenv("NETWORK_UNDER");
  if (folder) {
    snprintf(under, sizeof under, "%s", folder);
    under_length = strlen(under);
  }
  listings = atof(setting("NETWORK_LISTINGS"));
  attributes = atof(setting("NETWORK_ATTRIBUTES"));
  ahead = atol(setting("NETWORK_CLOCK"));
  failures = atol(setting("NETWORK_FAILURES"));
  draw = (unsigned long)getpid() * 2654435761u + 1;
}

static int counts(const char *path) {
  return under_length && path && strncmp(path, under, under_length) == 0 && path[under_length] == '/';
}

static double now(void) {
  struct timespec time;
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* 0: it works; 1: it fails; 2: it is done, and its answer is lost. */
static int fails(const char *path) {
  if (!failures || !counts(path)) return 0;
  pthread_mutex_lock(&mutex);
  draw = draw * 6364136223846793005ul + 1442695040888963407ul;
  unsigned long one = draw >> 33;
  pthread_mutex_unlock(&mutex);
  if (one % (unsigned long)failures) return 0;
  errno = one & 4096 ? ESTALE : EIO;
  return one & 8192 ? 1 : 2;
}

/* What was found of a path, and when. */
struct known {
  struct known *next;
  double when;
  int absent;
  struct statx data;
  char path[];
};

static struct known *known[4096];

static struct known **place(const char *path) {
  unsigned long hash = 5381;
  for (const char *at = path; *at; at++) hash = hash * 33 + (unsigned char)*at;
  struct known **at = &known[hash % 4096];
  while (*at && strcmp((*at)->path, path) != 0) at = &(*at)->next;
  return at;
}

static void remember(const char *path, int absent, const struct statx *data) {
  struct known **at = place(path);
  if (!*at) {
    *at = calloc(1, sizeof(struct known) + strlen(path) + 1);
    strcpy((*at)->path, path);
  }
  (*at)->when = now();
  (*at)->absent = absent;
  if (data) (*at)->data = *data;
}

/* The names of a folder when it was last listed. */
struct listing {
  struct listing *next;
  double when;
  char *names;
  size_t length;
  char path[];
};

static struct listing *folders;

/* What this process did itself, it knows. */
static void forget(const char *path) {
  if (!counts(path)) return;
  pthread_mutex_lock(&mutex);
  struct known **at = place(path);
  if (*at) (*at)->when = 0;
  size_t parent = (size_t)(strrchr(path, '/') - path);
  for (struct listing *one = folders; one; one = one->next)
    if (strncmp(one->path, path, parent) == 0 && !one->path[parent]) one->when = 0;
  pthread_mutex_unlock(&mutex);
}

int statx(int folder, const char *restrict path, int flags, unsigned mask, struct statx *restrict data) {
  REAL(statx);
  if (attributes <= 0 || !counts(path)) return real(folder, path, flags, mask, data);
  pthread_mutex_lock(&mutex);
  struct known *one = *place(path);
  if (one && one->when > 0 && now() - one->when < attributes) {
    int absent = one->absent;
    *data = one->data;
    pthread_mutex_unlock(&mutex);
    if (!absent) return 0;
    errno = ENOENT;
    return -1;
  }
  int result = real(folder, path, flags, mask, data);
  int error = errno;
  if (result == 0) remember(path, 0, data);
  else if (error == ENOENT) remember(path, 1, NULL);
  pthread_mutex_unlock(&mutex);
  errno = error;
  return result;
}

/* Opening asks the server for what is there, but not for what was not. */
static int opened(const char *path, int flags, mode_t mode, int (*real)(const char *, int, ...)) {
  if (!counts(path)) return real(path, flags, mode);
  if (!(flags & O_CREAT)) {
    if (attributes > 0) {
      pthread_mutex_lock(&mutex);
      struct known *one = *place(path);
      int absent = one && one->absent && one->when > 0 && now() - one->when < attributes;
      pthread_mutex_unlock(&mutex);
      if (absent) {
        errno = ENOENT;
        return -1;
      }
    }
    int file = real(path, flags, mode);
    int error = errno;
    if (file < 0 && error == ENOENT && attributes > 0) {
      pthread_mutex_lock(&mutex);
      remember(path, 1, NULL);
      pthread_mutex_unlock(&mutex);
    } else forget(path);
    errno = error;
    return file;
  }
  forget(path);
  if (flags & O_EXCL) {
    int bad = fails(path), error = errno;
    if (bad == 1) return -1;
    int file = real(path, flags, mode);
    if (bad == 2 && file >= 0) {
      close(file);
      errno = error;
      return -1;
    }
    return file;
  }
  return real(path, flags, mode);
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    REAL(name); \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = va_arg(rest, mode_t); \
    va_end(rest); \
    return opened(path, flags, mode, real); \
  }
OPEN(open)
OPEN(open64)

int rename(const char *from, const char *to) {
  REAL(rename);
  forget(from);
  forget(to);
  int bad = fails(to), error = errno;
  if (bad == 1) return -1;
  int result = real(from, to);
  if (bad != 2 || result != 0) return result;
  errno = error;
  return -1;
}

#define SYNC(name) \
  int name(int file) { \
    REAL(name); \
    char link[64], path[PATH_MAX]; \
    snprintf(link, sizeof link, "/proc/self/fd/%d", file); \
    ssize_t length = readlink(link, path, sizeof path - 1); \
    if (length < 0) length = 0; \
    path[length] = 0; \
    if (fails(path)) return -1; \
    return real(file); \
  }
SYNC(fsync)
SYNC(fdatasync)

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  forget(path);
  return real(path, mode);
}

int rmdir(const char *path) {
  REAL(rmdir);
  forget(path);
  return real(path);
}

int unlink(const char *path) {
  REAL(unlink);
  forget(path);
  return real(path);
}

static struct {
  DIR *folder;
  struct listing *listing;
} lists[256];

static int has(const struct listing *listing, const char *name) {
  for (size_t at = 0; at < listing->length; at += strlen(listing->names + at) + 1)
    if (strcmp(listing->names + at, name) == 0) return 1;
  return 0;
}

DIR *opendir(const char *path) {
  REAL(opendir);
  DIR *folder = real(path);
  if (!folder || listings <= 0 || !counts(path)) return folder;
  pthread_mutex_lock(&mutex);
  struct listing *one = folders;
  while (one && strcmp(one->path, path) != 0) one = one->next;
  if (!one) {
    one = calloc(1, sizeof *one + strlen(path) + 1);
    strcpy(one->path, path);
    one->next = folders;
    folders = one;
  }
  if (one->when == 0 || now() - one->when >= listings) {
    static struct dirent64 *(*next)(DIR *);
    if (!next) next = (struct dirent64 * (*)(DIR *)) dlsym(RTLD_NEXT, "readdir64");
    one->when = now();
    one->length = 0;
    for (struct dirent64 *entry; (entry = next(folder));) {
      size_t length = strlen(entry->d_name) + 1;
      one->names = realloc(one->names, one->length + length);
      memcpy(one->names + one->length, entry->d_name, length);
      one->length += length;
    }
    rewinddir(folder);
  }
  for (size_t at = 0; at < sizeof lists / sizeof *lists; at++)
    if (!lists[at].folder) {
      lists[at].folder = folder;
      lists[at].listing = one;
      break;
    }
  pthread_mutex_unlock(&mutex);
  return folder;
}

struct dirent64 *readdir64(DIR *folder) {
  REAL(readdir64);
  struct listing *listing = NULL;
  pthread_mutex_lock(&mutex);
  for (size_t at = 0; at < sizeof lists / sizeof *lists; at++)
    if (lists[at].folder == folder) listing = lists[at].listing;
  pthread_mutex_unlock(&mutex);
  struct dirent64 *entry;
  while ((entry = real(folder)) && listing) {
    pthread_mutex_lock(&mutex);
    int there = has(listing, entry->d_name);
    pthread_mutex_unlock(&mutex);
    if (there) break;
  }
  return entry;
}

int closedir(DIR *folder) {
  REAL(closedir);
  pthread_mutex_lock(&mutex);
  for (size_t at = 0; at < sizeof lists / sizeof *lists; at++)
    if (lists[at].folder == folder) lists[at].folder = NULL;
  pthread_mutex_unlock(&mutex);
  return real(folder);
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  int result = (int)syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += ahead;
  return result;
}
