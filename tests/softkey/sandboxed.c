/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens a key, gives up every system call but those of one open device, and makes a credential. */
#include <stddef.h>

#include <fido.h>
#include <seccomp.h>

static int
sandbox(void)
{
	static const int allowed[] = {
		SCMP_SYS(read), SCMP_SYS(write), SCMP_SYS(ppoll), SCMP_SYS(close), SCMP_SYS(brk), SCMP_SYS(mmap),
		SCMP_SYS(munmap), SCMP_SYS(exit_group),
	};
	scmp_filter_ctx c = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int r = c == NULL;

	for (size_t i = 0; r == 0 && i < sizeof allowed / sizeof *allowed; i++)
		r = seccomp_rule_add(c, SCMP_ACT_ALLOW, allowed[i], 0);
	return r != 0 ? r : seccomp_load(c);
}

int
main(int argc, char **argv)
{
	static const unsigned char hash[32], user[4] = "me";
	fido_dev_t *dev;
	fido_cred_t *cred;

	fido_init(0);
	if (argc != 2 || (dev = fido_dev_new()) == NULL || (cred = fido_cred_new()) == NULL ||
	    fido_dev_open(dev, argv[1]) != FIDO_OK)
		return 1;
	if (fido_cred_set_type(cred, COSE_ES256) != FIDO_OK || fido_cred_set_rp(cred, "rp.example", NULL) != FIDO_OK ||
	    fido_cred_set_user(cred, user, sizeof user, "me", NULL, NULL) != FIDO_OK ||
	    fido_cred_set_clientdata_hash(cred, hash, sizeof hash) != FIDO_OK)
		return 2;
	if (sandbox() != 0 || fido_dev_make_cred(dev, cred, NULL) != FIDO_OK)
		return 3;
	fido_dev_close(dev);
	return fido_cred_id_len(cred) == 70 ? 0 : 4;
}
