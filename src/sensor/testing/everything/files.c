/* SPDX-License-Identifier: Apache-2.0 */
/* Acts on files, links and mounts. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "words.h"

static long open_it(int directory, const char *path, int flags)
{
	return syscall(SYS_openat, directory, path, flags, 0600);
}

static int directory(const char *path)
{
	int fd = open_it(AT_FDCWD, path, O_PATH | O_DIRECTORY);

	must(fd < 0, path);
	return fd;
}

/* Copies a program, so that the copy can be executed. */
static void copy(const char *from, const char *to)
{
	char buffer[65536];
	int source = open_it(AT_FDCWD, from, O_RDONLY);
	int target = open_it(AT_FDCWD, to, O_WRONLY | O_CREAT | O_TRUNC);
	ssize_t size;

	must(source < 0, from);
	must(target < 0, to);
	while ((size = read(source, buffer, sizeof(buffer))) > 0)
		must(write(target, buffer, size) != size, to);
	must(fchmod(target, 0755), to);
	close(source);
	close(target);
}

static void write_text(const char *path, const char *text)
{
	int fd = open_it(AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND);

	must(fd < 0 || write(fd, text, strlen(text)) < 0, path);
	close(fd);
}

/* A refusal is an act too: the result is nobody's business but the kernel's. */
static void mount_it(const char *source, const char *target, const char *type)
{
	mount(source, target, type, number(), NULL);
}

static int act_on_links(const char *name)
{
	if (IS("symlink")) {
		const char *old = word();

		must(symlink(old, word()), name);
	} else if (IS("symlink-in")) {
		const char *old = word();
		int fd = directory(word());

		must(symlinkat(old, fd, word()), name);
		close(fd);
	} else if (IS("hardlink")) {
		const char *old = word();

		must(link(old, word()), name);
	} else if (IS("hardlink-in")) {
		int fd = directory(word());
		const char *old = word();

		must(linkat(fd, old, fd, word(), 0), name);
		close(fd);
	} else if (IS("unlink")) {
		must(unlink(word()), name);
	} else {
		return 0;
	}
	return 1;
}

int act_on_files(const char *name)
{
	if (act_on_links(name))
		return 1;
	if (IS("open")) {
		close(open_it(AT_FDCWD, word(), O_RDONLY));
	} else if (IS("open-with")) {
		long flags = number();

		close(open_it(AT_FDCWD, word(), flags));
	} else if (IS("open-in")) {
		int fd = directory(word());

		close(open_it(fd, word(), O_RDONLY));
		close(fd);
	} else if (IS("copy")) {
		const char *from = word();

		copy(from, word());
	} else if (IS("write-text")) {
		const char *path = word();

		write_text(path, word());
	} else if (IS("make")) {
		/* mknod opens nothing. */
		const char *path = word();

		must(mknod(path, S_IFREG | 0644, 0) && errno != EEXIST, path);
	} else if (IS("mkdir")) {
		const char *path = word();

		must(mkdir(path, 0755) && errno != EEXIST, path);
	} else if (IS("chdir")) {
		must(chdir(word()), name);
	} else if (IS("chown")) {
		const char *path = word();

		must(chown(path, number(), 0), name);
	} else if (IS("mount")) {
		const char *source = word();
		const char *target = word();

		mount_it(source, target, word());
	} else {
		return 0;
	}
	return 1;
}
