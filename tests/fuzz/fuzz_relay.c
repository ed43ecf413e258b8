/* SPDX-License-Identifier: BSD-2-Clause */
/* A hostile gate: its messages (u16 length, bytes) through a socket to the module's
 * relay, behind a byte that says what the application makes of questions.  What PAM
 * does not take must not reach the application, and only the whole word grants. */
#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define TWOKEY_GATE "/nonexistent"
#include "../../pam/relay.c"

#define MESSAGES_MAX 32		/* their answers fit into the socket */
#define SILENT 0x80

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t how;		/* the application */
static unsigned asked;

int pam_prompt(pam_handle_t *h, int style, char **response, const char *fmt, ...)
{
	char text[2 * WIRE_MAX];
	size_t len;
	va_list ap;
	int n;

	(void)h;
	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* PAM_MAX_MSG_SIZE counts the NUL. */
	assert(n >= 0 && n < PAM_MAX_MSG_SIZE);
	if (style == PAM_TEXT_INFO || style == PAM_ERROR_MSG) {
		assert((how & SILENT) == 0 && response == NULL);
		return PAM_SUCCESS;
	}
	assert(style == PAM_PROMPT_ECHO_ON || style == PAM_PROMPT_ECHO_OFF);
	asked++;
	*response = NULL;
	if ((how & 3) == 0)
		return PAM_CONV_ERR;
	if ((how & 3) == 1)
		return PAM_SUCCESS;
	len = (how & 3) == 2 ? how & 0x7f : (size_t)WIRE_MAX - 64 + (how & 0x7f);
	*response = malloc(len + 1);
	assert(*response != NULL);
	memset(*response, 'p', len);
	(*response)[len] = '\0';
	return PAM_SUCCESS;
}

void pam_syslog(const pam_handle_t *h, int priority, const char *fmt, ...)
{
	(void)h, (void)priority, (void)fmt;
}

int pam_get_item(const pam_handle_t *h, int item, const void **value)
{
	(void)h, (void)item;
	*value = NULL;
	return PAM_SUCCESS;
}

/* Did a message of the gate's grant it? */
static int say(int fd, const uint8_t *data, size_t size)
{
	static const char yes[] = "X" WIRE_OK;
	int granted = 0;

	for (int i = 0; i < MESSAGES_MAX && size >= 2; i++) {
		size_t n = (size_t)data[0] << 8 | data[1];

		data += 2;
		size -= 2;
		n = n > size ? size : n;
		if (n > 0)
			(void)send(fd, data, n, MSG_DONTWAIT);
		granted |= n == sizeof(yes) - 1 && memcmp(data, yes, n) == 0;
		data += n;
		size -= n;
	}
	return granted;
}

/* One answer for each question, and nothing else. */
static unsigned answers(int fd)
{
	unsigned n = 0;
	struct wire w;

	while (wire_recv(&w, fd, 0) == 1) {
		assert(w.type == WIRE_ANSWER || (w.type == WIRE_NO_ANSWER && w.len == 0));
		n++;
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pamargs args = { .timeout = 10 };
	struct relay_call c = { .what = "auth", .args = &args };
	struct relay r;
	int sv[2], granted;

	if (size == 0)
		return 0;
	how = data[0];
	asked = 0;
	c.silent = (how & SILENT) != 0;
	assert(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sv) == 0);
	r.fd = sv[0];
	granted = say(sv[1], data + 1, size - 1);
	(void)shutdown(sv[1], SHUT_WR);
	if (converse(&r, (pam_handle_t *)(void *)&sv, &c, wire_now() + 1000) == RELAY_OK)
		assert(granted);
	assert(strlen(c.keep) < sizeof(c.keep));
	/* Before anything is closed: messages that were not read would reset the rest. */
	assert(answers(sv[1]) == asked);
	relay_stop(&r);
	(void)close(sv[1]);
	return 0;
}
