/*
 * Stands between a process and the system's calls for files (LD_PRELOAD): counts those below given folders, writes each into
 * a log, and at one of them kills the process or lets the call fail. For the campaigns of soak/; see shim.ts.
 *
 * It reads, when the process starts:
 *   ATELIER_SHIM_FOLDERS  absolute folders with colons between them; calls elsewhere are let through and not counted
 *   ATELIER_SHIM_LOG      where each counted call gets a line: class, call, bytes, path
 *   ATELIER_SHIM_CLASSES  letters: which calls are counted, see `enum` below
 *   ATELIER_SHIM_MATCH    part of a path: only calls on such paths are counted
 *   ATELIER_SHIM_AT       the number of the call, from 1 on, at which something happens; 0: at none
 *   ATELIER_SHIM_TIMES    to how many calls it happens from that one on
 *   ATELIER_SHIM_HOW      kill-before, kill-half (half of a write's bytes are written), kill-after, short (half of the bytes
 *                         are read or written, which POSIX allows), or the number of an error (errno)
 *
 * Processes that this one starts are left alone.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* The classes of calls. */
enum { OPEN_READ = 'o', OPEN_WRITE = 'O', READ = 'r', WRITE = 'w', SYNC = 's', CLOSE = 'c', NAMES = 'n', LOOK = 'l' };
enum how { NOTHING, KILL_BEFORE, KILL_HALF, KILL_AFTER, SHORT, FAIL };

static const char *folders, *match = "", *classes = "";
static long at, times = 1;
static enum how planned = NOTHING;
static int error_number, log_file = -1;
static atomic_long count;

static long (*next_syscall)(long, ...);

/* Finds the call that this library stands in front of. */
#define NEXT(name) \
  static __typeof__(&name) next; \
  if (!next) next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

__attribute__((constructor)) static void begin(void) {
  next_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  folders = getenv("ATELIER_SHIM_FOLDERS");
  if (getenv("ATELIER_SHIM_CLASSES")) classes = strdup(getenv("ATELIER_SHIM_CLASSES"));
  if (getenv("ATELIER_SHIM_MATCH")) match = strdup(getenv("ATELIER_SHIM_MATCH"));
  if (getenv("ATELIER_SHIM_AT")) at = atol(getenv("ATELIER_SHIM_AT"));
  if (getenv("ATELIER_SHIM_TIMES")) times = atol(getenv("ATELIER_SHIM_TIMES"));
  const char *how = getenv("ATELIER_SHIM_HOW"), *log = getenv("ATELIER_SHIM_LOG");
  if (how) {
    planned = !strcmp(how, "kill-before") ? KILL_BEFORE : !strcmp(how, "kill-half") ? KILL_HALF
            : !strcmp(how, "kill-after") ? KILL_AFTER : !strcmp(how, "short") ? SHORT : FAIL;
    error_number = atoi(how);
  }
  if (log) log_file = next_syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (folders) folders = strdup(folders);
  unsetenv("LD_PRELOAD");
}

static int is_counted_path(const char *path) {
  for (const char *one = folders; one && *one;) {
    size_t length = strcspn(one, ":");
    if (!strncmp(path, one, length) && (path[length] == '/' || path[length] == 0 || path[length] == ' ')) return 1;
    one += length + (one[length] == ':');
  }
  return 0;
}

/* The path of an open file, or of a name beside one; an empty text where there is none. */
static void path_of(int fd, const char *name, char *path) {
  *path = 0;
  if (name && *name == '/') {
    snprintf(path, PATH_MAX, "%s", name);
    return;
  }
  char link[64], base[PATH_MAX];
  if (fd == AT_FDCWD) snprintf(link, sizeof link, "/proc/self/cwd");
  else snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  long length = next_syscall(SYS_readlinkat, AT_FDCWD, link, base, (long)PATH_MAX - 1);
  if (length <= 0) return;
  base[length] = 0;
  if (name && *name) snprintf(path, PATH_MAX, "%.*s/%s", PATH_MAX / 2 - 1, base, !strncmp(name, "./", 2) ? name + 2 : name);
  else snprintf(path, PATH_MAX, "%s", base);
}

static void die(void) {
  kill(getpid(), SIGKILL);
  for (;;) pause();
}

/* Counts a call, and says what is to happen to it. errno is left as it was. */
static enum how enter(char class, const char *call, long bytes, int fd, const char *name) {
  if (!folders || !strchr(classes, class)) return NOTHING;
  int before = errno;
  char path[PATH_MAX], line[PATH_MAX + 128];
  enum how how = NOTHING;
  path_of(fd, name, path);
  if (is_counted_path(path) && strstr(path, match)) {
    long number = atomic_fetch_add(&count, 1) + 1;
    how = at > 0 && number >= at && number < at + times ? planned : NOTHING;
    if (log_file >= 0) {
      int length = snprintf(line, sizeof line, "%s%c %s %ld %s\n", how == NOTHING ? "" : "!", class, call, bytes, path);
      next_syscall(SYS_write, log_file, line, (long)length);
    }
    if (how == KILL_BEFORE) die();
  }
  errno = before;
  return how;
}

/* Of calls that transfer no bytes: half-way through is before. */
#define FAILED(how, value) \
  if (how == KILL_HALF) die(); \
  if (how == FAIL) { errno = error_number; return value; }
#define DONE(how) if (how == KILL_AFTER) die()

static int writes(int flags) { return (flags & O_ACCMODE) != O_RDONLY || (flags & O_CREAT); }

#define OPENS(name) \
  int name(const char *path, int flags, ...) { \
    NEXT(name); \
    va_list more; va_start(more, flags); mode_t mode = va_arg(more, mode_t); va_end(more); \
    enum how how = enter(writes(flags) ? OPEN_WRITE : OPEN_READ, "open", 0, AT_FDCWD, path); \
    FAILED(how, -1) \
    int result = next(path, flags, mode); \
    DONE(how); \
    return result; \
  }
OPENS(open)
OPENS(open64)

#define OPENS_AT(name) \
  int name(int folder, const char *path, int flags, ...) { \
    NEXT(name); \
    va_list more; va_start(more, flags); mode_t mode = va_arg(more, mode_t); va_end(more); \
    enum how how = enter(writes(flags) ? OPEN_WRITE : OPEN_READ, "open", 0, folder, path); \
    FAILED(how, -1) \
    int result = next(folder, path, flags, mode); \
    DONE(how); \
    return result; \
  }
OPENS_AT(openat)
OPENS_AT(openat64)

#define OPENS_STREAM(name) \
  FILE *name(const char *path, const char *mode) { \
    NEXT(name); \
    enum how how = enter(strpbrk(mode, "wa+") ? OPEN_WRITE : OPEN_READ, "open", 0, AT_FDCWD, path); \
    FAILED(how, NULL) \
    FILE *result = next(path, mode); \
    DONE(how); \
    return result; \
  }
OPENS_STREAM(fopen)
OPENS_STREAM(fopen64)

/* Reads and writes of one buffer. */
#define TRANSFERS(name, class, call, parameters, arguments) \
  ssize_t name parameters { \
    NEXT(name); \
    enum how how = enter(class, call, (long)length, fd, NULL); \
    if (how == FAIL) { errno = error_number; return -1; } \
    if ((how == KILL_HALF || how == SHORT) && length > 1) length /= 2; \
    ssize_t result = next arguments; \
    if (how == KILL_HALF || how == KILL_AFTER) die(); \
    return result; \
  }
TRANSFERS(read, READ, "read", (int fd, void *buffer, size_t length), (fd, buffer, length))
TRANSFERS(pread, READ, "read", (int fd, void *buffer, size_t length, off_t place), (fd, buffer, length, place))
TRANSFERS(pread64, READ, "read", (int fd, void *buffer, size_t length, off64_t place), (fd, buffer, length, place))
TRANSFERS(write, WRITE, "write", (int fd, const void *buffer, size_t length), (fd, buffer, length))
TRANSFERS(pwrite, WRITE, "write", (int fd, const void *buffer, size_t length, off_t place), (fd, buffer, length, place))
TRANSFERS(pwrite64, WRITE, "write", (int fd, const void *buffer, size_t length, off64_t place), (fd, buffer, length, place))
TRANSFERS(sendfile64, WRITE, "sendfile", (int fd, int from, off64_t *place, size_t length), (fd, from, place, length))

/* Of several buffers: half of them is half of the first. */
#define VECTORS(name, class, call, parameters, arguments) \
  ssize_t name parameters { \
    NEXT(name); \
    long length = 0; \
    for (int i = 0; i < buffers; i++) length += (long)data[i].iov_len; \
    enum how how = enter(class, call, length, fd, NULL); \
    if (how == FAIL) { errno = error_number; return -1; } \
    struct iovec half; \
    if ((how == KILL_HALF || how == SHORT) && buffers > 0 && data[0].iov_len > 1) { \
      half = (struct iovec){ data[0].iov_base, data[0].iov_len / 2 }; \
      data = &half; \
      buffers = 1; \
    } \
    ssize_t result = next arguments; \
    if (how == KILL_HALF || how == KILL_AFTER) die(); \
    return result; \
  }
VECTORS(readv, READ, "read", (int fd, const struct iovec *data, int buffers), (fd, data, buffers))
VECTORS(preadv64, READ, "read", (int fd, const struct iovec *data, int buffers, off64_t place), (fd, data, buffers, place))
VECTORS(writev, WRITE, "write", (int fd, const struct iovec *data, int buffers), (fd, data, buffers))
VECTORS(pwritev64, WRITE, "write", (int fd, const struct iovec *data, int buffers, off64_t place), (fd, data, buffers, place))

/* Calls that do one thing and return 0, or -1. */
#define ACTS(name, class, call, fd, path, parameters, arguments) \
  int name parameters { \
    NEXT(name); \
    enum how how = enter(class, call, 0, fd, path); \
    FAILED(how, -1) \
    int result = next arguments; \
    DONE(how); \
    return result; \
  }
ACTS(rename, NAMES, "rename", AT_FDCWD, to, (const char *from, const char *to), (from, to))
ACTS(renameat, NAMES, "rename", folder, to, (int old, const char *from, int folder, const char *to), (old, from, folder, to))
ACTS(link, NAMES, "link", AT_FDCWD, to, (const char *from, const char *to), (from, to))
ACTS(symlink, NAMES, "symlink", AT_FDCWD, to, (const char *from, const char *to), (from, to))
ACTS(unlink, NAMES, "unlink", AT_FDCWD, path, (const char *path), (path))
ACTS(unlinkat, NAMES, "unlink", folder, path, (int folder, const char *path, int flags), (folder, path, flags))
ACTS(rmdir, NAMES, "rmdir", AT_FDCWD, path, (const char *path), (path))
ACTS(mkdir, NAMES, "mkdir", AT_FDCWD, path, (const char *path, mode_t mode), (path, mode))
ACTS(chmod, NAMES, "chmod", AT_FDCWD, path, (const char *path, mode_t mode), (path, mode))
ACTS(ftruncate64, NAMES, "truncate", fd, NULL, (int fd, off64_t length), (fd, length))
ACTS(fsync, SYNC, "fsync", fd, NULL, (int fd), (fd))
ACTS(fdatasync, SYNC, "fdatasync", fd, NULL, (int fd), (fd))
ACTS(access, LOOK, "access", AT_FDCWD, path, (const char *path, int mode), (path, mode))

int scandir64(const char *path, struct dirent64 ***names, int (*chosen)(const struct dirent64 *),
              int (*order)(const struct dirent64 **, const struct dirent64 **)) {
  NEXT(scandir64);
  enum how how = enter(LOOK, "scandir", 0, AT_FDCWD, path);
  FAILED(how, -1)
  return next(path, names, chosen, order);
}

DIR *opendir(const char *path) {
  NEXT(opendir);
  enum how how = enter(LOOK, "opendir", 0, AT_FDCWD, path);
  FAILED(how, NULL)
  return next(path);
}

char *realpath(const char *path, char *resolved) {
  NEXT(realpath);
  enum how how = enter(LOOK, "realpath", 0, AT_FDCWD, path);
  FAILED(how, NULL)
  return next(path, resolved);
}

char *mkdtemp(char *path) {
  NEXT(mkdtemp);
  enum how how = enter(NAMES, "mkdtemp", 0, AT_FDCWD, path);
  FAILED(how, NULL)
  char *result = next(path);
  DONE(how);
  return result;
}

/* A file is closed even where closing it reports an error (close(2)). */
int close(int fd) {
  NEXT(close);
  enum how how = enter(CLOSE, "close", 0, fd, NULL);
  if (how == KILL_BEFORE || how == KILL_HALF) die();
  int result = next(fd);
  DONE(how);
  if (how == FAIL) { errno = error_number; return -1; }
  return result;
}

/* libuv makes some calls by number. */
long syscall(long number, ...) {
  va_list more;
  long a[6];
  va_start(more, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(more, long);
  va_end(more);
  if (!next_syscall) next_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  enum how how = NOTHING;
  if (number == SYS_statx) how = enter(LOOK, "stat", 0, (int)a[0], (const char *)a[1]);
  if (number == SYS_copy_file_range) {
    how = enter(WRITE, "copy", a[4], (int)a[2], NULL);
    if ((how == KILL_HALF || how == SHORT) && a[4] > 1) a[4] /= 2;
  }
  if (how == FAIL) { errno = error_number; return -1; }
  long result = next_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  if (how == KILL_HALF || how == KILL_AFTER) die();
  return result;
}
