/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: make_trail DIR FILES MIB ROOT BASE   or   make_trail events COUNT BASE
 * Writes a trail in the shapes that real ones have: FILES .json.gz files that unpack to
 * MIB MiB in all, ROOT records of root's among them, from BASE (seconds) on.  With
 * `events`: COUNT records of root's alone, a line each, on the standard output.
 */
#include <libdeflate.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/buf.h"

static uint64_t state = 88172645463325252u;
static unsigned next(unsigned n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (unsigned)((state >> 32) % n);
}

/* One of some machines' and keys' names. */
static const char *name(void)
{
	static char names[64][16];
	char *n = names[next(64)];

	for (int i = 0; i < 15 && n[i] == '\0'; i++)
		n[i] = (char)('0' + next(10));
	return n;
}

/* What a letter of a shape stands for: # a hex digit, @ a letter or digit, ~ a digit,
 * ^ the time, % a name. */
static void put(struct buf *b, const char *shape, time_t t)
{
	static const char hex[] = "0123456789abcdef";
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
	char text[32];

	for (; *shape != '\0'; shape++)
		switch (*shape) {
		case '#': buf_put(b, &hex[next(16)], 1); break;
		case '@': buf_put(b, &letters[next(32)], 1); break;
		case '~': buf_put(b, &hex[next(10)], 1); break;
		case '%': buf_puts(b, name()); break;
		case '^':
			(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime(&t));
			buf_puts(b, text);
			break;
		default: buf_put(b, shape, 1);
		}
}

#define ID "########-####-4###-9###-############"
#define HEAD "{\"eventVersion\":\"1.09\",\"userIdentity\":"
#define ROLE HEAD "{\"type\":\"AssumedRole\",\"principalId\":\"AROAIOSFODNN7EXAMPLE1:i-0%\",\"arn\":\"arn:aws:sts::111122223333:assumed-role/service-worker/i-0%\",\"accountId\":\"111122223333\",\"accessKeyId\":\"ASIA%\",\"sessionContext\":{\"sessionIssuer\":{\"type\":\"Role\",\"principalId\":\"AROAIOSFODNN7EXAMPLE1\",\"arn\":\"arn:aws:iam::111122223333:role/service-worker\",\"accountId\":\"111122223333\",\"userName\":\"service-worker\"},\"webIdFederationData\":{},\"attributes\":{\"creationDate\":\"^\",\"mfaAuthenticated\":\"false\"},\"ec2RoleDelivery\":\"2.0\"}},\"eventTime\":\"^\","
#define SERVICE HEAD "{\"type\":\"AWSService\",\"invokedBy\":\"ec2.amazonaws.com\"},\"eventTime\":\"^\","
#define TAIL ",\"requestID\":\"" ID "\",\"eventID\":\"" ID "\",\"readOnly\":true,\"eventType\":\"AwsApiCall\",\"managementEvent\":true,\"recipientAccountId\":\"111122223333\",\"eventCategory\":\"Management\",\"tlsDetails\":{\"tlsVersion\":\"TLSv1.3\",\"cipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"clientProvidedHostHeader\":\"ec2.eu-west-1.amazonaws.com\"}}"

static const char *const shapes[] = {
	ROLE "\"eventSource\":\"ec2.amazonaws.com\",\"eventName\":\"DescribeInstances\",\"awsRegion\":\"eu-west-1\",\"sourceIPAddress\":\"10.~~.1~~.1~\",\"userAgent\":\"aws-sdk-go-v2/1.30.3 os/linux lang/go.1.22.5 md/GOOS.linux md/GOARCH.amd64 api/ec2.1.173.0\",\"requestParameters\":{\"instancesSet\":{\"items\":[{\"instanceId\":\"i-0%\"},{\"instanceId\":\"i-0%\"}]},\"filterSet\":{\"items\":[{\"name\":\"instance-state-name\",\"valueSet\":{\"items\":[{\"value\":\"running\"}]}}]}},\"responseElements\":null" TAIL,
	ROLE "\"eventSource\":\"kms.amazonaws.com\",\"eventName\":\"Decrypt\",\"awsRegion\":\"eu-west-1\",\"sourceIPAddress\":\"10.~~.1~~.1~\",\"userAgent\":\"aws-internal/3 aws-sdk-java/1.12.750 Linux/5.10.217 OpenJDK_64-Bit_Server_VM/17.0.11 java/17.0.11\",\"requestParameters\":{\"encryptionAlgorithm\":\"SYMMETRIC_DEFAULT\",\"encryptionContext\":{\"aws:s3:arn\":\"arn:aws:s3:::data-lake-prod/part-000~~-######.parquet\"}},\"responseElements\":null,\"resources\":[{\"accountId\":\"111122223333\",\"type\":\"AWS::KMS::Key\",\"ARN\":\"arn:aws:kms:eu-west-1:111122223333:key/" ID "\"}]" TAIL,
	SERVICE "\"eventSource\":\"sts.amazonaws.com\",\"eventName\":\"AssumeRole\",\"awsRegion\":\"eu-west-1\",\"sourceIPAddress\":\"ec2.amazonaws.com\",\"userAgent\":\"ec2.amazonaws.com\",\"requestParameters\":{\"roleArn\":\"arn:aws:iam::111122223333:role/service-worker\",\"roleSessionName\":\"i-0%\"},\"responseElements\":{\"credentials\":{\"accessKeyId\":\"ASIA%\",\"sessionToken\":\"IQoJb3JpZ2luX2VjE@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\",\"expiration\":\"Nov 23, 2026, 1:~~:~~ PM\"}},\"resources\":[{\"accountId\":\"111122223333\",\"type\":\"AWS::IAM::Role\",\"ARN\":\"arn:aws:iam::111122223333:role/service-worker\"}]" TAIL,
	ROLE "\"eventSource\":\"logs.amazonaws.com\",\"eventName\":\"CreateLogStream\",\"awsRegion\":\"eu-west-1\",\"sourceIPAddress\":\"10.~~.1~~.1~\",\"userAgent\":\"fluent-bit-cloudwatch-plugin aws-sdk-go/1.48.16 (go1.20.7; linux; amd64)\",\"requestParameters\":{\"logGroupName\":\"/aws/containers/prod\",\"logStreamName\":\"app-########-#####\"},\"responseElements\":null,\"apiVersion\":\"20140328\"" TAIL,
	ROLE "\"eventSource\":\"s3.amazonaws.com\",\"eventName\":\"GetBucketAcl\",\"awsRegion\":\"eu-west-1\",\"sourceIPAddress\":\"10.~~.1~~.1~\",\"userAgent\":\"[Boto3/1.34.140 md/Botocore.1.34.140 ua/2.0 os/linux.5.10 md/arch.x86_64 lang/python.3.11.9]\",\"requestParameters\":{\"bucketName\":\"data-lake-prod\",\"Host\":\"data-lake-prod.s3.eu-west-1.amazonaws.com\",\"acl\":\"\"},\"responseElements\":null,\"additionalEventData\":{\"SignatureVersion\":\"SigV4\",\"CipherSuite\":\"TLS_AES_128_GCM_SHA256\",\"bytesTransferredIn\":0,\"AuthenticationMethod\":\"AuthHeader\",\"x-amz-id-2\":\"@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\",\"bytesTransferredOut\":~~~}" TAIL,
};

#define ROOT HEAD "{\"type\":\"Root\",\"principalId\":\"111122223333\",\"arn\":\"arn:aws:iam::111122223333:root\",\"accountId\":\"111122223333\","
static const char sign_in[] = ROOT "\"accessKeyId\":\"\"},\"eventTime\":\"^\",\"eventSource\":\"signin.amazonaws.com\",\"eventName\":\"ConsoleLogin\",\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":\"192.0.2.10\",\"userAgent\":\"Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0\",\"requestParameters\":null,\"responseElements\":{\"ConsoleLogin\":\"Success\"},\"additionalEventData\":{\"LoginTo\":\"https://console.aws.amazon.com/console/home?state=hashArgs&isauthcode=true\",\"MobileVersion\":\"No\",\"MFAUsed\":\"Yes\"},\"eventID\":\"" ID "\",\"readOnly\":false,\"eventType\":\"AwsConsoleSignIn\",\"managementEvent\":true,\"recipientAccountId\":\"111122223333\",\"eventCategory\":\"Management\"}";
static const char act[] = ROOT "\"accessKeyId\":\"ASIA%\",\"sessionContext\":{\"sessionIssuer\":{},\"webIdFederationData\":{},\"attributes\":{\"creationDate\":\"^\",\"mfaAuthenticated\":\"true\"}}},\"eventTime\":\"^\",\"eventSource\":\"iam.amazonaws.com\",\"eventName\":\"ListAccountAliases\",\"awsRegion\":\"us-east-1\",\"sourceIPAddress\":\"192.0.2.10\",\"userAgent\":\"aws-internal/3 aws-sdk-java/1.12.750\",\"requestParameters\":null,\"responseElements\":null,\"sessionCredentialFromConsole\":\"true\"" TAIL;

/* Ten records a session: one sign-in, nine acts. */
static void put_root(struct buf *b, int i, time_t base)
{
	const time_t t = base + i / 10 * 3600;

	put(b, i % 10 == 0 ? sign_in : act, t);
}

static int write_file(struct libdeflate_compressor *c, const char *dir, int i, const struct buf *b)
{
	const size_t cap = libdeflate_gzip_compress_bound(c, b->len);
	unsigned char *packed = malloc(cap);
	char path[512];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/111122223333_CloudTrail_eu-west-1_20261123T%02d%02dZ_%016d.json.gz",
	    dir, i / 60 % 24, i % 60, i);
	if (packed == NULL || (f = fopen(path, "wb")) == NULL)
		return -1;
	n = libdeflate_gzip_compress(c, b->data, b->len, packed, cap);
	n = fwrite(packed, 1, n, f) == n && n > 0;
	free(packed);
	return fclose(f) == 0 && n ? 0 : -1;
}

static int write_trail(const char *dir, int files, size_t bytes, int root, time_t base)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(6);
	struct buf b = BUF_INIT;
	int at = 0;

	if (c == NULL || mkdir(dir, 0755) != 0)
		return -1;
	for (int i = 0; i < files; i++) {
		const int until = (int)((int64_t)root * (i + 1) / files);

		buf_reset(&b);
		buf_puts(&b, "{\"Records\":[");
		while (b.len < bytes / (size_t)files) {
			put(&b, shapes[next(sizeof(shapes) / sizeof(shapes[0]))], base + i * 60 + (time_t)next(60));
			buf_puts(&b, ",");
		}
		for (; at < until; at++) {
			put_root(&b, at, base);
			buf_puts(&b, ",");
		}
		put(&b, shapes[0], base);
		buf_puts(&b, "]}");
		if (!buf_ok(&b) || write_file(c, dir, i, &b) != 0)
			return -1;
	}
	libdeflate_free_compressor(c);
	buf_free(&b);
	return 0;
}

int main(int argc, char **argv)
{
	struct buf b = BUF_INIT;

	if (argc == 4 && strcmp(argv[1], "events") == 0) {
		for (int i = 0; i < atoi(argv[2]); i++) {
			buf_reset(&b);
			put_root(&b, i, atol(argv[3]));
			(void)fprintf(stdout, "%s\n", buf_str(&b));
		}
		buf_free(&b);
		return ferror(stdout) != 0;
	}
	if (argc == 6)
		return write_trail(argv[1], atoi(argv[2]), (size_t)atol(argv[3]) << 20, atoi(argv[4]),
		    atol(argv[5])) != 0;
	(void)fprintf(stderr, "usage: make_trail DIR FILES MIB ROOT BASE\n       make_trail events COUNT BASE\n");
	return 2;
}
