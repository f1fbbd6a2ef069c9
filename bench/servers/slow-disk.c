/* A file system with a file, /slow.txt, whose open takes three seconds, and a directory, /slow/, whose names take as long: a cold network
 * mount, or a disk that has to spin up. With a file's name in SLOW_DISK_UNTIL, both also wait until this file is there, a minute at most.
 * `cc slow-disk.c -I/usr/include/fuse3 -lfuse3 -o slow-disk && ./slow-disk -f DIRECTORY` */
#define FUSE_USE_VERSION 31
#include <errno.h>
#include <fuse.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const name = "slow.txt";
static const char content[] = "at last\n";

static int is_file(const char *path) { return strcmp(path + 1, name) == 0; }
static int is_root(const char *path) { return strcmp(path, "/") == 0; }
static int is_directory(const char *path) { return is_root(path) || strcmp(path, "/slow") == 0; }

static void take_long(void) {
  const char *const until = getenv("SLOW_DISK_UNTIL");
  sleep(3);
  for (int waits = 0; until != NULL && waits < 6000 && access(until, F_OK) != 0; waits++) usleep(10000);
}

static int slow_getattr(const char *path, struct stat *stat, struct fuse_file_info *info) {
  (void)info;
  memset(stat, 0, sizeof *stat);
  stat->st_uid = getuid();
  stat->st_mtime = 1700000000;
  if (is_directory(path)) {
    stat->st_mode = S_IFDIR | 0755;
    stat->st_nlink = 2;
    return 0;
  }
  if (!is_file(path)) return -ENOENT;
  stat->st_mode = S_IFREG | 0644;
  stat->st_nlink = 1;
  stat->st_size = sizeof content - 1;
  return 0;
}

static int slow_readdir(const char *path, void *buffer, fuse_fill_dir_t fill, off_t offset, struct fuse_file_info *info,
                        enum fuse_readdir_flags flags) {
  (void)offset, (void)info, (void)flags;
  if (!is_directory(path)) return -ENOENT;
  if (!is_root(path)) take_long();
  fill(buffer, ".", NULL, 0, 0);
  fill(buffer, "..", NULL, 0, 0);
  if (is_root(path)) {
    fill(buffer, name, NULL, 0, 0);
    fill(buffer, "slow", NULL, 0, 0);
  }
  return 0;
}

static int slow_open(const char *path, struct fuse_file_info *info) {
  (void)info;
  if (!is_file(path)) return -ENOENT;
  take_long();
  return 0;
}

static int slow_read(const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *info) {
  (void)path, (void)info;
  const off_t end = sizeof content - 1;
  if (offset >= end) return 0;
  if (size > (size_t)(end - offset)) size = end - offset;
  memcpy(buffer, content + offset, size);
  return size;
}

static const struct fuse_operations operations = {
    .getattr = slow_getattr, .readdir = slow_readdir, .open = slow_open, .read = slow_read};

int main(int count, char **arguments) { return fuse_main(count, arguments, &operations, NULL); }
