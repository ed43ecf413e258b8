/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The durable writes of an import and nothing else: the bytes of records that a
 * store holds already are written again, elsewhere, in batches, by the steps of
 * docs/formats.md section 9.  What an import takes beyond that is its own.
 *
 *   write_durably STORE HOST NAMES OUT     NAMES: a file of record names, a line each
 *
 * Prints the milliseconds it took.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BATCH 1024
#define NAME_MAX_LEN 64
#define LEAF_TEXT 67	/* a leaf hash in hex, quoted, with its comma */

struct doc {
	char name[NAME_MAX_LEN], file[32];
	char *data;
	size_t len;
};

struct out {
	int top, staging, records, logs, state, log;
	off_t at;	/* end of the log */
};

static void check(int ok, const char *what)
{
	if (ok)
		return;
	(void)fprintf(stderr, "write_durably: %s: %s\n", what, strerror(errno));
	exit(1);
}

static char *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "r");
	char *text;
	long n = 0;

	check(f != NULL && fseek(f, 0, SEEK_END) == 0 && (n = ftell(f)) >= 0, path);
	rewind(f);
	text = malloc((size_t)n + 1);
	check(text != NULL && fread(text, 1, (size_t)n, f) == (size_t)n, path);
	text[n] = '\0';
	*len = (size_t)n;
	(void)fclose(f);
	return text;
}

/* Two documents of each record. */
static size_t load(struct doc **docs, const char *store, const char *names)
{
	static const char *const files[] = { "1.json", "1.shares.1.json" };
	char path[512], *save = NULL, *text;
	size_t n = 0, len, cap = 0;

	*docs = NULL;
	text = read_file(names, &len);
	for (const char *p = strtok_r(text, "\n", &save); p != NULL; p = strtok_r(NULL, "\n", &save))
		for (size_t i = 0; i < 2; i++) {
			if (n == cap) {
				cap = cap ? 2 * cap : 1024;
				*docs = realloc(*docs, cap * sizeof(**docs));
				check(*docs != NULL, "memory");
			}
			(void)snprintf((*docs)[n].name, NAME_MAX_LEN, "%s", p);
			(void)snprintf((*docs)[n].file, sizeof((*docs)[n].file), "%s", files[i]);
			(void)snprintf(path, sizeof(path), "%s/records/%s/%s", store, p, files[i]);
			(*docs)[n].data = read_file(path, &(*docs)[n].len);
			n++;
		}
	free(text);
	return n;
}

static int folder(int at, const char *name)
{
	int fd;

	check(mkdirat(at, name, 0755) == 0, name);
	fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	check(fd >= 0, name);
	return fd;
}

static void put(int at, const char *name, const void *data, size_t len, int sync)
{
	const int fd = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	check(fd >= 0 && write(fd, data, len) == (ssize_t)len && fchmod(fd, 0644) == 0 &&
	    (!sync || fsync(fd) == 0) && close(fd) == 0, name);
}

static void replace(int at, const char *name, const void *data, size_t len)
{
	put(at, ".tmp", data, len, 1);
	check(renameat(at, ".tmp", at, name) == 0 && fsync(at) == 0, name);
}

static void staged(char to[128], const struct doc *d)
{
	(void)snprintf(to, 128, "host_records_%s_%s", d->name, d->file);
}

static void batch(struct out *o, const struct doc *docs, size_t n, const char *lines, size_t len)
{
	static char head[BATCH * LEAF_TEXT + 512], note[310];
	char name[128];
	int own = -1;

	for (size_t i = 0; i < n; i++) {
		staged(name, &docs[i]);
		put(o->staging, name, docs[i].data, docs[i].len, 0);
	}
	check(syncfs(o->top) == 0, "syncfs");
	replace(o->state, "head.json", head, n / 2 * LEAF_TEXT + 512);
	check(pwrite(o->log, lines, len, o->at) == (ssize_t)len && fsync(o->log) == 0, "log");
	o->at += (off_t)len;
	for (size_t i = 0; i < n; i++) {
		if (i % 2 == 0)
			own = folder(o->records, docs[i].name);
		staged(name, &docs[i]);
		check(renameat(o->staging, name, own, docs[i].file) == 0, name);
		if (i % 2 == 1)
			(void)close(own);
	}
	replace(o->logs, "host.checkpoint", note, sizeof(note));
}

static double now_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int main(int argc, char *argv[])
{
	struct out o = { .at = 0 };
	struct doc *docs;
	char path[512], *lines;
	size_t n, len, from = 0, each;
	double began;

	if (argc != 5)
		return 2;
	n = load(&docs, argv[1], argv[3]);
	(void)snprintf(path, sizeof(path), "%s/log/%s.jsonl", argv[1], argv[2]);
	lines = read_file(path, &len);
	o.top = folder(AT_FDCWD, argv[4]);
	o.staging = folder(o.top, ".new");
	o.records = folder(o.top, "records");
	o.logs = folder(o.top, "log");
	o.state = folder(o.top, "state");
	o.log = openat(o.logs, "host.jsonl", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	check(n > 0 && o.log >= 0 && fsync(o.logs) == 0, "the folder");
	/* As long as the entries of these records are, more or less. */
	each = n > 2 * BATCH ? len / n * 2 * BATCH : len;
	began = now_ms();
	for (; from < n; from += 2 * BATCH)
		batch(&o, docs + from, n - from < 2 * BATCH ? n - from : 2 * BATCH, lines, each);
	(void)printf("%.3f\n", now_ms() - began);
	return 0;
}
