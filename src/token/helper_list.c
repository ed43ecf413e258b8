/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/helper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SYS_HIDRAW "/sys/class/hidraw"

/* Reads a small file of sysfs; the bytes read, or 0. */
static size_t list_read(const char *name, const char *file, uint8_t *out, size_t cap)
{
	char path[320];
	ssize_t n;
	int fd;

	if (snprintf(path, sizeof(path), SYS_HIDRAW "/%s/device/%s", name, file) >=
	    (int)sizeof(path))
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	n = read(fd, out, cap);
	(void)close(fd);
	return n > 0 ? (size_t)n : 0;
}

/* HID 1.11 section 6.2.2: a global item "usage page" of two bytes, 0xf1d0. */
static int list_is_fido(const char *name)
{
	static const uint8_t item[3] = { 0x06, 0xd0, 0xf1 };
	uint8_t desc[256];
	const size_t n = list_read(name, "report_descriptor", desc, sizeof(desc));

	return n >= sizeof(item) && memcmp(desc, item, sizeof(item)) == 0;
}

/* The product from "HID_NAME=..." of the device's uevent. */
static void list_name(const char *name, char *out, size_t cap)
{
	uint8_t text[512];
	const size_t n = list_read(name, "uevent", text, sizeof(text) - 1);
	const char *p, *end;

	text[n] = '\0';
	p = strstr((const char *)text, "HID_NAME=");
	p = p == NULL ? "security key" : p + strlen("HID_NAME=");
	end = p + strcspn(p, "\n");
	(void)snprintf(out, cap, "%.*s", (int)(end - p), p);
}

static int list_known(const struct token_device *list, size_t n, const char *path)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(list[i].path, path) == 0)
			return 1;
	return 0;
}

void list_locked_out(struct token_device *list, size_t cap, size_t *n)
{
	DIR *dir = opendir(SYS_HIDRAW);
	struct dirent *entry;

	if (dir == NULL)
		return;
	while (*n < cap && (entry = readdir(dir)) != NULL) {
		struct token_device *d = &list[*n];

		if (strncmp(entry->d_name, "hidraw", 6) != 0 || strlen(entry->d_name) > 20 ||
		    !list_is_fido(entry->d_name))
			continue;
		memset(d, 0, sizeof(*d));
		(void)snprintf(d->path, sizeof(d->path), "/dev/%s", entry->d_name);
		if (list_known(list, *n, d->path) || access(d->path, R_OK | W_OK) == 0 ||
		    errno != EACCES)
			continue;
		list_name(entry->d_name, d->product, sizeof(d->product));
		(*n)++;
	}
	(void)closedir(dir);
}

void list_unnamed(struct token_device *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (list[i].product[0] == '\0' && strncmp(list[i].path, "/dev/hidraw", 11) == 0 &&
		    strchr(list[i].path + 5, '/') == NULL)
			list_name(list[i].path + 5, list[i].product, sizeof(list[i].product));
}
