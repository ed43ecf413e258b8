/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings from facts: each rule both ways, and what was not read. */
#include "unit.h"

#include <stdio.h>

#include "base/clock.h"
#include "posture/posture.h"

#define ACCOUNT "111122223333"
#define MINUTE (INT64_C(60) * 1000)
#define T0 INT64_C(1800000000000)	/* the first sealing */

static struct posture_record records[2];
static struct posture_moment releases[2], sign_ins[2];
static struct posture_vault vault;
static struct posture_facts f;
static struct posture_findings o;

/* An account of its own, in an organization that it manages, as good as can be. */
static int begin(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	records[0] = (struct posture_record){ "prod", ACCOUNT, "root@example.com", "IT", "the safe", T0, 0 };
	records[1] = records[0];
	records[1].account = "444455556666";
	releases[0] = (struct posture_moment){ ACCOUNT, "prod", T0 + 100 * MINUTE };
	releases[1] = (struct posture_moment){ "444455556666", "other", T0 + 500 * MINUTE };
	sign_ins[0] = (struct posture_moment){ ACCOUNT, "prod", T0 + 110 * MINUTE };
	sign_ins[1] = (struct posture_moment){ "444455556666", "other", T0 + 510 * MINUTE };
	vault = (struct posture_vault){ records, 2, releases, 2, sign_ins, 2 };
	memcpy(f.account, ACCOUNT, sizeof(ACCOUNT));
	f.own = 1;
	f.vault = &vault;
	for (int i = CALL_SUMMARY; i < POSTURE_CALLS; i++)
		f.call[i].how = POSTURE_READ;
	f.summary = (struct iam_summary){ 1, 0, 0, 1 };
	f.row = (struct posture_row){ 1, { 0, 0 }, { 0, 0 }, { POSTURE_NEVER, POSTURE_NEVER },
		POSTURE_NEVER };
	f.contact[0] = f.contact[1] = f.contact[2] = 1;
	f.features.root_credentials = f.features.root_sessions = 1;
	return 0;
}

static int end(void **state)
{
	(void)state;
	posture_findings_free(&o);
	return 0;
}

/* The state of what was found, -1 when it was not. */
static int found(const char *what, const char *text)
{
	assert_int_equal(posture_judge(&o, &f, NULL), 0);
	for (size_t i = 0; i < o.n; i++)
		if (strcmp(o.list[i].what, what) == 0) {
			if (strstr(o.list[i].text, text) == NULL)
				fail_msg("%s: %s", what, o.list[i].text);
			/* What is not good says what to do, but where a failed call does. */
			if (o.list[i].state == POSTURE_ATTENTION)
				assert_string_not_equal(o.list[i].next, "");
			return (int)o.list[i].state;
		}
	return -1;
}

static void fail_call(enum posture_call c)
{
	f.call[c].how = POSTURE_FAILED;
	(void)snprintf(f.call[c].why, sizeof(f.call[c].why), "%s is denied.", posture_call_name(c));
}

/* found() == state, with the place in the message. */
#define is(what, state_, text) assert_int_equal(found(what, text), POSTURE_##state_)

static void test_good(void **state)
{
	(void)state;
	assert_int_equal(posture_judge(&o, &f, NULL), 0);
	for (size_t i = 0; i < o.n; i++)
		if (o.list[i].state != POSTURE_GOOD)
			fail_msg("%s: %s", o.list[i].what, o.list[i].text);
	assert_int_equal(o.n, 12);
	assert_int_equal(o.count[POSTURE_GOOD], 12);
	assert_string_equal(o.list[0].cis, "2.5");
	assert_string_equal(o.list[1].cis, "2.6");
	assert_string_equal(o.list[2].cis, "2.4");
	assert_null(o.list[3].cis);
	assert_string_equal(o.list[4].cis, "2.7");
}

static void test_mfa(void **state)
{
	(void)state;
	is("mfa", GOOD, "Root has MFA");
	is("mfa-device", GOOD, "None");
	(void)snprintf(f.virtual_mfa, sizeof(f.virtual_mfa), "arn:aws:iam::%s:mfa/x", ACCOUNT);
	is("mfa-device", ATTENTION, "mfa/x");
	f.summary.root_mfa = 0;
	is("mfa", ATTENTION, "its password alone");
	assert_int_equal(found("mfa-device", ""), -1);
	f.summary.root_password = 0;
	is("mfa", ATTENTION, "mailbox");
	/* Central management keeps root bare, of members alone. */
	f.member = 1;
	is("mfa", GOOD, "no password");
	f.features.root_credentials = 0;
	is("mfa", ATTENTION, "mailbox");
	/* The report tells where the summary does not; nothing else is guessed. */
	fail_call(CALL_SUMMARY);
	is("mfa", GOOD, "Root has MFA");
	f.row.mfa = 0;
	is("mfa", ATTENTION, "password");
	f.row.mfa = -1;
	is("mfa", UNKNOWN, "not read");
	is("mfa-device", ATTENTION, "virtual");
	f.virtual_mfa[0] = '\0';
	is("mfa-device", UNKNOWN, "not read");
	f.row.mfa = 1;
	is("mfa-device", GOOD, "None");
	fail_call(CALL_DEVICES);
	is("mfa-device", UNKNOWN, "not read");
	strcpy(f.virtual_mfa, "arn:x");
	is("mfa-device", ATTENTION, "arn:x");
	is("iam:GetAccountSummary", UNKNOWN, "denied");
	is("iam:ListVirtualMFADevices", UNKNOWN, "denied");
}

static void test_keys(void **state)
{
	(void)state;
	is("access-keys", GOOD, "no access key");
	f.summary.root_keys = 1;
	is("access-keys", ATTENTION, "never used");
	f.row.key_used[1] = T0;
	is("access-keys", ATTENTION, "last used 2027-01-15 08:00Z");
	assert_non_null(strstr(o.list[2].next, "Sign in as root"));
	f.member = 1;
	is("access-keys", ATTENTION, "");
	assert_non_null(strstr(o.list[2].next, "assume-root --target-principal " ACCOUNT));
	fail_call(CALL_SUMMARY);
	is("access-keys", GOOD, "no active access key");
	f.row.key[1] = 1;
	is("access-keys", ATTENTION, "access key");
	f.row.key[1] = -1;
	is("access-keys", UNKNOWN, "not read");
	f.row.key[1] = 0;
	fail_call(CALL_REPORT);
	is("access-keys", UNKNOWN, "not read");
}

static void test_certificates(void **state)
{
	(void)state;
	is("certificates", GOOD, "no signing");
	f.summary.root_certificates = 1;
	is("certificates", ATTENTION, "has a signing");
	f.member = 1;
	is("certificates", ATTENTION, "");
	assert_non_null(strstr(o.list[3].next, "assume-root"));
	f.summary.root_certificates = -1;
	is("certificates", GOOD, "no signing");
	fail_call(CALL_SUMMARY);
	is("certificates", GOOD, "no active signing");
	f.row.certificate[0] = 1;
	is("certificates", ATTENTION, "has a signing");
	fail_call(CALL_REPORT);
	is("certificates", UNKNOWN, "not read");
}

static void test_use(void **state)
{
	(void)state;
	is("password-use", GOOD, "no sign-in");
	/* The report keeps the first use within five minutes. */
	f.row.password_used = T0 + 106 * MINUTE;
	is("password-use", GOOD, "a release of prod explains it");
	f.row.password_used = T0 + 112 * MINUTE;
	is("password-use", GOOD, "explains it");
	/* In a release's hour, and no correlation has seen it. */
	f.row.password_used = T0 + 102 * MINUTE;
	is("password-use", UNKNOWN, "after prod was opened");
	f.row.password_used = T0 + 113 * MINUTE;
	is("password-use", UNKNOWN, "after prod was opened");
	f.row.password_used = T0 + 161 * MINUTE;
	is("password-use", ATTENTION, "the last sign-in that a release explains was 2027-01-15 09:50Z");
	f.row.password_used = T0 + 510 * MINUTE;
	is("password-use", ATTENTION, "that a release explains was");
	vault.n_sign_ins = 0;
	is("password-use", ATTENTION, "no release explains it");
	f.row.password_used = T0 + 97 * MINUTE;
	is("password-use", ATTENTION, "before anybody opened the vault");
	vault.n_releases = 0;
	f.row.password_used = T0;
	is("password-use", ATTENTION, "before anybody opened the vault");
	f.row.password_used = T0 - MINUTE;
	is("password-use", GOOD, "before the vault had its password");
	vault.n_records = 0;
	is("password-use", ATTENTION, "the vault knows nothing");
	f.row.password_used = POSTURE_NOT_TOLD;
	is("password-use", UNKNOWN, "not read");
	f.row.password_used = POSTURE_NEVER;
	fail_call(CALL_REPORT);
	is("password-use", UNKNOWN, "not read");
	is("iam:GetCredentialReport", UNKNOWN, "denied");
}

static void test_contacts(void **state)
{
	static const char *const names[] = { "contact-security", "contact-billing", "contact-operations" };

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(found(names[i], "contact is set."), POSTURE_GOOD);
		f.contact[i] = 0;
		assert_int_equal(found(names[i], "No "), POSTURE_ATTENTION);
		assert_null(strstr(o.list[5 + i].next, "--account-id"));
		f.own = 0;
		assert_int_equal(found(names[i], "No "), POSTURE_ATTENTION);
		assert_non_null(strstr(o.list[5 + i].next, "--account-id " ACCOUNT));
		f.own = 1;
		fail_call((enum posture_call)((int)CALL_SECURITY + i));
		assert_int_equal(found(names[i], "not read"), POSTURE_UNKNOWN);
	}
	assert_string_equal(o.list[5].cis, "2.3");
	/* The same sentence of three calls is said once. */
	assert_int_equal(found("account:GetAlternateContact", "denied"), POSTURE_UNKNOWN);
	assert_string_not_equal(o.list[o.n - 2].what, "account:GetAlternateContact");
}

static void test_central(void **state)
{
	(void)state;
	is("central", GOOD, "is on");
	f.features.root_sessions = 0;
	is("central", ATTENTION, "off for sessions");
	f.features.root_credentials = 0;
	f.features.root_sessions = 1;
	is("central", ATTENTION, "off for credentials");
	f.features.root_sessions = 0;
	is("central", ATTENTION, "is off:");
	strcpy(f.features.why, "ServiceAccessNotEnabledException");
	is("central", ATTENTION, "is off:");
	strcpy(f.features.why, "OrganizationNotFoundException");
	is("central", GOOD, "no organization");
	strcpy(f.features.why, "AccountNotManagementOrDelegatedAdministratorException");
	is("central", UNKNOWN, "management account alone");
	fail_call(CALL_FEATURES);
	is("central", UNKNOWN, "not read");
	f.own = 0;
	assert_int_equal(found("central", ""), -1);
}

static void test_record(void **state)
{
	(void)state;
	is("record", GOOD, "record prod");
	is("email", GOOD, "root@example.com is controlled by: IT");
	is("phone", GOOD, "the safe");
	strcpy(f.email, "Root@Example.com");
	is("email", GOOD, "IT");
	strcpy(f.email, "else@example.com");
	is("email", ATTENTION, "else@example.com at AWS, and root@example.com in record prod");
	f.email[0] = '\0';
	records[0].email_controller = records[0].phone_controller = "";
	is("email", ATTENTION, "does not say who");
	is("phone", ATTENTION, "does not say who");
	assert_int_equal(found("witness", ""), -1);
	records[0].witness = "arn:k";
	is("witness", UNKNOWN, "not looked at");
	f.keys[0] = (struct posture_key){ .arn = "arn:k", .call = { .how = POSTURE_READ }, .origin = "AWS_KMS",
		.state = "Enabled" };
	f.n_keys = 1;
	is("witness", UNKNOWN, "its policy was not looked at.");
	f.keys[0].policy = (struct posture_read){ .how = POSTURE_READ };
	is("witness", ATTENTION, "does not deny kms:ReEncrypt*");
	f.keys[0].denies = 1;
	is("witness", GOOD, "leaves no way around");
	memcpy(f.keys[0].state, "PendingDeletion", 16);
	is("witness", ATTENTION, "is PendingDeletion: nobody can open");
	memcpy(f.keys[0].origin, "EXTERNAL", 9);
	is("witness", ATTENTION, "of origin EXTERNAL");
	f.keys[0].call = (struct posture_read){ .how = POSTURE_FAILED, .why = "AWS refuses." };
	is("witness", UNKNOWN, "not looked at: AWS refuses.");
	/* None. */
	records[0].account = "999988887777";
	is("record", ATTENTION, "no record");
	assert_int_equal(found("email", ""), -1);
	f.member = 1;
	is("record", ATTENTION, "no record");
	assert_non_null(strstr(o.list[9].next, "privileged action"));
	f.summary.root_password = 0;
	is("record", GOOD, "needs no record");
	fail_call(CALL_SUMMARY);
	is("record", UNKNOWN, "not read");
	f.features.root_credentials = 0;
	is("record", ATTENTION, "no record");
}

static void test_not_asked(void **state)
{
	(void)state;
	f.own = 0;
	f.member = 1;
	for (int i = CALL_ROLE; i <= CALL_REPORT; i++)
		f.call[i].how = POSTURE_NOT_ASKED;
	is("root", UNKNOWN, "were not read");
	assert_non_null(strstr(o.list[0].next, "--role NAME"));
	assert_non_null(strstr(o.list[0].next, "iam:GetAccountSummary"));
	assert_int_equal(found("mfa", ""), -1);
	assert_int_equal(found("access-keys", ""), -1);
	fail_call(CALL_ROLE);
	is("root", UNKNOWN, "were not read");
	assert_string_equal(o.list[0].next, "See sts:AssumeRole below.");
	is("sts:AssumeRole", UNKNOWN, "denied");
	assert_int_equal(posture_is_closed(&f), 0);
	strcpy(f.status, "ACTIVE");
	assert_int_equal(posture_is_closed(&f), 0);
	strcpy(f.status, "SUSPENDED");
	assert_int_equal(posture_is_closed(&f), 1);
	assert_int_equal(posture_judge(&o, &f, NULL), 0);
	assert_int_equal(o.n, 0);
}

static int row(struct posture_row *r, const char *csv)
{
	return posture_row_read(r, csv, strlen(csv), NULL);
}

static void test_row(void **state)
{
	struct posture_row r;

	(void)state;
	assert_int_equal(row(&r, "new,user,password_last_used,mfa_active,access_key_1_active,"
	    "access_key_1_last_used_date,access_key_2_active,access_key_2_last_used_date,cert_1_active,"
	    "cert_2_active\r\n1,\"a,\"\"b\",N/A,true,true,N/A,true,N/A,true,true\r\n"
	    "\"x,\"\"y\",<root_account>,2027-01-15T08:00:00+00:00,false,true,2027-01-15T08:00:01Z,false,N/A,false,true\r\n"
	    "1,z,N/A,true,true,N/A,true,N/A,true,true"), 0);
	assert_int_equal(r.password_used, T0);
	assert_int_equal(r.mfa, 0);
	assert_int_equal(r.key[0], 1);
	assert_int_equal(r.key[1], 0);
	assert_int_equal(r.key_used[0], T0 + 1000);
	assert_int_equal(r.key_used[1], POSTURE_NEVER);
	assert_int_equal(r.certificate[0], 0);
	assert_int_equal(r.certificate[1], 1);
	/* Columns that are not there, values that are none, a row that is cut. */
	assert_int_equal(row(&r, "mfa_active,user\nmaybe,<root_account>"), 0);
	assert_int_equal(r.mfa, -1);
	assert_int_equal(r.password_used, POSTURE_NOT_TOLD);
	assert_int_equal(row(&r, "user,mfa_active,password_last_used\n<root_account>"), 0);
	assert_int_equal(r.mfa, -1);
	assert_int_equal(row(&r, "user,password_last_used\n<root_account>,no_information"), 0);
	assert_int_equal(r.password_used, POSTURE_NEVER);
	assert_int_equal(row(&r, "user,password_last_used\n<root_account>,not_supported"), 0);
	assert_int_equal(r.password_used, POSTURE_NOT_TOLD);
	assert_int_equal(row(&r, "user,password_last_used\n<root_account>,2027-01-15T08:00:00+02:00"), 0);
	assert_int_equal(r.password_used, POSTURE_NOT_TOLD);
	/* No report. */
	assert_int_equal(row(&r, ""), ERR_INPUT);
	assert_int_equal(row(&r, "user\nalice\n"), ERR_INPUT);
	assert_int_equal(row(&r, "arn\n<root_account>\n"), ERR_INPUT);
	assert_int_equal(row(&r, "user\n\"<root_account>"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_good, begin, end),
		cmocka_unit_test_setup_teardown(test_mfa, begin, end),
		cmocka_unit_test_setup_teardown(test_keys, begin, end),
		cmocka_unit_test_setup_teardown(test_certificates, begin, end),
		cmocka_unit_test_setup_teardown(test_use, begin, end),
		cmocka_unit_test_setup_teardown(test_contacts, begin, end),
		cmocka_unit_test_setup_teardown(test_central, begin, end),
		cmocka_unit_test_setup_teardown(test_record, begin, end),
		cmocka_unit_test_setup_teardown(test_not_asked, begin, end),
		cmocka_unit_test_setup_teardown(test_row, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
