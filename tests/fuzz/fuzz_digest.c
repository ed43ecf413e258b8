/* SPDX-License-Identifier: BSD-2-Clause */
/* A digest file of CloudTrail's, twice in one place: nothing that no key has signed is named or covers a time. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "correlate/digest.h"
#include "correlate/file_local.h"

static int no_region(void *ctx, const char *region, struct err *e)
{
	(void)e;
	++*(int *)ctx;
	return strlen(region) < 32 ? 0 : -1;
}

static void check(struct file_reader *fr, const char *path, const char *since, const char *signature)
{
	static const struct files_options quiet = { 0 };
	struct digest_cover cover = DIGEST_COVER_INIT;
	struct digest_stats stats = { 0 };
	struct digest_keys *keys;
	struct digests *b;
	struct err e = { 0 };
	int regions = 0;

	if (digest_keys_new(&keys, &e) != 0 || digests_new(&b, since, &quiet, &e) != 0)
		abort();
	if (digests_add(b, fr, path, "one", signature, &e) != 0 || digests_add(b, fr, path, "two", "", &e) != 0 ||
	    digests_regions(b, no_region, &regions, &e) != 0 || regions > 1 || digests_verify(b, keys, &e) != 0 ||
	    digests_end(b, &stats, &cover, &e) != 0)
		abort();
	if (digests_name(b, "x/f1.json.gz") || cover.n != 0 || stats.digests != 0 || stats.files != 0)
		abort();
	digest_cover_free(&cover);
	digests_free(&b);
	digest_keys_free(&keys);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct file_reader *fr;
	struct err e = { 0 };
	char path[64];
	const int fd = memfd_create("digest", MFD_CLOEXEC);

	if (fr == NULL && file_reader_new(&fr, &e) != 0)
		abort();
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check(fr, path, "", size % 2 == 0 ? "" : "00ff");
	check(fr, path, "20261123T0930Z", size % 2 == 0 ? "0" : "");
	(void)close(fd);
	return 0;
}
