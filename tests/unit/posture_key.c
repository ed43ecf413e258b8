/* SPDX-License-Identifier: BSD-2-Clause */
/* What the policy of a witness's KMS key has to deny, and to whom. */
#include "unit.h"

#include <stdio.h>

#include "posture/posture.h"

static int denies(const char *statement)
{
	char policy[512];

	(void)snprintf(policy, sizeof(policy), "{\"Statement\":%s}", statement);
	return posture_key_denies(policy, strlen(policy));
}

static void test_key_policy(void **state)
{
#define DENY(who, more, what) "{\"Effect\":\"Deny\",\"Principal\":" who ",\"Resource\":\"*\"" more ",\"Action\":" what "}"
#define BOTH "[\"kms:ReEncrypt*\",\"kms:CreateGrant\"]"
	(void)state;
	assert_true(denies("[" DENY("{\"AWS\":\"*\"}", "", BOTH) "]"));
	assert_true(denies(DENY("\"*\"", "", "\"kms:*\"")));
	assert_true(denies("[" DENY("{\"AWS\":[\"*\"]}", "", "\"kms:CreateGrant\"") "," DENY("\"*\"", "", "\"kms:ReEncrypt*\"") "]"));
	assert_false(denies("[" DENY("\"*\"", "", "\"kms:ReEncrypt*\"") "]"));
	assert_false(denies("[" DENY("{\"AWS\":\"arn:aws:iam::111122223333:root\"}", "", BOTH) "]"));
	assert_false(denies("[" DENY("\"*\"", ",\"Condition\":{}", BOTH) "]"));
	assert_false(denies("[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Resource\":\"*\",\"Action\":\"kms:*\"}]"));
	assert_false(denies("[]"));
	assert_false(denies("x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_key_policy) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
