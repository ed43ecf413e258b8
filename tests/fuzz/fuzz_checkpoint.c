/* SPDX-License-Identifier: BSD-2-Clause */
/* A checkpoint that is taken is canonical: its parts written out again are the
 * same bytes.  The same input is tried as a proof and as an archive. */
#undef NDEBUG
#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/text.h"
#include "log/archive.h"
#include "log/checkpoint.h"
#include "log/prove.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void fuzz_note(const uint8_t *data, size_t len)
{
	char root[BASE64_LEN(HASH_LEN) + 1], sig[BASE64_LEN(4 + ED25519_SIG_LEN) + 1];
	uint8_t raw[4 + ED25519_SIG_LEN];
	struct buf b = BUF_INIT;
	struct checkpoint c;
	size_t text_len;
	struct err e;
	int r;

	err_clear(&e);
	r = checkpoint_parse(&c, raw, raw + 4, &text_len, data, len, &e);
	assert(r == 0 || (r == ERR_INPUT && e.code == ERR_INPUT));
	assert(text_clean(e.text, strlen(e.text)));
	if (r != 0)
		return;
	base64_encode(root, c.root, HASH_LEN);
	base64_encode(sig, raw, sizeof(raw));
	buf_printf(&b, "%s\n%" PRId64 "\n%s\n", c.origin, c.size, root);
	assert(text_len == b.len);
	buf_printf(&b, "\n\xe2\x80\x94 %s %s\n", c.origin, sig);
	assert(b.len == len && memcmp(b.data, data, len) == 0);
	buf_free(&b);
}

static void fuzz_proof(const uint8_t *data, size_t len)
{
	struct log_host host = { .name = "bastion1" };
	const struct log_world w = { .hosts = &host, .nhosts = 1 };
	struct proof p;
	struct err e;

	err_clear(&e);
	/* Nobody has the key that is all zeros. */
	assert(proof_check(&p, data, len, &w, &e) != 0);
	assert(e.code != ERR_NONE && p.entry == NULL);
}

static void fuzz_archive(const uint8_t *data, size_t len)
{
	const int fd = memfd_create("archive", MFD_CLOEXEC);
	struct store *s = NULL;
	int r;

	assert(fd >= 0 && write(fd, data, len) == (ssize_t)len);
	r = archive_open(&s, fd, NULL);
	assert((r == 0) == (s != NULL) && (r == 0 || r == ERR_INPUT));
	store_close(&s);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_note(data, len);
	if (len > 0 && data[0] == '{')
		fuzz_proof(data, len);
	else if (len >= 1024)
		fuzz_archive(data, len);
	return 0;
}
