/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands about keys at rest: new, show, root, profiles, quirks. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "attest.h"
#include "cmd.h"
#include "crypt.h"
#include "store.h"

static bool
pin_put(struct key *k, const char *pin)
{
	uint8_t hash[32];
	size_t n = strlen(pin);

	if (n < 4 || n > 63 || !crypt_sha256(pin, n, hash))
		return false;
	memcpy(k->s.pin_hash, hash, sizeof k->s.pin_hash);
	k->s.pin_set = true;
	return true;
}

/* Options in their order, so that a quirk after a profile changes it. */
static int
options_read(int argc, char **argv, struct quirks *q, const char **pin, bool *finger)
{
	static const struct option options[] = {
		{ "pin", required_argument, NULL, 'p' },
		{ "profile", required_argument, NULL, 'P' },
		{ "quirk", required_argument, NULL, 'q' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'p')
			*pin = optarg;
		else if (c == 'P' && !quirk_profile(q, optarg))
			return cmd_fail("%s: no such profile; softkey profiles lists them", optarg);
		else if (c == 'P')
			*finger |= strcmp(optarg, "fingerprint") == 0;
		else if (c == 'q' && !quirk_set(q, optarg))
			return cmd_fail("%s: no such quirk or value; softkey quirks lists them", optarg);
		else if (c == '?')
			return cmd_usage("new");
	}
	return optind + 1 == argc ? 0 : cmd_usage("new");
}

int
cmd_new(int argc, char **argv)
{
	static struct key k;
	const char *pin = NULL;
	struct quirks q;
	bool finger = false;
	int r;

	quirk_defaults(&q);
	if ((r = options_read(argc, argv, &q, &pin, &finger)) != 0)
		return r;
	if (!store_fresh(&k, &q))
		return cmd_fail("libcrypto failed");
	k.s.finger = finger;
	if (pin != NULL && !pin_put(&k, pin))
		return cmd_fail("a PIN takes 4 to 63 bytes");
	if (!store_create(&k, argv[optind]))
		return cmd_fail("%s: %s", argv[optind], strerror(errno));
	EVP_PKEY_free(k.att);
	return 0;
}

int
cmd_show(int argc, char **argv)
{
	const char *err;
	struct key *k;

	if (argc != 2)
		return cmd_usage("show");
	if ((k = store_open(argv[1], &err)) == NULL)
		return cmd_fail("%s: %s", argv[1], err);
	fputs("aaguid=", stdout);
	for (int i = 0; i < 16; i++)
		printf("%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", quirk_aaguid(&k->q)[i]);
	putchar('\n');
	quirk_write(&k->q, stdout);
	store_close(k);
	return 0;
}

int
cmd_root(int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return cmd_usage("root");
	return attest_root(stdout) ? 0 : cmd_fail("libcrypto failed");
}

int
cmd_profiles(int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return cmd_usage("profiles");
	quirk_list_profiles(stdout);
	return 0;
}

int
cmd_quirks(int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return cmd_usage("quirks");
	quirk_list_quirks(stdout);
	return 0;
}
