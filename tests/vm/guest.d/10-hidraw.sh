# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# Software keys are devices like any other: the kernel, udev and libfido2 say so.
# shellcheck source=tests/vm/lib.sh
. /vm/lib.sh

is_usb() { grep -q '^HID_ID=0003:00001209:00000001$' "/sys/class/hidraw/$(basename "$(hidraw_of "$1")")/device/uevent"; }
listed() { # NUMBER
	fido2-token -L
	[ "$(fido2-token -L | grep -c '^/dev/hidraw')" = "$1" ]
}
speaks() { fido2-token -I "$(hidraw_of "$1")" | grep hmac-secret; }
seen() { # NUMBER; there is no vault yet, which doctor calls a trouble
	keep 7 doctor twokey doctor && [ "$(grep -c 'FIDO2 with hmac-secret and credProtect' doctor)" = "$1" ] &&
		[ "$(grep -c 'a PIN is set' doctor)" = "$1" ]
}

tap_run "two keys are plugged in" plug alice bob
for who in alice bob; do
	tap_run "$who's key is a USB device to HID" is_usb "$who"
	tap_run "$who's key speaks CTAP through hidraw" speaks "$who"
done
tap_run "libfido2 lists both" listed 2
tap_run "twokey doctor sees both" seen 2
tap_run "one is pulled out" unplug bob
tap_run "libfido2 lists one" listed 1
tap_done
