/* SPDX-License-Identifier: BSD-2-Clause */
/* usage: unpack THREADS FILE...   Unpacks gzip files with libdeflate, and nothing else: what
 * reading a trail is measured against. */
#include <fcntl.h>
#include <libdeflate.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CAP (16u << 20)

static char **files;
static atomic_int next, failed;
static int count;

static void *work(void *arg)
{
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	/* Aligned, as correlate's is: the kernel copies there three times as fast. */
	char *in = aligned_alloc(64, CAP), *out = malloc(CAP);
	int i;

	while (d != NULL && in != NULL && out != NULL && (i = atomic_fetch_add(&next, 1)) < count) {
		const int fd = open(files[i], O_RDONLY);
		const ssize_t n = read(fd, in, CAP);
		size_t got;

		if (n <= 0 || libdeflate_gzip_decompress(d, in, (size_t)n, out, CAP, &got) != 0)
			atomic_store(&failed, 1);
		(void)close(fd);
	}
	free(in);
	free(out);
	libdeflate_free_decompressor(d);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t t[8];
	const int n = argc > 2 ? atoi(argv[1]) : 0;

	if (n < 1 || n > 8)
		return 2;
	files = argv + 2;
	count = argc - 2;
	for (int i = 0; i < n; i++)
		if (pthread_create(&t[i], NULL, work, NULL) != 0)
			return 1;
	for (int i = 0; i < n; i++)
		(void)pthread_join(t[i], NULL);
	return failed || next < count;
}
