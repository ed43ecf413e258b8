/* SPDX-License-Identifier: BSD-2-Clause */
/* Which of the server's processes takes which request. */
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "token/helper.h"
#include "token/token_proto.h"

#define SLOW_MS 500

static int is_prepared, go[2];

static int ready(void)
{
	return 0;
}

/* One for a listing is slow to come up, as on a machine that has much to do. */
static int begin(int is_ready)
{
	struct pollfd p = { go[0], POLLIN, 0 };

	if (!is_ready)
		(void)poll(&p, 1, -1);
	is_prepared = is_ready;
	return 0;
}

/* A process tells its client what it is and whether it was made ready. */
static void serve(void)
{
	const int type = fork_server(ready, begin);
	const unsigned char told[2] = { (unsigned char)type, (unsigned char)is_prepared };

	_exit(type > 0 && write(HELPER_FD, told, sizeof(told)) != (ssize_t)sizeof(told));
}

static int request(int server, unsigned char what)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(sizeof(int))];
	} u = { .room = { 0 } };
	struct iovec iov = { &what, 1 };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = &u, .msg_controllen = sizeof(u) };
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	u.align.cmsg_level = SOL_SOCKET;
	u.align.cmsg_type = SCM_RIGHTS;
	u.align.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&u.align), &ends[1], sizeof(int));
	assert_int_equal(sendmsg(server, &m, MSG_NOSIGNAL), 1);
	(void)close(ends[1]);
	return ends[0];
}

/* The greeting, and what the process says of itself. */
static void told(int from, unsigned char type, unsigned char prepared)
{
	unsigned char got[3];

	for (size_t n = 0; n < sizeof(got); n++)
		assert_int_equal(read(from, got + n, 1), 1);
	assert_int_equal(got[0], 0);
	assert_int_equal(got[1], type);
	assert_int_equal(got[2], prepared);
	(void)close(from);
}

static void no_key_for_a_process_that_is_not_ready(void **state)
{
	int ends[2], list, key, status;
	pid_t server;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	list = request(ends[0], PROTO_LIST);
	key = request(ends[0], PROTO_OPEN);
	server = fork();
	assert_true(server >= 0);
	if (server == 0) {
		(void)close(ends[0]);
		if (ends[1] == HELPER_FD || dup3(ends[1], HELPER_FD, O_CLOEXEC) == HELPER_FD)
			serve();
		_exit(2);
	}
	(void)close(ends[1]);
	/* Whoever waits by now takes a request as soon as it may. */
	(void)poll(NULL, 0, SLOW_MS);
	assert_int_equal(write(go[1], "g", 1), 1);
	told(list, PROTO_LIST, 0);
	told(key, PROTO_OPEN, 1);
	(void)close(ends[0]);
	assert_int_equal(waitpid(server, &status, 0), server);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_key_for_a_process_that_is_not_ready),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
