/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/confine.h"
#include "net/helper.h"

#define NOBODY 65534	/* the kernel's overflow id */

/*
 * What a request needs: sockets, threads that look names up, and reading files
 * (certificates, resolv.conf, what the name service loads).  Never another program
 * or process, a file that is written to, or a port that is listened on: what base/confine.c
 * forbids all helpers, and this.
 */
static const int net_forbidden[] = {
	SCMP_SYS(creat), SCMP_SYS(truncate), SCMP_SYS(rmdir), SCMP_SYS(mknod), SCMP_SYS(mknodat),
	SCMP_SYS(setxattr), SCMP_SYS(fsetxattr), SCMP_SYS(kill), SCMP_SYS(tkill), SCMP_SYS(setuid),
	SCMP_SYS(setgid), SCMP_SYS(setreuid), SCMP_SYS(setregid), SCMP_SYS(setresuid), SCMP_SYS(setresgid)
};

/* Flags of open(2) that write: any of them is enough. */
static const unsigned net_writing[][2] = {
	{ O_ACCMODE, O_WRONLY }, { O_ACCMODE, O_RDWR }, { O_CREAT, O_CREAT }, { O_TRUNC, O_TRUNC }
};

/* A server's answer is parsed here: root has no part in that. */
int net_leave_root(void)
{
	if (geteuid() != 0)
		return 0;
	if (setgroups(0, NULL) != 0 || setresgid(NOBODY, NOBODY, NOBODY) != 0 ||
	    setresuid(NOBODY, NOBODY, NOBODY) != 0)
		return -1;
	return geteuid() == NOBODY && getegid() == NOBODY ? 0 : -1;
}

int net_limit_self(void)
{
	const struct rlimit files = { 64, 64 }, size = { NET_FILE_MAX, NET_FILE_MAX };

	return setrlimit(RLIMIT_NOFILE, &files) != 0 || setrlimit(RLIMIT_FSIZE, &size) != 0 ? -1 : 0;
}

static int sandbox_files(scmp_filter_ctx ctx)
{
	size_t i;

	for (i = 0; i < sizeof(net_writing) / sizeof(net_writing[0]); i++)
		if (seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(openat), 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, net_writing[i][0], net_writing[i][1])) != 0 ||
		    seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(open), 1,
		    SCMP_A1(SCMP_CMP_MASKED_EQ, net_writing[i][0], net_writing[i][1])) != 0)
			return -1;
	/* Its flags lie where a filter cannot look; libc does without it. */
	return seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(openat2), 0);
}

int net_sandbox(void)
{
	scmp_filter_ctx ctx = confine_filter();

	if (ctx == NULL)
		return -1;
	return confine_load(ctx, confine_forbid(ctx, net_forbidden,
	    sizeof(net_forbidden) / sizeof(net_forbidden[0])) != 0 || sandbox_files(ctx) != 0 ||
	    confine_to_threads(ctx) != 0 ||
	    /* Local services, IPv4, IPv6, and the kernel's list of addresses. */
	    seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EAFNOSUPPORT), SCMP_SYS(socket), 1,
	    SCMP_A0(SCMP_CMP_GT, AF_NETLINK, 0)) != 0);
}
