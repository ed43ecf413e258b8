/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "fault.h"

static const struct {
	const char *name, *args, *help;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "new", "KEY [--pin PIN] [--profile NAME] [--quirk NAME=VALUE]...", "makes a key, a folder of that name", cmd_new },
	{ "plug", "KEY... -- COMMAND [ARG...]", "runs COMMAND with these keys plugged in; exits with its status", cmd_plug },
	{ "serve", "KEY [--socket PATH [--mode OCTAL] | --uhid DEVICE] [--background]",
	    "plugs one key in: as a socket, by default $SOFTKEY_DIR/NAME or\n"
	    "        /run/softkey/NAME, or as a hidraw device by way of /dev/uhid (or fd:N).\n"
	    "        Says `ready' on stdout; with --background its process id, when it is", cmd_serve },
	{ "ctl", "KEY REQUEST...", "asks a key that is plugged in, see below", cmd_ctl },
	{ "show", "KEY", "prints a key's AAGUID and quirks", cmd_show },
	{ "root", "", "prints the softkey root certificate, PEM: the same everywhere, its key is\n"
	    "        public, so nothing but a test may trust it", cmd_root },
	{ "profiles", "", "lists the profiles", cmd_profiles },
	{ "quirks", "", "lists the quirks and their values", cmd_quirks },
};

#define COMMANDS (sizeof commands / sizeof *commands)

static const char about[] =
    "softkey - a software FIDO2 security key, for tests and demonstrations only:\n"
    "its secrets lie unprotected in the key's folder.\n\n"
    "Programs that use libfido2 see the key if libsoftkey.so is preloaded into them\n"
    "(`plug' does that) and SOFTKEY_DIR names the folder of the keys' sockets; without\n"
    "SOFTKEY_DIR they look into /run/softkey, if that is root's. The folder is read at\n"
    "each look for devices: keys come and go while programs run. `serve KEY' inside\n"
    "`plug' adds one.\n\n";

static const char requests[] =
    "\nRequests of `ctl':\n"
    "  button auto          every touch is given at once (the state at the start)\n"
    "  button wait          a touch is given by `button press' only\n"
    "  button press [MS]    touches now, or when the key next blinks, at the latest in\n"
    "                       MS (60000); returns after the touch\n"
    "  button delay MS      touched MS after the key begins to blink\n"
    "  button refuse        the user says no\n"
    "  button ignore        nobody touches\n"
    "  await [MS]           returns when the key blinks\n"
    "  unplug               pulls the key out: it is gone from the list of devices, and\n"
    "                       programs that have it open get I/O errors\n"
    "  replug               plugs it in, again: a power cycle in either case\n"
    "  fault NAME[@SCOPE] [N]  spoils the next N (1) operations; 0 disarms\n"
    "  fingerprint enrol|remove|match|fail\n"
    "  quirk NAME=VALUE     until the softkey ends\n"
    "  stats                counts and times, JSON; user_ms is the time in the engine for\n"
    "                       makeCredential and getAssertion without waiting for touches\n"
    "  info                 state, JSON\n"
    "  quit                 ends the softkey; returns when it has ended\n"
    "\nFaults:\n";

static void
help_print(FILE *f)
{
	fputs(about, f);
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(f, "  softkey %s %s\n        %s\n", commands[i].name, commands[i].args, commands[i].help);
	fputs(requests, f);
	for (unsigned i = 0; fault_name(i) != NULL; i++)
		fprintf(f, "  %-20s %s\n", fault_name(i), fault_help(i));
	fputs("\nScopes of faults: user (makeCredential, getAssertion, U2F, where they ask for a\n"
	    "touch; the default), silent (getAssertion with up=false), probe (a request for a\n"
	    "touch and nothing else)", f);
	for (unsigned i = 1; fault_scope(i) != NULL; i++)
		if (strcmp(fault_scope(i), "silent") != 0 && strcmp(fault_scope(i), "probe") != 0)
			fprintf(f, ", %s", fault_scope(i));
	fputs("\n", f);
}

int
cmd_fail(const char *format, ...)
{
	va_list ap;

	fputs("softkey: ", stderr);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	return 1;
}

int
cmd_usage(const char *name)
{
	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			fprintf(stderr, "usage: softkey %s %s\n", name, commands[i].args);
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)) {
		help_print(stdout);
		return 0;
	}
	for (size_t i = 0; argc > 1 && i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].run(argc - 1, argv + 1);
	fputs("usage: softkey new|plug|serve|ctl|show|root|profiles|quirks ...; softkey --help\n", stderr);
	return EXIT_USAGE;
}
