/* SPDX-License-Identifier: BSD-2-Clause */
#include "token/helper.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

/*
 * libfido2's calls block until the key answers, so somebody else has to hear
 * that the client gave up: this thread waits for the end of the client's
 * stream, which comes with a cancel (shutdown) and with the client's death
 * alike, and sends CTAPHID_CANCEL from beside the blocked call, so that the
 * key stops blinking and is free for the next program.  It touches nothing
 * else: no secret, no memory of the other thread, no heap.  If the key does
 * not heed the cancel, the process ends all the same.
 */
#define WATCH_STEP_MS 150
#define WATCH_STEPS 10

static atomic_int watch_busy;	/* an operation is under way */
static atomic_int watch_ended;	/* the client has shut down */
static sem_t watch_ready;

static void *watch_main(void *arg)
{
	struct pollfd p = { HELPER_FD, POLLRDHUP, 0 };
	struct key *k = arg;
	int i;

	(void)sem_post(&watch_ready);
	while (poll(&p, 1, -1) < 0 && errno == EINTR)
		;
	atomic_store(&watch_ended, 1);
	/* Again and again: the first may come before the request is sent. */
	for (i = 0; i < WATCH_STEPS; i++) {
		if (atomic_load(&watch_busy))
			key_cancel(k);
		(void)poll(NULL, 0, WATCH_STEP_MS);
	}
	_exit(1);
}

int watch_start(struct key *k)
{
	pthread_attr_t at;
	sigset_t all, old;
	pthread_t thread;
	int r = -1;

	if (sem_init(&watch_ready, 0, 0) != 0 || pthread_attr_init(&at) != 0)
		return -1;
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_BLOCK, &all, &old);
	if (pthread_attr_setstacksize(&at, 256u << 10) == 0 &&
	    pthread_attr_setdetachstate(&at, PTHREAD_CREATE_DETACHED) == 0 &&
	    pthread_create(&thread, &at, watch_main, k) == 0)
		r = 0;
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_attr_destroy(&at);
	/* The thread's own set-up must be over before the filter falls. */
	while (r == 0 && sem_wait(&watch_ready) != 0 && errno == EINTR)
		;
	return r;
}

int watch_begin(void)
{
	atomic_store(&watch_busy, 1);
	return atomic_load(&watch_ended) ? -1 : 0;
}

void watch_end(void)
{
	atomic_store(&watch_busy, 0);
}
